from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from voicebot.language.reading import Context, Kind
from voicebot.language.understanding import understand
from voicebot.store.wishes import Wish

MOSCOW = ZoneInfo("Europe/Moscow")
NOW = datetime(2026, 11, 21, 10, 0, tzinfo=MOSCOW)  # a Saturday


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=MOSCOW)


@pytest.mark.parametrize(
    ("said", "fits", "does_not"),
    [
        ("двадцать четвёртого", ["2026-11-24T08:00", "2026-11-24T19:30"], ["2026-11-25T08:00", "2026-11-23T23:59"]),
        ("утром", ["2026-11-24T06:00", "2026-12-01T11:59"], ["2026-11-24T12:00"]),
        (
            "во вторник или в среду утром",
            ["2026-11-24T09:00", "2026-11-25T11:30"],
            ["2026-11-24T15:00", "2026-11-26T09:00"],
        ),
        ("только не в понедельник", ["2026-11-22T09:00", "2026-11-24T20:00"], ["2026-11-23T09:00"]),
        ("во вторник после трёх", ["2026-11-24T15:00", "2026-11-24T19:00"], ["2026-11-24T14:59", "2026-11-25T16:00"]),
        ("до обеда", ["2026-11-24T08:00"], ["2026-11-24T12:00"]),
        (
            "на следующей неделе утром",
            ["2026-11-23T09:00", "2026-11-29T11:00"],
            ["2026-11-30T09:00", "2026-11-24T13:00"],
        ),
        ("во вторник в пятнадцать тридцать", ["2026-11-24T15:30", "2026-11-24T15:50"], ["2026-11-24T16:00"]),
        ("ночью", ["2026-11-24T23:30", "2026-11-24T05:00"], ["2026-11-24T06:00", "2026-11-24T22:00"]),
    ],
)
def test_what_was_said_covers_the_times_that_were_meant(said: str, fits: list[str], does_not: list[str]) -> None:
    wish = Wish.read([value.as_json() for value in understand(Kind.WHEN, said, Context(now=NOW)).values])
    assert [text for text in fits if not wish.covers(at(text))] == []
    assert [text for text in does_not if wish.covers(at(text))] == []


def test_hours_past_midnight_belong_to_the_day_they_began_on() -> None:
    wish = Wish.read({"from": "2026-11-24T23:00", "to": "2026-11-25T06:00"})
    assert wish.covers(at("2026-11-24T23:30")) and wish.covers(at("2026-11-25T05:30"))
    assert not wish.covers(at("2026-11-24T05:30")) and not wish.covers(at("2026-11-25T23:30"))


def test_no_wish_is_any_time() -> None:
    assert Wish.read(None).covers(NOW)
    assert Wish.read(None).days() == (None, None)


@pytest.mark.parametrize("value", [5, {"day": 1}, "в среду", {"from": "нет", "to": None}])
def test_what_is_no_time_is_refused(value: object) -> None:
    with pytest.raises(ValueError):
        Wish.read(value)
