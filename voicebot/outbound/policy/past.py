"""What has happened so far, as far as decisions need it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from voicebot.outbound.policy.model import Policy
from voicebot.outcomes import Outcome, Result

#: Outcomes of which the subscriber, or the caller's number in their telephone, knows nothing.
_UNNOTICED = frozenset({Outcome.NOT_DIALLED, Outcome.BLOCKED, Outcome.CONGESTION, Outcome.FAILED})
#: Outcomes that say nothing of the patient and take no try away; a talk has its own count.
_NO_TRY = frozenset({Outcome.NOT_DIALLED, Outcome.CONGESTION, Outcome.FAILED, Outcome.CANCELLED})
#: Results after which the same question is asked again.
_UNFINISHED = frozenset({None, Result.HUNG_UP, Result.NO_INPUT, Result.ERROR})
#: Results by which somebody says that they want no such calls.
_REFUSALS = frozenset({Result.REFUSED, Result.NOT_INTERESTED})
#: Outcomes after which this number is useless, and another one of the person is called at once.
_CLOSES_NUMBER = frozenset({Outcome.INVALID_NUMBER, Outcome.BLOCKED})
#: Outcomes after which the person's next number is tried, when it is time.
_ROTATES = frozenset(
    {Outcome.BUSY, Outcome.NO_ANSWER, Outcome.MACHINE, Outcome.REJECTED, Outcome.UNREACHABLE, *_CLOSES_NUMBER}
)
#: Outcomes that say of an hour that nobody is there then.
MISSED = frozenset({Outcome.NO_ANSWER, Outcome.MACHINE})


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
    def is_finished(self) -> bool:
        """The talk achieved its result: the contact is done."""
        return self.is_talk and not (self.is_unfinished or self.wants_callback)

    @property
    def is_refusal(self) -> bool:
        """The number's `refused_at` is set by it."""
        return self.is_talk and self.result in _REFUSALS

    @property
    def closes_number(self) -> bool:
        """The contact's number is dead after it."""
        return self.outcome in _CLOSES_NUMBER

    @property
    def rotates(self) -> bool:
        """The person's next number comes before this one."""
        return self.outcome in _ROTATES

    @property
    def missed(self) -> bool:
        """Nobody is there at this hour."""
        return self.outcome in MISSED

    @property
    def left_message(self) -> bool:
        return self.outcome is Outcome.MACHINE and self.result is Result.MESSAGE_LEFT

    @property
    def takes_try(self) -> bool:
        """Whether it counts against `max_attempts`; a talk does when it only put the question off."""
        return self.wants_callback if self.is_talk else self.outcome not in _NO_TRY


@dataclass(frozen=True, kw_only=True)
class NumberHistory:
    """What is known of a number, over all campaigns."""

    zone: ZoneInfo | None
    id: int | None = None  #: of its row; None where it does not matter which number it is
    do_not_call: bool = False
    next_call_at: datetime | None = None
    calls: tuple[datetime, ...] = ()  #: when it was called in the last 31 days, as far as it counts against caps
    missed: tuple[datetime, ...] = ()  #: those of the last 7 days at which nobody was there
    refused_at: datetime | None = None  #: when somebody last refused calls of this kind on it
    consent: bool = False  #: to advertising, recorded and valid now
    dead: bool = False  #: this contact cannot be reached on it: the network knows no such number


@dataclass(frozen=True, kw_only=True)
class History:
    """What is known of a contact and its numbers."""

    number: NumberHistory  #: the one called last, or to be called
    others: tuple[NumberHistory, ...] = ()  #: the person's further numbers, in the order in which they follow it
    tries: int = 0  #: the last one included
    unfinished: int = 0  #: the last one included
    last: Try | None = None  #: the attempt that has just ended, if one has
    callback: bool = False  #: what it waits for is a time that the patient named
    expires_at: datetime | None = None

    @property
    def numbers(self) -> Iterator[NumberHistory]:
        yield self.number
        yield from self.others

    @property
    def names_time(self) -> bool:
        """The patient named a time, and the next call is for it."""
        return self.callback or (self.last is not None and self.last.wants_callback and bool(self.last.callback_at))


def pause_after(policy: Policy, last: Try) -> timedelta:
    """How long to wait after it before calling this contact again."""
    if last.wants_callback and last.callback_at:
        return last.callback_at.astimezone(UTC) - last.ended_at.astimezone(UTC)
    if last.wants_callback:
        return policy.callback_pause
    if last.is_unfinished:
        return policy.unfinished_pause
    return policy.rest if last.is_talk else policy.pauses.get(last.outcome, policy.rest)


def rest_after(policy: Policy, last: Try) -> timedelta:
    """How long the number is left in peace after it by everybody, whichever campaign they call for.

    Who asked to be called on Friday may be called about something else before.
    """
    pause = pause_after(policy, last)
    return min(pause, policy.rest) if last.is_talk else pause


def counts_against_caps(outcome: Outcome | None) -> bool:
    """Whether the subscriber was called; an open attempt (None) counts."""
    return outcome not in _UNNOTICED
