"""A campaign's calling policy, and its decisions: pure functions of (policy, history, now)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from voicebot.errors import ScenarioError
from voicebot.outbound.durations import Duration
from voicebot.outbound.windows import Windows, opening, window_end
from voicebot.outcomes import Outcome, Result

#: Outcomes of which the subscriber, or the caller's number in their telephone, knows nothing.
_UNNOTICED = frozenset({Outcome.NOT_DIALLED, Outcome.BLOCKED, Outcome.CONGESTION, Outcome.FAILED})
#: Outcomes that say nothing of the patient and take no try away; a talk has its own count.
_NO_TRY = frozenset({Outcome.NOT_DIALLED, Outcome.CONGESTION, Outcome.CANCELLED})
#: Results after which the same question is asked again.
_UNFINISHED = frozenset({None, Result.HUNG_UP, Result.NO_INPUT, Result.ERROR})

_PAUSES = {
    Outcome.BUSY: timedelta(minutes=15),
    Outcome.NO_ANSWER: timedelta(hours=2),
    Outcome.MACHINE: timedelta(hours=3),
    Outcome.REJECTED: timedelta(hours=4),
    Outcome.UNREACHABLE: timedelta(hours=2),
    Outcome.CONGESTION: timedelta(minutes=5),
    Outcome.FAILED: timedelta(minutes=30),
    Outcome.CANCELLED: timedelta(minutes=30),
    Outcome.NOT_DIALLED: timedelta(0),
    Outcome.LOST: timedelta(hours=1),
}


class Policy(BaseModel):
    """When, how often and over how many lines people are called; the scenario's `policy:` section.

    The windows and caps are a common preset of lawful calling in Russia: 9:10–19:50 local time on working days, at
    most 2 calls a day, 4 a week and 16 a month to one number.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    windows: Windows = Field(
        default_factory=lambda: {"mon-fri": "09:10-19:50"},
        validate_default=True,
        description="when people may be called, in their own zone: `{mon-fri: 09:10-19:50, sat: 10:00-16:00}`",
    )
    max_attempts: int = Field(5, ge=1, description="tries of a contact without a talk")
    max_unfinished: int = Field(2, ge=0, description="further calls after talks that ended without a result")
    pauses: dict[Outcome, Duration] = Field(
        {}, validate_default=True, description="pause after an outcome, where it differs from the default"
    )
    unfinished_pause: Duration = Field(timedelta(minutes=15), description="pause after an unfinished talk")
    callback_pause: Duration = Field(timedelta(hours=1), description="after “call me later” without a time")
    rest: Duration = Field(timedelta(hours=1), description="after a finished talk the number is left in peace")
    per_day: int = Field(2, ge=1, description="calls to one number in a calendar day of its zone, all campaigns")
    per_week: int = Field(4, ge=1, description="the same in any 7 days")
    per_month: int = Field(16, ge=1, description="the same in any 31 days")
    lines: int = Field(2, ge=1, description="simultaneous calls of the campaign")
    calls_per_second: float = Field(1.0, gt=0)
    ring_timeout: Duration = Field(timedelta(seconds=30), description="how long a number may ring")

    @field_validator("pauses")
    @classmethod
    def _filled_up(cls, pauses: Mapping[Outcome, timedelta]) -> dict[Outcome, timedelta]:
        return _PAUSES | dict(pauses)


def read(section: Mapping[str, Any], *, place: str) -> Policy:
    """The policy of a scenario's `policy:` section.

    Raises:
        ScenarioError: a key is unknown or wrong; names it.
    """
    try:
        return Policy.model_validate(dict(section))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(["policy", *(str(part) for part in first["loc"])])
        reason = first["msg"].removeprefix("Value error, ")
        raise ScenarioError(f"{key}: {reason}", place=place, mend="See docs/campaigns.md.") from None


class Priority(IntEnum):
    """Who is called first; smaller is sooner."""

    CALLBACK = 0  #: the patient named a time, and it has come
    EXPIRING = 1  #: tomorrow it would be too late
    FIRST = 2  #: first pass over the list
    REPEAT = 3  #: called again after everyone had their call


class Why(StrEnum):
    """Why a contact is called then, or never again."""

    FIRST = "first_pass"
    REPEAT = "repeat"
    UNFINISHED = "unfinished_talk"
    CALLBACK = "callback"
    FINISHED = "finished"  #: the talk achieved its result
    EXHAUSTED = "no_tries_left"
    INVALID_NUMBER = "invalid_number"
    BLOCKED = "blocked"
    DO_NOT_CALL = "do_not_call"
    NO_ZONE = "unknown_zone"  #: nobody knows what time it is there
    EXPIRED = "too_late"


@dataclass(frozen=True, kw_only=True)
class Try:
    """How an attempt ended for one contact."""

    outcome: Outcome
    ended_at: datetime
    result: Result | None = None
    callback_at: datetime | None = None

    @property
    def is_talk(self) -> bool:
        return self.outcome is Outcome.ANSWERED

    @property
    def is_unfinished(self) -> bool:
        return self.is_talk and self.result in _UNFINISHED

    @property
    def wants_callback(self) -> bool:
        return self.is_talk and self.result is Result.CALLBACK_REQUESTED

    @property
    def takes_try(self) -> bool:
        """Whether it counts against `max_attempts`; a talk does when it only put the question off."""
        return self.wants_callback if self.is_talk else self.outcome not in _NO_TRY


@dataclass(frozen=True, kw_only=True)
class NumberHistory:
    """What is known of a number, over all campaigns."""

    zone: ZoneInfo | None
    do_not_call: bool = False
    next_call_at: datetime | None = None
    calls: tuple[datetime, ...] = ()  #: when it was called in the last 31 days, as far as it counts against caps


@dataclass(frozen=True, kw_only=True)
class History:
    """What is known of a contact and its number."""

    number: NumberHistory
    tries: int = 0  #: the last one included
    unfinished: int = 0  #: the last one included
    last: Try | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Decision:
    """When a contact is called, or that it is not (`when` is None)."""

    when: datetime | None
    why: Why
    priority: Priority = Priority.REPEAT


def decide(policy: Policy, history: History, now: datetime) -> Decision:
    """When to call next."""
    last = history.last
    if (never := _never(policy, history)) is not None:
        return Decision(when=None, why=never)
    wanted = now if last is None else max(now, last.ended_at + pause_after(policy, last))
    when = earliest(policy, history.number, wanted)
    if history.expires_at is not None and when >= history.expires_at:
        return Decision(when=None, why=Why.EXPIRED)
    return Decision(when=when, why=_reason(last), priority=_priority(policy, history, when))


def earliest(policy: Policy, number: NumberHistory, wanted: datetime) -> datetime:
    """The first moment from `wanted` on when the number may be called: its pause is over, caps and windows allow it.

    The number's zone must be known.
    """
    assert number.zone is not None
    when = max(wanted, number.next_call_at) if number.next_call_at else wanted
    while True:
        settled = opening(policy.windows, number.zone, _under_caps(policy, number, when))
        if settled == when:
            return when
        when = settled


def pause_after(policy: Policy, last: Try) -> timedelta:
    """How long to wait after it before calling the number again."""
    if last.wants_callback:
        return last.callback_at - last.ended_at if last.callback_at else policy.callback_pause
    if last.is_unfinished:
        return policy.unfinished_pause
    return policy.rest if last.is_talk else policy.pauses.get(last.outcome, policy.rest)


def counts_against_caps(outcome: Outcome | None) -> bool:
    """Whether the subscriber was called; an open attempt (None) counts."""
    return outcome not in _UNNOTICED


def _never(policy: Policy, history: History) -> Why | None:
    last = history.last
    if last is not None and last.is_talk and not (last.is_unfinished or last.wants_callback):
        return Why.FINISHED
    if history.number.do_not_call:
        return Why.DO_NOT_CALL
    if last is not None and last.outcome is Outcome.INVALID_NUMBER:
        return Why.INVALID_NUMBER
    if last is not None and last.outcome is Outcome.BLOCKED:
        return Why.BLOCKED
    if history.tries >= policy.max_attempts or history.unfinished > policy.max_unfinished:
        return Why.EXHAUSTED
    return Why.NO_ZONE if history.number.zone is None else None


def _reason(last: Try | None) -> Why:
    if last is None:
        return Why.FIRST
    if last.wants_callback:
        return Why.CALLBACK
    return Why.UNFINISHED if last.is_unfinished else Why.REPEAT


def _priority(policy: Policy, history: History, when: datetime) -> Priority:
    last = history.last
    if last is not None and last.wants_callback and last.callback_at is not None:
        return Priority.CALLBACK
    assert history.number.zone is not None
    if history.expires_at is not None and history.expires_at <= window_end(policy.windows, history.number.zone, when):
        return Priority.EXPIRING
    return Priority.FIRST if last is None else Priority.REPEAT


def _under_caps(policy: Policy, number: NumberHistory, when: datetime) -> datetime:
    """`when`, or the first later moment at which one more call is within all caps."""
    for days, cap in ((7, policy.per_week), (31, policy.per_month)):
        recent = sorted(at for at in number.calls if at > when - timedelta(days=days))
        if len(recent) >= cap:
            when = max(when, recent[-cap] + timedelta(days=days))
    local = when.astimezone(number.zone)
    if sum(at.astimezone(number.zone).date() == local.date() for at in number.calls) >= policy.per_day:
        tomorrow = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        return tomorrow.astimezone(when.tzinfo)
    return when
