"""Hours of the week in which people may be called, in their own zone."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")  #: how policies and periods name them
_HOURS = re.compile(r"(\d{1,2}:\d{2})\s*[-–]\s*(\d{1,2}:\d{2})")
_FORM = "write days and hours such as `mon-fri: 09:10-19:50` or `sat: [10:00-13:00, 14:00-16:00]`"


class Window(BaseModel):
    """One stretch of hours of one weekday; half-open."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    day: int = Field(ge=0, le=6, description="0 is Monday")
    start: time
    end: time


def _read(value: object) -> object:
    """`{mon-fri: 09:10-19:50}` as a list of windows; anything else is left to the type to judge."""
    if not isinstance(value, Mapping):
        return value
    windows: list[dict[str, Any]] = []
    for days, hours in value.items():
        for text in hours if isinstance(hours, Sequence) and not isinstance(hours, str) else [hours]:
            match = _HOURS.fullmatch(str(text).strip())
            if match is None:
                raise ValueError(f"{text!r} are no hours: {_FORM}")
            start, end = (_time(part) for part in match.groups())
            windows += [{"day": day, "start": start, "end": end} for day in _days(str(days))]
    return windows


def _time(text: str) -> time:
    hour, minute = text.split(":")
    return time.max if text == "24:00" else time(int(hour), int(minute))


def _days(text: str) -> range:
    first, _, last = text.strip().lower().partition("-")
    if first not in DAYS or (last or first) not in DAYS:
        raise ValueError(f"{text!r} is no weekday: {_FORM}")
    return range(DAYS.index(first), DAYS.index(last or first) + 1)


def _in_order(windows: tuple[Window, ...]) -> tuple[Window, ...]:
    if not windows:
        raise ValueError(f"there must be at least one window: {_FORM}")
    ordered = tuple(sorted(windows, key=lambda window: (window.day, window.start)))
    if any(window.start >= window.end for window in ordered):
        raise ValueError("a window must end after it starts, on the same day")
    for one, next_one in pairwise(ordered):
        if one.day == next_one.day and next_one.start < one.end:
            raise ValueError(f"two windows of {DAYS[one.day]} overlap")
    return ordered


#: Windows of a week, in order, without overlaps.
Windows = Annotated[tuple[Window, ...], BeforeValidator(_read), AfterValidator(_in_order)]


#: Which weekday (0 is Monday) a day counts as; None: closed.
Weekday = Callable[[date], int | None]

_FARTHEST = 400  # days ahead; a year in which every day with a window is closed is beyond planning


def opening(windows: Sequence[Window], zone: ZoneInfo, moment: datetime, weekday: Weekday = date.weekday) -> datetime:
    """`moment` if it lies in a window, else the start of the next one; `moment` is aware, so is the answer.

    Where no window opens for more than a year: the end of that year, when it can be asked again.
    """
    opens = next((start for start, end in _from(windows, zone, moment, weekday) if moment < end), None)
    return moment + timedelta(days=_FARTHEST) if opens is None else max(moment, opens)


def window_end(
    windows: Sequence[Window], zone: ZoneInfo, moment: datetime, weekday: Weekday = date.weekday
) -> datetime:
    """When the window ends in which `moment` lies (or the next one, if it lies in none)."""
    ends = (end for _, end in _from(windows, zone, moment, weekday) if moment < end)
    return next(ends, moment + timedelta(days=_FARTHEST))


def _from(
    windows: Sequence[Window], zone: ZoneInfo, moment: datetime, weekday: Weekday
) -> Iterator[tuple[datetime, datetime]]:
    """Windows from `moment`'s day on as moments in UTC (so that a change of the clocks cannot bend comparisons)."""
    today = moment.astimezone(zone).date()
    for ahead in range(_FARTHEST):
        day = today + timedelta(days=ahead)
        kind = weekday(day)
        for window in windows:
            if window.day != kind:
                continue
            start, end = _latest(day, window.start, zone), _earliest(day, window.end, zone)
            if start < end:  # a window inside the hour that the clocks skip does not exist that day
                yield start, end


@lru_cache(maxsize=4096)
def _latest(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The moment of a local time; of the two that a change of the clocks makes of it, the later one."""
    return max(_moments(day, at, zone))


@lru_cache(maxsize=4096)
def _earliest(day: date, at: time, zone: ZoneInfo) -> datetime:
    return min(_moments(day, at, zone))


def _moments(day: date, at: time, zone: ZoneInfo) -> tuple[datetime, datetime]:
    one = datetime.combine(day, at, zone)
    return one.astimezone(UTC), one.replace(fold=1).astimezone(UTC)
