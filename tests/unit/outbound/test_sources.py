"""What fills campaigns, and when."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from voicebot.errors import CampaignError
from voicebot.outbound import sources
from voicebot.outbound.every import Every

MOSCOW = ZoneInfo("Europe/Moscow")
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "now", "last"),
    [
        ("day 18:00", "2026-11-23T18:00", "2026-11-23T18:00"),
        ("day 18:00", "2026-11-23T17:59", "2026-11-22T18:00"),
        ("week mon 10:00", "2026-11-25T09:00", "2026-11-23T10:00"),
        ("week 10:00", "2026-11-23T09:59", "2026-11-16T10:00"),
        ("week sun 08:30", "2026-11-25T09:00", "2026-11-22T08:30"),
        ("month 5 10:00", "2026-11-04T12:00", "2026-10-05T10:00"),
        ("month 10:00", "2026-11-25T12:00", "2026-11-01T10:00"),
        ("quarter 10:00", "2026-11-25T12:00", "2026-10-01T10:00"),
        ("quarter 20 10:00", "2026-10-19T12:00", "2026-07-20T10:00"),
        ("quarter 1 10:00", "2026-01-01T09:00", "2025-10-01T10:00"),
    ],
)
def test_the_last_moment_of_a_period_is_found(text: str, now: str, last: str) -> None:
    moment = Every.read(text).last(datetime.fromisoformat(now).replace(tzinfo=MOSCOW), MOSCOW)
    assert moment == datetime.fromisoformat(last).replace(tzinfo=MOSCOW)


def test_the_hour_is_that_of_the_clinics_clock_when_the_clocks_change() -> None:
    every = Every.read("day 18:00")
    summer, winter = datetime(2026, 10, 24, 20, tzinfo=BERLIN), datetime(2026, 10, 25, 20, tzinfo=BERLIN)
    assert [every.last(at, BERLIN).utcoffset() for at in (summer, winter)] == [
        at.utcoffset() for at in (summer, winter)
    ]
    assert [every.last(at, BERLIN).hour for at in (summer, winter)] == [18, 18]


@pytest.mark.parametrize(
    "text", ["", "day", "day mon 18:00", "week 3 10:00", "month 31 10:00", "day 25:00", "hour 1:00"]
)
def test_what_is_no_period_is_said_to_be_none(text: str) -> None:
    with pytest.raises(ValueError, match="is no period"):
        Every.read(text)


@pytest.mark.parametrize(
    ("text", "kind", "values"),
    [
        ("visits", "visits", {"on": "tomorrow", "specialty": (), "unconfirmed": False}),
        ("visits:+3,specialty=surgeon+neurologist,unconfirmed", "visits", {"on": "+3", "unconfirmed": True}),
        ("visits:2026-11-25..2026-11-30,status=booked", "visits", {"on": "2026-11-25..2026-11-30"}),
        ("patients:40-120,unseen=180d", "patients", {"age": "40-120"}),
        ("callback:30m,after=2m", "callback", {}),
        ("survey:cases,share=0.3", "survey", {"of": "cases", "share": 0.3}),
        ("waitlist", "waitlist", {}),
    ],
)
def test_a_source_is_understood_as_it_is_typed(text: str, kind: str, values: dict[str, Any]) -> None:
    source = sources.read(text)
    part = getattr(source, kind)
    assert {name: getattr(part, name) for name in values} == values
    assert sources.read(source.model_dump(mode="json", exclude_none=True)) == source


@pytest.mark.parametrize(
    ("text", "every", "says"),
    [
        ("nobody", None, "nobody"),
        ("", None, "source"),
        ("visits:someday", None, "visits.on: 'someday' is no day"),
        ("visits:2026-02-31", None, "visits.on"),
        ("visits:tomorrow,colour=red", None, "visits.colour"),
        ("survey:visits,share=2", None, "survey.share"),
        ("patients:old", None, "'old' are no ages"),
        ("visits", "sometimes", "is no period"),
        ("callback", "day 18:00", "callback needs no `every`"),
    ],
)
def test_what_is_no_source_is_one_error_that_names_it(text: str, every: str | None, says: str) -> None:
    with pytest.raises(CampaignError, match=says):
        sources.read(text, every=every)


@pytest.mark.parametrize(
    ("on", "first", "last"),
    [
        ("today", "2026-12-31", "2026-12-31"),
        ("tomorrow", "2027-01-01", "2027-01-01"),
        ("+3", "2027-01-03", "2027-01-03"),
        ("week", "2027-01-01", "2027-01-07"),
        ("2026-11-25", "2026-11-25", "2026-11-25"),
        ("2026-11-25..2026-11-30", "2026-11-25", "2026-11-30"),
    ],
)
def test_days_are_counted_from_the_day_of_asking(on: str, first: str, last: str) -> None:
    assert sources.days(on, date(2026, 12, 31)) == (date.fromisoformat(first), date.fromisoformat(last))


def test_ages_of_the_check_up_are_every_third_year_and_from_forty_every_year() -> None:
    found = sources.ages("18-39/3+40-120")
    assert {18, 21, 36, 39, 40, 41, 120} <= found
    assert not found & {17, 19, 20, 38, 121}


@pytest.mark.parametrize(
    ("since", "now", "moment"),
    [
        ("2026-11-23T12:00", "2026-11-23T17:59", None),
        ("2026-11-23T12:00", "2026-11-23T18:00", "2026-11-23T18:00"),
        ("2026-11-23T18:00", "2026-11-24T17:00", None),
        ("2026-11-20T18:00", "2026-11-24T09:00", "2026-11-23T18:00"),  # it was off for days: the last time counts
    ],
)
def test_a_source_is_due_once_in_its_period(since: str, now: str, moment: str | None) -> None:
    at: Callable[[str], datetime] = lambda text: datetime.fromisoformat(text).replace(tzinfo=MOSCOW)  # noqa: E731
    source = sources.read("visits", every="day 18:00")
    assert sources.due(source, at(since), at(now), MOSCOW) == (at(moment) if moment else None)
