from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from voicebot.outbound.windows import Window, Windows, opening, window_end

MOSCOW = ZoneInfo("Europe/Moscow")
BERLIN = ZoneInfo("Europe/Berlin")
WORKDAYS: tuple[Window, ...] = TypeAdapter(Windows).validate_python({"mon-fri": "09:10-19:50", "sat": ["10:00-13:00"]})


def local(text: str, zone: ZoneInfo = MOSCOW) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2026-11-23 09:09:59", "2026-11-23 09:10"),  # Monday before the window
        ("2026-11-23 09:10", "2026-11-23 09:10"),
        ("2026-11-23 19:49:59", "2026-11-23 19:49:59"),
        ("2026-11-23 19:50", "2026-11-24 09:10"),
        ("2026-11-27 20:00", "2026-11-28 10:00"),  # Friday evening: Saturday
        ("2026-11-28 13:00", "2026-11-30 09:10"),  # Saturday afternoon: Monday
        ("2026-11-29 12:00", "2026-11-30 09:10"),
    ],
)
def test_the_next_moment_inside_a_window_is_found(moment: str, opens: str) -> None:
    assert opening(WORKDAYS, MOSCOW, local(moment)) == local(opens)


def test_the_window_is_that_of_the_patients_zone() -> None:
    noon_in_moscow = local("2026-11-23 12:00")
    assert opening(WORKDAYS, ZoneInfo("Asia/Kamchatka"), noon_in_moscow) == datetime(2026, 11, 23, 21, 10, tzinfo=UTC)


def test_a_change_of_the_clocks_moves_the_window_with_the_people() -> None:
    sunday = TypeAdapter(Windows).validate_python({"sat-sun": "09:00-10:00"})
    saturday = local("2026-03-28 10:00", BERLIN)
    assert opening(sunday, BERLIN, saturday) - saturday == timedelta(hours=22)  # the night is an hour shorter


def test_a_window_inside_the_hour_that_the_clocks_skip_waits_for_the_next_week() -> None:
    night = TypeAdapter(Windows).validate_python({"sun": "02:00-03:00"})
    assert opening(night, BERLIN, local("2026-03-29 00:00", BERLIN)) == local("2026-04-05 02:00", BERLIN)


def test_a_day_without_end_reaches_to_midnight() -> None:
    always = TypeAdapter(Windows).validate_python({"mon-sun": "00:00-24:00"})
    midnight = local("2026-11-24 00:00")
    assert opening(always, MOSCOW, midnight - timedelta(seconds=1)) == midnight - timedelta(seconds=1)
    assert opening(always, MOSCOW, midnight) == midnight


def test_the_only_window_of_the_week_is_found_a_week_later() -> None:
    monday = TypeAdapter(Windows).validate_python({"mon": "09:00-10:00"})
    assert opening(monday, MOSCOW, local("2026-11-23 10:00")) == local("2026-11-30 09:00")


@settings(deadline=None)
@given(st.integers(0, 60 * 24 * 800), st.sampled_from(["Europe/Berlin", "Asia/Kamchatka"]))
def test_what_is_found_lies_in_a_window_and_is_not_before(minutes: int, name: str) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    zone = ZoneInfo(name)
    found = opening(WORKDAYS, zone, moment)
    there = found.astimezone(zone)
    assert found >= moment
    assert any(w.day == there.weekday() and w.start <= there.time() < w.end for w in WORKDAYS)
    assert window_end(WORKDAYS, zone, found) > found


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ({"mon-fri": "9-18"}, "are no hours"),
        ({"maandag": "09:00-18:00"}, "no weekday"),
        ({"mon": "18:00-09:00"}, "end after it starts"),
        ({"mon": ["09:00-12:00", "11:00-13:00"]}, "overlap"),
        ({"mon": "25:00-26:00"}, "hour"),
        ({}, "at least one"),
    ],
)
def test_windows_that_mean_nothing_are_refused_with_the_reason(value: object, says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        TypeAdapter(Windows).validate_python(value)
