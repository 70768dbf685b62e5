"""From a value of `Kind.WHEN` to an instant: when at the earliest does it mean?"""

from datetime import date, datetime, time, timedelta
from typing import Any


def earliest(value: Any, now: datetime) -> datetime:
    """The first instant that the value allows, not before `now`; aware, in `now`'s zone.

    A date begins at midnight (the calling window decides from when people may be called), a time without a date is
    the next such time, a range begins at its `from`; one without `from` begins now.

    Raises:
        TypeError: not a value of `Kind.WHEN`.
    """
    if isinstance(value, dict):
        return earliest(value["from"], now) if value.get("from") else now
    if not isinstance(value, str):
        raise TypeError(f"not a date, time, instant or range: {value!r}")
    if "T" in value:
        at = datetime.fromisoformat(value)
        return max(now, at if at.tzinfo else at.replace(tzinfo=now.tzinfo))
    if "-" in value:
        return max(now, datetime.combine(date.fromisoformat(value), time.min, now.tzinfo))
    at = datetime.combine(now.date(), time.fromisoformat(value), now.tzinfo)
    return at if at >= now else at + timedelta(days=1)
