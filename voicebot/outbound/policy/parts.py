"""Parts of a day: who was not there in one of them may be there in another."""

from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class Part(StrEnum):
    """Of the day in the number's zone."""

    MORNING = "morning"  #: until 12
    AFTERNOON = "afternoon"  #: 12 to 17
    EVENING = "evening"  #: from 17


_ENDS = ((time(12), Part.MORNING), (time(17), Part.AFTERNOON))


def part_of(moment: datetime, zone: ZoneInfo) -> Part:
    """The part in which the moment lies."""
    there = moment.astimezone(zone).time()
    return next((part for end, part in _ENDS if there < end), Part.EVENING)


def next_part(moment: datetime, zone: ZoneInfo) -> datetime:
    """When the next part begins, in UTC: noon, five o'clock or midnight; later than the moment given."""
    there = moment.astimezone(zone)
    for end, _ in _ENDS:
        if there.time() < end:
            return datetime.combine(there.date(), end, zone).astimezone(UTC)
    return next_midnight(moment, zone)


def next_midnight(moment: datetime, zone: ZoneInfo) -> datetime:
    """When the next calendar day begins there, in UTC."""
    tomorrow = moment.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), zone).astimezone(UTC)
