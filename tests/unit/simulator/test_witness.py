"""What a witness accuses the robot of, and which telephone is meant."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from voicebot.simulator.facts import Fact, Hearing, Truth
from voicebot.simulator.persona import Ends, persona
from voicebot.simulator.subscriber import Subscriber, by_line, line_of
from voicebot.simulator.witness import Witness, double_dials

TRUTH = Truth.of_visit(name="Иванова Мария Петровна", day=date(2026, 11, 24), at=time(9), specialist="кардиолог")
RIGHT = [Hearing(kind=kind, value=value) for kind in Fact for value in TRUTH.of(kind)]


def witness(*hearings: Hearing, hears: str = "name date time specialist", never: str = "", at: float = 0) -> Witness:
    invited = datetime(2026, 11, 21, 12, tzinfo=UTC) + timedelta(seconds=at)
    ends = Ends.model_validate({"outcome": "answered", "hears": hears.split(), "never_hears": never.split()})
    return Witness(
        number="+79160000001", caller_id="", invited=invited, hearings=list(hearings), truth=TRUTH, ends=ends
    )


def test_all_facts_right_is_no_error() -> None:
    assert witness(*RIGHT).errors == ()


def test_a_wrong_value_stays_an_error_although_the_right_one_was_heard_too() -> None:
    wrong = Hearing(kind=Fact.TIME, value="10:00")
    assert witness(*RIGHT, wrong).errors == ("time: heard 10:00",)


def test_what_was_not_heard_is_an_error_where_the_persona_needs_it() -> None:
    assert witness(*RIGHT[:1]).errors == ("date: not heard", "time: not heard", "specialist: not heard")
    assert witness(*RIGHT[:1], hears="name").errors == ()


def test_what_is_nobodys_business_must_not_be_told() -> None:
    assert witness(*RIGHT[:1], hears="", never="date specialist").errors == ()
    told = witness(*RIGHT, hears="", never="date specialist").errors
    assert told == ("date: told, but is nobody's business", "specialist: told, but is nobody's business")


def test_a_mother_of_two_must_hear_both_visits() -> None:
    other = Truth.of_visit(name="Иванов Пётр Ильич", day=date(2026, 11, 25), at=time(9), specialist="хирург")
    mother = witness(*RIGHT)
    mother.truth = TRUTH | other
    assert mother.errors == ("name: not heard", "date: not heard", "specialist: not heard")


def test_two_patients_on_one_telephone_have_one_person_who_must_hear_of_both() -> None:
    first = Subscriber(number="+79160000001", persona=persona("mother_of_two"), truth=TRUTH)
    other = Truth.of_visit(name="Иванов Пётр Ильич", day=date(2026, 11, 24), at=time(10), specialist="хирург")
    lines = by_line([first, Subscriber(number="89160000001", persona=persona("confirms"), truth=other)])
    assert list(lines) == ["79160000001"]
    both = lines["79160000001"]
    assert both.persona.key == "mother_of_two"
    assert both.truth.of(Fact.TIME) == {"09:00", "10:00"}
    assert both.truth.of(Fact.DATE) == {"2026-11-24"}


def test_two_invites_to_one_telephone_within_its_pause_are_a_double_dial() -> None:
    calls = [witness(at=0), witness(at=100), witness(at=130)]
    calls[2].number = "89160000001"
    assert double_dials(calls, timedelta(minutes=1)) == [(calls[1], calls[2])]
    assert double_dials(calls, timedelta(seconds=30)) == []


@pytest.mark.parametrize("number", ["+79160000001", "79160000001", "89160000001", "8 (916) 000-00-01"])
def test_a_telephone_is_the_same_however_it_is_dialled(number: str) -> None:
    assert line_of(number) == "79160000001"


def test_a_line_with_a_name_keeps_it() -> None:
    assert line_of("operator") == "operator"
