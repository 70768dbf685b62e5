"""The list of a simulated campaign: people drawn by their shares, and written into a store."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from voicebot.bench.campaign.people import People, Subscriber, pick
from voicebot.bench.checker import Listed
from voicebot.outbound.policy import Priority, Why
from voicebot.store import bulk
from voicebot.store.tables import Base, Contact, ContactNumber, ContactState, Gender, Number, Patient

_MOBILE = 79_000_000_000
_STRIDE = 7919  # numbers of neighbours in the list do not look alike
_AT_ONCE = 5000  # rows of one statement


@dataclass(frozen=True, slots=True)
class Person:
    """One contact: the numbers by which this person may be reached, in order."""

    numbers: tuple[str, ...]
    zone: str
    expires_at: datetime | None


@dataclass(kw_only=True)
class Population:
    """Contact `n` (from 1) is `persons[n - 1]`."""

    persons: list[Person] = field(default_factory=list)
    subscribers: dict[str, Subscriber] = field(default_factory=dict)


def draw(people: People, size: int, *, start: datetime, seed: int) -> Population:
    """So many contacts; the same seed gives the same ones."""
    dice = random.Random(seed)
    kinds = {name: kind.share for name, kind in people.kinds.items()}
    drawn = Population()
    for _ in range(size):
        relative = drawn.persons[-1] if drawn.persons and dice.random() < people.family else None
        zone = relative.zone if relative else pick(people.zones, dice)
        numbers = (
            list(relative.numbers[:1]) if relative else [_new_number(drawn, people, pick(kinds, dice), zone, dice)]
        )
        if dice.random() < people.second_number:
            numbers.append(_new_number(drawn, people, pick(kinds, dice), zone, dice))
        visit = None
        if dice.random() < people.visits.share:
            visit = start + timedelta(days=dice.randint(*people.visits.days), minutes=15 * dice.randint(0, 36))
        drawn.persons.append(Person(numbers=tuple(numbers), zone=zone, expires_at=visit))
    return drawn


def write(session: Session, population: Population, *, campaign_id: int, at: datetime) -> None:
    """The contacts of a campaign in an empty store, all due at once: the policy judges each when its turn comes."""
    ids = {number: no for no, number in enumerate(population.subscribers, start=1)}
    zones = [(ids[number], number, one.zone, False) for number, one in population.subscribers.items()]
    _insert(session, Number, ("id", "e164", "zone", "do_not_call"), zones)
    numbered = list(enumerate(population.persons, start=1))
    patients = [(no, f"Абонент{no}", "Иван", "", f"абонент{no} иван", Gender.UNKNOWN, "ru", at) for no, _ in numbered]
    _insert(
        session,
        Patient,
        ("id", "surname", "name", "patronymic", "name_key", "gender", "language", "created_at"),
        patients,
    )
    _insert(session, Contact, _CONTACT, [_contact(no, one, ids, campaign_id, at) for no, one in numbered])
    links = [(no, place, ids[number], False) for no, one in numbered for place, number in enumerate(one.numbers)]
    _insert(session, ContactNumber, ("contact_id", "position", "number_id", "dead"), links)


_CONTACT = (
    *("id", "campaign_id", "patient_id", "number_id", "subject", "data", "state", "zone", "priority"),
    *("due_at", "expires_at", "tries", "unfinished", "messages", "why"),
)


def listed(population: Population, campaign: str) -> Iterator[Listed]:
    """The list, for the checker."""
    for no, one in enumerate(population.persons, start=1):
        yield Listed(id=no, campaign=campaign, numbers=one.numbers, zone=one.zone, expires_at=one.expires_at)


def _contact(no: int, person: Person, ids: dict[str, int], campaign_id: int, at: datetime) -> tuple[object, ...]:
    return (
        *(no, campaign_id, no, ids[person.numbers[0]], "", {}, ContactState.WAITING, person.zone, Priority.FIRST),
        *(at, person.expires_at, 0, 0, 0, Why.FIRST),
    )


def _new_number(drawn: Population, people: People, kind: str, zone: str, dice: random.Random) -> str:
    number = f"+{_MOBILE + len(drawn.subscribers) * _STRIDE % 1_000_000_000}"
    drawn.subscribers[number] = Subscriber(kind=kind, zone=zone, exists=dice.random() >= people.invalid)
    return number


def _insert(session: Session, table: type[Base], columns: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> None:
    for first in range(0, len(rows), _AT_ONCE):
        bulk.insert_rows(session, table, columns, rows[first : first + _AT_ONCE])
