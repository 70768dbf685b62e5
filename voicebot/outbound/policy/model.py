"""The rules of a campaign: the `policy:` section of its scenario."""

import json
from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from voicebot.config import Clinic
from voicebot.errors import ScenarioError
from voicebot.outbound.durations import Duration
from voicebot.outbound.holidays import HolidayRule, weekday
from voicebot.outbound.windows import Windows
from voicebot.outcomes import Outcome

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
_OF_THE_CLINIC = ("closed_days", "open_days")


class Purpose(StrEnum):
    """What the calls are for; the law knows the difference."""

    CARE = "care"  #: the patient's own treatment: a visit, an examination, a vaccination
    SURVEY = "survey"  #: asks for an opinion
    ADVERTISING = "advertising"  #: offers something; needs a recorded consent of the number


class MachineRule(StrEnum):
    """What is done when a machine answers."""

    HANG_UP = "hang_up"  #: the contact has had its call: no further ones
    LEAVE_MESSAGE = "leave_message"  #: after the beep, at most `max_messages` times; called again like `retry`
    RETRY = "retry"  #: hang up, call again later


class Policy(BaseModel):
    """When, how often and over how many lines people are called.

    The windows and caps are a common preset of lawful calling in Russia: 9:10–19:50 local time on working days, at
    most 2 calls a day, 4 a week and 16 a month to one number.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    purpose: Purpose = Field(Purpose.CARE, description="care, survey or advertising")
    windows: Windows = Field(
        default_factory=lambda: {"mon-fri": "09:10-19:50"},
        validate_default=True,
        description="when people may be called, in their own zone: `{mon-fri: 09:10-19:50, sat: 10:00-16:00}`",
    )
    holidays: HolidayRule = Field(
        HolidayRule.CLOSED, description="public holidays of Russia: closed, as_sunday or ignore"
    )
    closed_days: tuple[date, ...] = Field((), description="the clinic's own days without calls; from the settings")
    open_days: tuple[date, ...] = Field((), description="holidays that the clinic works; from the settings")
    before: Duration = Field(timedelta(0), description="no call later than so long before the visit")
    max_attempts: int = Field(5, ge=1, description="tries of a contact without a talk, over all its numbers")
    max_unfinished: int = Field(2, ge=0, description="further calls after talks that ended without a result")
    pauses: dict[Outcome, Duration] = Field(
        {}, validate_default=True, description="pause after an outcome, where it differs from the default"
    )
    unfinished_pause: Duration = Field(timedelta(minutes=15), description="pause after an unfinished talk")
    callback_pause: Duration = Field(timedelta(hours=1), description="after “call me later” without a time")
    callback_over_cap: bool = Field(True, description="who named a time gets one call more than `per_day` on that day")
    another_part_of_day: bool = Field(
        True, description="after no answer or a machine rather in hours at which the number was not tried yet"
    )
    machine: MachineRule = Field(MachineRule.RETRY, description="a machine answers: hang_up, leave_message or retry")
    max_messages: int = Field(1, ge=0, description="messages left on machines, for one contact")
    rest: Duration = Field(timedelta(hours=1), description="after a finished talk the number is left in peace")
    refusal_blackout: Duration = Field(
        timedelta(days=90), description="who refused gets no advertising or survey calls so long, from any campaign"
    )
    per_day: int = Field(2, ge=1, description="calls to one number in a calendar day of its zone, all campaigns")
    per_week: int = Field(4, ge=1, description="the same in any 7 days")
    per_month: int = Field(16, ge=1, description="the same in any 31 days")
    lines: int = Field(2, ge=1, description="simultaneous calls of the campaign")
    calls_per_second: float = Field(1.0, gt=0)
    ring_timeout: Duration = Field(timedelta(seconds=30), description="how long a number may ring")

    @field_validator("holidays", mode="before")
    @classmethod
    def _as_it_is_said(cls, rule: object) -> object:
        return rule.replace(" ", "_") if isinstance(rule, str) else rule

    @field_validator("pauses")
    @classmethod
    def _filled_up(cls, pauses: Mapping[Outcome, timedelta]) -> dict[Outcome, timedelta]:
        return _PAUSES | dict(pauses)

    def weekday(self, day: date) -> int | None:
        """The weekday (0 is Monday) whose windows hold on this day; None: nobody is called."""
        return weekday(day, self.holidays, closed=self.closed_days, opened=self.open_days)

    def at(self, clinic: Clinic) -> Self:
        """The same with the clinic's own days."""
        return self.model_copy(update={key: getattr(clinic, key) for key in _OF_THE_CLINIC})


def kept(rules: Mapping[str, Any]) -> Policy:
    """The policy that a campaign keeps as JSON; understood once, however often it is asked for."""
    return _understood(json.dumps(rules, sort_keys=True))


@lru_cache(maxsize=256)
def _understood(rules: str) -> Policy:
    return Policy.model_validate(json.loads(rules))


def read(section: Mapping[str, Any], *, place: str, clinic: Clinic | None = None) -> Policy:
    """The policy of a scenario's `policy:` section, with the clinic's own days.

    Raises:
        ScenarioError: a key is unknown or wrong; names it.
    """
    for key in _OF_THE_CLINIC:
        if key in section:
            mend = f"Set {key} in the settings, section [clinic]."
            raise ScenarioError(f"policy.{key}: is the clinic's, not a scenario's", place=place, mend=mend)
    try:
        policy = Policy.model_validate(dict(section))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(["policy", *(str(part) for part in first["loc"])])
        reason = first["msg"].removeprefix("Value error, ")
        raise ScenarioError(f"{key}: {reason}", place=place, mend="See docs/campaigns.md.") from None
    return policy.at(clinic) if clinic else policy
