"""How often a campaign fills itself: `day 18:00`, `week mon 10:00`, `month 1 10:00`, `quarter 1 10:00`."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from voicebot.outbound.windows import DAYS

_FORM = re.compile(r"(day|week|month|quarter)(?:\s+(\w+))?\s+(\d{1,2}):(\d{2})")
_HELP = "write `day 18:00`, `week mon 10:00`, `month 1 10:00` or `quarter 1 10:00`"


@dataclass(frozen=True, kw_only=True)
class Every:
    """A moment that comes again and again."""

    period: str  #: day, week, month or quarter
    day: int  #: of the week from 0 (Monday), or of the month from 1; 0 for a period of a day
    at: time  #: in the clinic's zone

    @classmethod
    def read(cls, text: str) -> Self:
        """
        Raises:
            ValueError: it says no such thing; tells what to write.
        """
        match = _FORM.fullmatch(text.strip().lower())
        if match is None:
            raise ValueError(f"{text!r} is no period: {_HELP}")
        period, day, hour, minute = match.groups()
        try:
            return cls(period=period, day=_day(period, day), at=time(int(hour), int(minute)))
        except ValueError:
            raise ValueError(f"{text!r} is no period: {_HELP}") from None

    def last(self, now: datetime, zone: ZoneInfo) -> datetime:
        """The latest such moment that is not later than `now`."""
        day = now.astimezone(zone).date()
        while (moment := datetime.combine(day, self.at, zone)) > now or not self._is_on(day):
            day -= timedelta(days=1)
        return moment

    def _is_on(self, day: date) -> bool:
        if self.period == "day":
            return True
        if self.period == "week":
            return day.weekday() == self.day
        return day.day == self.day and (self.period == "month" or day.month % 3 == 1)


def _day(period: str, given: str | None) -> int:
    if period == "day":
        if given is not None:
            raise ValueError
        return 0
    if period == "week":
        return DAYS.index(given or "mon")
    day = int(given or 1)
    if not 1 <= day <= 28:  # every month has it
        raise ValueError
    return day
