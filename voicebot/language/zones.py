"""Times told in another zone than the speaker's ("в три по Москве")."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from voicebot.language import lexicon
from voicebot.language.patterns import Finder
from voicebot.language.spans import Clock, Hours


def difference(words: Sequence[str], now: datetime) -> timedelta:
    """How far the speaker's clock is ahead of the named zone's; nothing where none is named."""
    named = next(iter(_finder().find(words)), None)
    if named is None:
        return timedelta()
    there = now.astimezone(ZoneInfo(named.name)).utcoffset() or timedelta()
    return (now.utcoffset() or timedelta()) - there


def moved(meaning: Clock | Hours, by: timedelta) -> Clock | Hours:
    """The same by the speaker's clock."""
    if isinstance(meaning, Clock):
        return Clock(_later(meaning.at, by), meaning.grain)
    return Hours(
        _later(meaning.start, by) if meaning.start else None,
        _later(meaning.end, by) if meaning.end else None,
        meaning.grain,
    )


def _later(at: time, by: timedelta) -> time:
    return (datetime.combine(date(2000, 1, 2), at) + by).time()


@cache
def _finder() -> Finder:
    return Finder(lexicon.load("zones"))
