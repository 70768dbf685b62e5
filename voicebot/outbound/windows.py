"""Hours of the week in which people may be called, in their own zone."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
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
    if first not in _DAYS or (last or first) not in _DAYS:
        raise ValueError(f"{text!r} is no weekday: {_FORM}")
    return range(_DAYS.index(first), _DAYS.index(last or first) + 1)


def _in_order(windows: tuple[Window, ...]) -> tuple[Window, ...]:
    if not windows:
        raise ValueError(f"there must be at least one window: {_FORM}")
    ordered = tuple(sorted(windows, key=lambda window: (window.day, window.start)))
    if any(window.start >= window.end for window in ordered):
        raise ValueError("a window must end after it starts, on the same day")
    for one, next_one in pairwise(ordered):
        if one.day == next_one.day and next_one.start < one.end:
            raise ValueError(f"two windows of {_DAYS[one.day]} overlap")
    return ordered


#: Windows of a week, in order, without overlaps.
Windows = Annotated[tuple[Window, ...], BeforeValidator(_read), AfterValidator(_in_order)]


def opening(windows: Sequence[Window], zone: ZoneInfo, moment: datetime) -> datetime:
    """`moment` if it lies in a window, else the start of the next one; `moment` is aware, so is the answer."""
    return next(max(moment, start) for start, end in _from(windows, zone, moment) if moment < end)


def window_end(windows: Sequence[Window], zone: ZoneInfo, moment: datetime) -> datetime:
    """When the window ends in which `moment` lies (or the next one, if it lies in none)."""
    return next(end for _, end in _from(windows, zone, moment) if moment < end)


def _from(windows: Sequence[Window], zone: ZoneInfo, moment: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Windows from `moment`'s day on as moments in UTC (so that a change of the clocks cannot bend comparisons)."""
    today = moment.astimezone(zone).date()
    for ahead in range(9):  # a week and a day: the only window may be an hour gone today
        day = today + timedelta(days=ahead)
        for window in windows:
            if window.day != day.weekday():
                continue
            start = datetime.combine(day, window.start, zone).astimezone(UTC)
            end = datetime.combine(day, window.end, zone).astimezone(UTC)
            if start < end:  # a window inside the hour that the clocks skip does not exist that day
                yield start, end
