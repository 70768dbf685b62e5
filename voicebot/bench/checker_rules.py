"""A calling policy as the checker reads it: written anew from docs/campaigns.md, not shared with the robot."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

from voicebot.bench import decrees
from voicebot.errors import ConfigError

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SHORT = re.compile(r"(\d+)\s*([smhd])")
_ISO = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_PAUSES = {
    "busy": "15m",
    "no_answer": "2h",
    "machine": "3h",
    "rejected": "4h",
    "unreachable": "2h",
    "congestion": "5m",
    "failed": "30m",
    "cancelled": "30m",
    "not_dialled": "0s",
    "lost": "1h",
}
_DEFAULTS: Mapping[str, Any] = {
    "windows": {"mon-fri": "09:10-19:50"},
    "holidays": "closed",
    "closed_days": (),
    "open_days": (),
    "before": "0s",
    "machine": "retry",
    "pauses": {},
    "callback_over_cap": True,
    "max_attempts": 5,
    "max_unfinished": 2,
    "per_day": 2,
    "per_week": 4,
    "per_month": 16,
    "rest": "1h",
    "unfinished_pause": "15m",
    "callback_pause": "1h",
}

_FRIDAY, _SUNDAY = 4, 6

_Hours = tuple[int, time, time]  #: weekday (0 is Monday), start, end


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What one campaign allows."""

    windows: tuple[_Hours, ...]
    pauses: Mapping[str, timedelta]  #: by outcome
    rest: timedelta
    unfinished_pause: timedelta
    callback_pause: timedelta
    max_attempts: int
    max_unfinished: int
    per_day: int
    per_week: int
    per_month: int
    callback_over_cap: bool = True  #: a call-back that the patient named may be one more that day
    before: timedelta = timedelta(0)  #: no call so shortly before the deadline
    machine_ends: bool = False  #: a machine's answer ends the matter
    holiday: str = "ignore"  #: closed, as_sunday (Sunday's hours hold) or ignore
    closed_days: Collection[date] = field(default=frozenset())  #: of the clinic; they and `open_days` win
    open_days: Collection[date] = field(default=frozenset())

    @classmethod
    def read(cls, policy: Mapping[str, Any]) -> Self:
        """From a scenario's `policy:` section, or the policy that a campaign keeps.

        Raises:
            ConfigError: an hour or a length of time cannot be read.
        """
        known = {**_DEFAULTS, **policy}
        return cls(
            windows=_windows(known["windows"]),
            pauses={key: duration(value) for key, value in {**_PAUSES, **known["pauses"]}.items()},
            rest=duration(known["rest"]),
            unfinished_pause=duration(known["unfinished_pause"]),
            callback_pause=duration(known["callback_pause"]),
            max_attempts=known["max_attempts"],
            max_unfinished=known["max_unfinished"],
            per_day=known["per_day"],
            per_week=known["per_week"],
            per_month=known["per_month"],
            callback_over_cap=bool(known["callback_over_cap"]),
            before=duration(known["before"]),
            machine_ends=known["machine"] == "hang_up",
            holiday=str(known["holidays"]).replace(" ", "_"),
            closed_days=_dates(known["closed_days"]),
            open_days=_dates(known["open_days"]),
        )

    def is_open(self, at: datetime, zone: ZoneInfo) -> bool:
        """Whether somebody in this zone may be called at this moment."""
        local = at.astimezone(zone)
        weekday = self._weekday(local.date())
        clock = local.time()
        return any(day == weekday and start <= clock < end for day, start, end in self.windows)

    def _weekday(self, day: date) -> int | None:
        """Whose hours hold on this day; None: nobody is called."""
        if day in self.closed_days:
            return None
        if day in self.open_days or self.holiday == "ignore":
            return day.weekday()
        if day in decrees.days_off(day.year):
            return _SUNDAY if self.holiday == "as_sunday" else None
        return _FRIDAY if day in decrees.working_weekends(day.year) else day.weekday()


def duration(value: Any) -> timedelta:
    """A length of time: `15m`, ISO 8601's `PT15M`, or seconds.

    Raises:
        ConfigError: it is none of these.
    """
    if isinstance(value, timedelta):
        return value
    if isinstance(value, int | float):
        return timedelta(seconds=value)
    text = str(value).strip()
    if match := _SHORT.fullmatch(text):
        return timedelta(seconds=int(match[1]) * _SECONDS[match[2]])
    if (match := _ISO.fullmatch(text)) and any(match.groups()):
        days, hours, minutes, seconds = (float(part or 0) for part in match.groups())
        return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    raise ConfigError(f"{text!r} is no length of time", mend="Write 15m or PT15M.")


def _windows(value: Any) -> tuple[_Hours, ...]:
    """Of `{mon-fri: 09:10-19:50}`, or of the list of `{day, start, end}` that a campaign keeps."""
    if not isinstance(value, Mapping):
        return tuple((int(one["day"]), _time(str(one["start"])), _time(str(one["end"]))) for one in value)
    found = []
    for days, hours in value.items():
        for text in [hours] if isinstance(hours, str) else hours:
            start, end = (_time(part) for part in re.split(r"\s*[-–]\s*", text.strip()))
            found += [(day, start, end) for day in _week_days(str(days))]
    return tuple(found)


def _week_days(text: str) -> range:
    first, _, last = text.strip().lower().partition("-")
    try:
        return range(_DAYS.index(first), _DAYS.index(last or first) + 1)
    except ValueError:
        raise ConfigError(f"{text!r} are no days of the week", mend="Write mon or mon-fri.") from None


def _time(text: str) -> time:
    try:
        return time.max if text == "24:00" else time.fromisoformat(text.zfill(5))
    except ValueError:
        raise ConfigError(f"{text!r} is no time of day", mend="Write 09:10.") from None


def _dates(values: Collection[date | str]) -> frozenset[date]:
    return frozenset(value if isinstance(value, date) else date.fromisoformat(value) for value in values)
