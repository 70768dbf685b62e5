"""What people of the city understand as facts."""

from datetime import date

import pytest

from voicebot.simulator.facts import Fact
from voicebot.simulator.vocabulary import Vocabulary

TODAY = date(2026, 11, 21)
CANDIDATES = Vocabulary.load().candidates(["иванова мария петровна"])


def facts(text: str) -> dict[Fact, list[str]]:
    found: dict[Fact, list[str]] = {}
    for one in CANDIDATES.find(text, TODAY):
        found.setdefault(one.kind, []).append(one.value)
    return found


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("двадцать четвёртого ноября", "2026-11-24"),
        ("двадцать первого ноября", "2026-11-21"),
        ("двадцатого ноября", "2027-11-20"),
        ("третьего января", "2027-01-03"),
        ("двадцать девятого февраля", "2028-02-29"),
        ("тридцать первого декабря", "2026-12-31"),
    ],
)
def test_a_date_is_the_coming_one(text: str, value: str) -> None:
    assert facts(text) == {Fact.DATE: [value]}


def test_a_day_that_no_month_has_is_no_date() -> None:
    assert facts("тридцатого февраля") == {}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("в пятнадцать часов тридцать минут", "15:30"),
        ("в девять часов", "09:00"),
        ("в двадцать один час пять минут", "21:05"),
        ("в два часа дня", "14:00"),
        ("в девять часов утра", "09:00"),
        ("в шесть часов тридцать минут вечера", "18:30"),
        ("в пятнадцать тридцать", "15:30"),
        ("в пятнадцать в часов пять пятьдесят минут", "15:50"),
        ("в двенадцать часов в десять минут", "12:10"),
        ("в пятнадцать часов пятьдесят пять минут", "15:55"),
    ],
)
def test_a_time_is_read_as_it_is_spoken(text: str, value: str) -> None:
    assert facts(text) == {Fact.TIME: [value]}


@pytest.mark.parametrize("text", ["в семнадцать часов минут", "кабинет двадцать пять", "через пять минут"])
def test_what_is_no_whole_time_is_none(text: str) -> None:
    assert facts(text) == {}


def test_specialists_are_known_in_every_case_and_by_their_other_name() -> None:
    assert facts("врач кардиолог") == {Fact.SPECIALIST: ["кардиолог"]}
    assert facts("к кардиологу") == {Fact.SPECIALIST: ["кардиолог"]}
    assert facts("с лором") == {Fact.SPECIALIST: ["отоларинголог"]}


def test_a_stranger_is_not_the_patient() -> None:
    assert facts("говорю с иванова мария петровна") == {Fact.NAME: ["иванова мария петровна"]}
    assert facts("говорю с иванова анна ивановна") == {Fact.NAME: ["иванова анна ивановна"]}


def test_all_facts_of_a_phrase_are_found_in_order_and_once() -> None:
    text = "во вторник двадцать четвёртого ноября в девять часов да во вторник или двадцать пятого ноября в среду"
    assert facts(text) == {
        Fact.DATE: ["2026-11-24", "2026-11-25"],
        Fact.TIME: ["09:00"],
        Fact.WEEKDAY: ["вторник", "среда"],
    }


def test_every_day_and_every_five_minutes_can_be_heard() -> None:
    assert len(set(CANDIDATES.forms[Fact.DATE].values())) == 366
    assert len(set(CANDIDATES.forms[Fact.TIME].values())) == 24 * 12
