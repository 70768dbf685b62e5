"""Times told in another zone than the speaker's."""

from datetime import datetime
from zoneinfo import ZoneInfo

from voicebot.language.instants import earliest
from voicebot.language.reading import Context, Kind
from voicebot.language.understanding import understand

NOW = datetime(2026, 11, 21, 10, tzinfo=ZoneInfo("Asia/Yekaterinburg"))


def best(text: str) -> object:
    return understand(Kind.WHEN, text, Context(now=NOW)).best


def test_moscow_time_is_two_hours_later_in_yekaterinburg() -> None:
    assert best("завтра в три часа дня по москве") == "2026-11-22T17:00"


def test_without_a_zone_the_speakers_own_clock_is_meant() -> None:
    assert best("завтра в три часа дня") == "2026-11-22T15:00"


def test_the_named_zone_holds_for_ranges_too() -> None:
    assert best("после шести вечера по московскому времени") == {"from": "20:00", "to": None}


def test_the_earliest_instant_of_a_wish_is_never_past() -> None:
    assert earliest("2026-11-20", NOW) == NOW
    assert earliest({"from": "2026-11-22T17:00", "to": None}, NOW) == NOW.replace(day=22, hour=17)
    assert earliest("09:00", NOW) == NOW.replace(day=22, hour=9)
