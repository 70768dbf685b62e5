"""The cast as subscribers of the city: each with a voice, and with what may be told to them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import reduce
from operator import or_

from voicebot.demo.cast import OPERATOR, Member, Time
from voicebot.simulator.facts import Truth
from voicebot.simulator.persona import Persona, persona
from voicebot.simulator.spoken import birth_date, to_specialist
from voicebot.simulator.subscriber import Subscriber
from voicebot.simulator.voices import Voice


def called(cast: Sequence[Member], today: date, seed: int = 0) -> list[Subscriber]:
    """The telephones of those who are called, and the operator's; another seed gives other voices."""
    people: dict[str, Subscriber] = {}
    for member, one in _played(cast, today, seed):
        if not member.calls:
            other = people.get(one.number)  # a family shares a telephone
            people[one.number] = replace(other, truth=other.truth | one.truth) if other else one
    operator = Subscriber(number=OPERATOR, persona=persona("operator"), voice=Voice.numbered(len(cast) + seed))
    return [*people.values(), operator]


def callers(cast: Sequence[Member], today: date, seed: int = 0) -> list[tuple[Member, Subscriber]]:
    """Those who phone the robot."""
    return [(member, one) for member, one in _played(cast, today, seed) if member.calls]


def _played(cast: Sequence[Member], today: date, seed: int) -> Iterator[tuple[Member, Subscriber]]:
    for index, member in enumerate(cast):
        yield (
            member,
            Subscriber(
                number=member.number,
                persona=played_by(member.persona, member),
                voice=Voice.numbered(index + seed),
                truth=_truth(member, cast, today),
            ),
        )


def played_by(key: str, member: Member) -> Persona:
    """The persona with what only this person says: `{birth_date}` and, as it is noted, `{born}`; `{specialist}`; and
    `{policy}`."""
    born, offers, insured = member.patient.birth_date, member.offers, member.insurance
    words = {"birth_date": birth_date(born), "born": born.isoformat()} if born else {}
    words |= {"specialist": to_specialist(offers.specialty)} if offers else {}
    words |= {"policy": insured.number} if insured else {}
    return persona(key).saying(words)


def _truth(member: Member, cast: Sequence[Member], today: date) -> Truth:
    """What may be said to this person: the visit, and the times that are offered.

    Several who ask for one specialty are offered the same doctors' times, each others' that are still free, or free
    again: then any of them is right, and not all are told.
    """
    alike = [one for one in cast if one.offers and member.offers and one.offers.specialty == member.offers.specialty]
    offered = [one.offers for one in alike if one.offers]
    freed = [_of(member, one.visit, today, one.visit.specialty) for one in alike if one.visit and one is not member]
    visit = [_of(member, member.visit, today, member.visit.specialty, member.visit.doctor)] if member.visit else []
    times = [_of(member, at, today, one.specialty) for one in offered for at in one.times]
    if not visit and not times:
        return Truth.of_person(member.patient.full_name)
    truth = reduce(or_, [*visit, *times, *freed])
    return replace(truth, any_of=len(offered) > 1)


def _of(member: Member, at: Time, today: date, specialty: str, doctor: str = "") -> Truth:
    day = at.starts_at(today).date()
    return Truth.of_visit(name=member.patient.full_name, day=day, at=at.at, specialist=specialty, doctor=doctor)
