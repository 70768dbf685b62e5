"""The people of the demonstration, and how their talks are counted."""

from collections.abc import Iterable
from datetime import date
from itertools import chain

import pytest

from voicebot.demo import cast, crowd, one_call, telephones
from voicebot.demo.cast import Member
from voicebot.dialog import catalog
from voicebot.errors import CityError
from voicebot.shares import Share
from voicebot.simulator.facts import Fact, Hearing, Truth, missing
from voicebot.simulator.persona import persona

SUNDAY = date(2026, 11, 22)


@pytest.mark.parametrize("scenario", crowd.known())
def test_of_a_crowd_no_two_have_a_number_a_name_or_a_time_in_common(scenario: str) -> None:
    people = crowd.crowd(scenario, 60, seed=3)
    numbers = [one.number for one in people]
    names = [one.patient.full_name for one in people]
    visits = [(one.visit.doctor, one.visit.starts_at(SUNDAY)) for one in people if one.visit]
    offers = chain.from_iterable(
        [(one.offers.doctor, at.starts_at(SUNDAY)) for at in one.offers.times] for one in people if one.offers
    )
    policies = [one.insurance.number for one in people if one.insurance]
    for many in (numbers, names, [*visits, *offers], policies):
        assert len(set(many)) == len(many)
    assert {one.scenario for one in people} == {scenario}


def test_all_conversations_have_people_who_do_their_part_six_of_them_in_the_demonstration() -> None:
    def willing(people: Iterable[Member]) -> set[str]:
        return {one.scenario for one in people if persona(one.persona).cooperative}

    assert willing(cast.load()) == set(catalog.names()) - set(cast.SOURCES)
    assert willing(cast.everybody()) == set(crowd.known()) == set(catalog.names())


def test_what_a_persona_types_and_what_must_be_noted_is_the_persons_own() -> None:
    one = crowd.crowd("assistance_case", 3, seed=4)[2]
    played, policy = telephones.played_by(one.persona, one), one.insurance and one.insurance.number
    assert f"{policy}#" in {rule.presses for rule in played.rules}
    assert played.ends.facts and played.ends.facts["policy"] == policy
    assert played.ends.facts["birth_date"] == str(one.patient.birth_date)


def test_a_caller_says_their_own_birth_date_and_the_doctor_they_want() -> None:
    [said] = [
        one.persona.texts
        for member, one in telephones.callers(cast.load(), SUNDAY)
        if member.persona == "books_by_phone"
    ]
    assert {"второе мая тысяча девятьсот восемьдесят пятого года", "к пульмонологу"} <= set(said)


def test_of_times_that_others_are_offered_too_one_is_enough_to_hear() -> None:
    two = Truth(values={Fact.TIME: frozenset({"10:00", "15:30"})})
    any_of_two = Truth(values=two.values, any_of=True)
    heard = [Hearing(kind=Fact.TIME, value="10:00")]
    assert missing(two, heard, [Fact.TIME]) == (Fact.TIME,)
    assert missing(any_of_two, heard, [Fact.TIME]) == ()
    assert missing(any_of_two, [], [Fact.TIME]) == (Fact.TIME,)


def test_a_share_has_wilsons_interval() -> None:
    assert Share(hits=19, of=20).interval == pytest.approx((0.7639, 0.9911), abs=0.0001)
    assert Share(hits=0, of=0).interval == (0.0, 1.0)


def test_somebody_is_found_for_a_call_of_any_scenario_or_it_is_said_who_there_is() -> None:
    assert one_call.someone("reminder").persona == "comes"
    assert one_call.someone("reminder", "silent").persona == "silent"
    with pytest.raises(CityError, match="no persona 'nobody'"):
        one_call.someone("reminder", "nobody")
