"""What fills a campaign beside lists: the store, asked once, again and again, or all the time."""

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from voicebot.errors import CampaignError
from voicebot.outbound.durations import Duration
from voicebot.outbound.every import Every
from voicebot.store.tables import AppointmentStatus

_DAY = re.compile(r"today|tomorrow|week|\+\d{1,3}|\d{4}-\d{2}-\d{2}(?:\.\.\d{4}-\d{2}-\d{2})?")
_AGES = re.compile(r"(\d{1,3})-(\d{1,3})(?:/(\d{1,2}))?")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _several(value: object) -> object:
    return value.split("+") if isinstance(value, str) else value


def _day(text: str) -> str:
    if not _DAY.fullmatch(text):
        raise ValueError(f"{text!r} is no day: write today, tomorrow, +3, week, 2026-11-25 or 2026-11-25..2026-11-30")
    days(text, date(2000, 1, 1))  # names a day that is in the calendar
    return text


def _ages(text: str) -> str:
    if not all(_AGES.fullmatch(part) for part in text.split("+")):
        raise ValueError(f"{text!r} are no ages: write 40-120 or 18-39/3 (every third year from 18 on)")
    return text


class Visits(_Part):
    """Visits of certain days that the store knows."""

    on: Annotated[str, AfterValidator(_day)] = Field("tomorrow", description="today, tomorrow, +3, week, a day or two")
    specialty: Annotated[tuple[str, ...], BeforeValidator(_several)] = Field((), description="keys; empty: all")
    status: Annotated[tuple[AppointmentStatus, ...], BeforeValidator(_several)] = Field(
        (AppointmentStatus.BOOKED, AppointmentStatus.PENDING), description="in the words of FHIR"
    )
    unconfirmed: bool = Field(False, description="only those that the patient has not confirmed yet")


class Patients(_Part):
    """Patients of certain ages, by the year of birth: whom the quarterly invitation is for."""

    age: Annotated[str, AfterValidator(_ages)] = Field("18-39/3+40-120", description="ages reached this year")
    unseen: Duration = Field(timedelta(days=365), description="only who had no visit for so long")


class Waitlist(_Part):
    """Who waits for a freed time, while it is held for them."""

    hold: Duration = Field(timedelta(minutes=30), description="how long one patient is tried before the next")
    lead: Duration = Field(timedelta(hours=2), description="times that begin sooner are not offered")


class Callback(_Part):
    """Callers who were not served."""

    within: Duration = Field(timedelta(minutes=30), description="later than this they are not called back")
    after: Duration = Field(timedelta(minutes=2), description="before this they may ring again themselves")


class Survey(_Part):
    """Patients after a visit, or whose case was closed."""

    of: str = Field("visits", pattern="^(visits|cases)$")
    after: Duration = Field(timedelta(hours=2), description="the earliest call")
    within: Duration = Field(timedelta(days=3), description="later than this nobody is asked any more")
    share: float = Field(1.0, gt=0, le=1, description="of all of them")
    status: Annotated[tuple[AppointmentStatus, ...], BeforeValidator(_several)] = Field(
        (AppointmentStatus.FULFILLED, AppointmentStatus.ARRIVED, AppointmentStatus.CHECKED_IN),
        description="of visits that took place",
    )


class Source(_Part):
    """One of them, and how often it is asked; one without `every` is asked by `campaign fill`."""

    every: str | None = None  #: see `Every`
    visits: Visits | None = None
    patients: Patients | None = None
    waitlist: Waitlist | None = None
    callback: Callback | None = None
    survey: Survey | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        given = [name for name in _KINDS if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"name one of {', '.join(_KINDS)}")
        if self.every is not None:
            Every.read(self.every)
            if given[0] not in ("visits", "patients"):
                raise ValueError(f"{given[0]} needs no `every`: it is asked all the time")
        return self

    @property
    def is_continuous(self) -> bool:
        """It is asked all the time."""
        return self.visits is None and self.patients is None


_KINDS = ("visits", "patients", "waitlist", "callback", "survey")
_FIRST = {"visits": "on", "patients": "age", "waitlist": "hold", "callback": "within", "survey": "of"}


def read(given: str | Mapping[str, Any], *, every: str | None = None) -> Source:
    """A source as it is typed (`visits:tomorrow,specialty=cardiologist+surgeon`), or as a scenario or the store has it.

    Raises:
        CampaignError: it is none; says what is wrong with it.
    """
    plain = _typed(given) if isinstance(given, str) else dict(given)
    try:
        return Source.model_validate({**plain, "every": every or plain.get("every")})
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        reason = first["msg"].removeprefix("Value error, ")
        place = f"source {given}" if isinstance(given, str) else "source"
        raise CampaignError(f"{key}: {reason}" if key else reason, place=place, mend="See docs/campaigns.md.") from None


def days(on: str, today: date) -> tuple[date, date]:
    """The first and the last day that `on` names, as seen from `today`."""
    if on == "week":
        return today + timedelta(days=1), today + timedelta(days=7)
    if on in ("today", "tomorrow") or on.startswith("+"):
        ahead = {"today": 0, "tomorrow": 1}[on] if not on.startswith("+") else int(on)
        return (today + timedelta(days=ahead),) * 2
    first, _, last = on.partition("..")
    return date.fromisoformat(first), date.fromisoformat(last or first)


def ages(text: str) -> frozenset[int]:
    """The ages that it names."""
    found: set[int] = set()
    for part in text.split("+"):
        match = _AGES.fullmatch(part)
        assert match is not None  # validated
        found.update(range(int(match[1]), int(match[2]) + 1, int(match[3] or 1)))
    return frozenset(found)


def due(source: Source, since: datetime, now: datetime, zone: ZoneInfo) -> datetime | None:
    """The moment at which a periodic source should have been asked last, if that is later than `since`.

    Only the last such moment counts: what a robot that was off has missed before it is out of date.
    """
    if source.every is None:
        return None
    moment = Every.read(source.every).last(now, zone)
    return moment if moment > since else None


def _typed(text: str) -> dict[str, Any]:
    kind, _, rest = text.partition(":")
    keys: dict[str, Any] = {}
    for no, part in enumerate(filter(None, (part.strip() for part in rest.split(",")))):
        name, equals, value = part.partition("=")
        if equals:
            keys[name.strip()] = value.strip()
        elif no == 0 and kind in _FIRST:
            keys[_FIRST[kind]] = part
        else:
            keys[part] = True
    return {kind.strip(): keys}
