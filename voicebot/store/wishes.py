"""When somebody wishes to come: what `language` understood, as a test of a slot's start."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Self

from voicebot.language.reading import Value

_ABOUT = timedelta(minutes=30)  # "в три" is served by 14:40 and 15:20, not by half past


@dataclass(frozen=True, kw_only=True)
class Times:
    """Days and hours, both half-open; what is None is open. Hours that end before they begin reach past midnight."""

    first: date | None = None
    last: date | None = None  #: the day after the last one
    start: time | None = None
    end: time | None = None
    about: time | None = None  #: a clock time that was named

    def cover(self, at: datetime) -> bool:
        """Whether a visit that starts `at` (local time of the place) is meant."""
        day, clock = at.date(), at.time()
        if self.start and self.end and self.end <= self.start:
            if self.end <= clock < self.start:
                return False
            day -= timedelta(days=clock < self.end)
        elif (self.start and clock < self.start) or (self.end and clock >= self.end):
            return False
        if (self.first and day < self.first) or (self.last and day >= self.last):
            return False
        return self.about is None or self.distance(at) < _ABOUT

    def distance(self, at: datetime) -> timedelta:
        """How far from the named clock time."""
        return abs(at - datetime.combine(at.date(), self.about, at.tzinfo)) if self.about else timedelta()


@dataclass(frozen=True, kw_only=True)
class Wish:
    """Several alternatives, of which any will do, and what is ruled out. Empty: any time."""

    wanted: tuple[Times, ...] = ()
    excluded: tuple[Times, ...] = ()

    @classmethod
    def read(cls, values: Any) -> Self:
        """From a value of `Kind.WHEN`, `DATE` or `TIME` or a list of them: a `Value`, its JSON, or the bare value.

        Raises:
            ValueError: not such a value.
        """
        wanted: list[Times] = []
        excluded: list[Times] = []
        for item in values if isinstance(values, list | tuple) else [] if values is None else [values]:
            value, is_excluded = _parts(item)
            (excluded if is_excluded else wanted).append(_times(value))
        return cls(wanted=tuple(wanted), excluded=tuple(excluded))

    @property
    def names_hours(self) -> bool:
        return any(times.start or times.end or times.about for times in self.wanted)

    @property
    def names_days(self) -> bool:
        return any(times.first or times.last for times in self.wanted)

    def at_any_hour(self) -> "Wish":
        """The same days."""
        return replace(self, wanted=tuple(replace(one, start=None, end=None, about=None) for one in self.wanted))

    def on_any_day(self) -> "Wish":
        """The same hours."""
        return replace(self, wanted=tuple(replace(one, first=None, last=None) for one in self.wanted))

    def at_any_time(self) -> "Wish":
        """Only without what was ruled out."""
        return replace(self, wanted=())

    def days(self) -> tuple[date | None, date | None]:
        """The first day that can be meant, and the day after the last; None where there is no limit."""
        if not self.wanted:
            return None, None
        first = [one.first for one in self.wanted]
        # Hours past midnight belong to the day before: one more, for they are tested one by one anyhow.
        last = [one.last and one.last + timedelta(days=1) for one in self.wanted]
        return _least(first), _most(last)

    def covers(self, at: datetime) -> bool:
        """Whether a visit that starts `at` (local time of the place) is wished."""
        if any(one.cover(at) for one in self.excluded):
            return False
        return not self.wanted or any(one.cover(at) for one in self.wanted)

    def nearness(self, at: datetime) -> tuple[date, timedelta, datetime]:
        """For sorting: the nearest day first, in it the nearest to the clock time that was named."""
        distances = [one.distance(at) for one in self.wanted if one.cover(at)]
        return at.date(), min(distances, default=timedelta()), at


def _parts(item: Any) -> tuple[Any, bool]:
    if isinstance(item, Value):
        return item.value, item.excluded
    if isinstance(item, Mapping) and "value" in item:
        return item["value"], bool(item.get("excluded", False))
    return item, False


def _times(value: Any) -> Times:
    if isinstance(value, str):
        day, clock = _moment(value)
        return Times(first=day, last=day and day + timedelta(days=1), about=clock)
    if not isinstance(value, Mapping) or not {"from", "to"} <= value.keys():
        raise ValueError(f"not a date, time, instant or range: {value!r}")
    beginning = _moment(value["from"]) if value["from"] else (None, None)
    ending = _moment(value["to"]) if value["to"] else (None, None)
    if beginning[1] or ending[1]:
        return _hours(beginning, ending)
    hours = _times(value["time"]) if value.get("time") else Times()
    return replace(hours, first=beginning[0], last=ending[0])


def _hours(beginning: tuple[date | None, time | None], ending: tuple[date | None, time | None]) -> Times:
    """Hours, of any day or of the one day that an end names: `language` gives no others."""
    day = beginning[0] or ending[0]
    return Times(first=day, last=day and day + timedelta(days=1), start=beginning[1], end=ending[1])


def _moment(text: str) -> tuple[date | None, time | None]:
    if "T" in text:
        at = datetime.fromisoformat(text)
        return at.date(), at.time()
    return (date.fromisoformat(text), None) if "-" in text else (None, time.fromisoformat(text))


def _least(days: Sequence[date | None]) -> date | None:
    return min((day for day in days if day), default=None) if None not in days else None


def _most(days: Sequence[date | None]) -> date | None:
    return max((day for day in days if day), default=None) if None not in days else None
