"""The persons of the demonstration: subscribers for the city, rows for the robot's list. Only the cast knows both."""

import csv
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import reduce
from operator import or_
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from voicebot.simulator.facts import Truth
from voicebot.simulator.persona import persona
from voicebot.simulator.subscriber import Subscriber
from voicebot.simulator.voices import Voice

FILE = Path(__file__).with_name("cast.yaml")
OPERATOR = "operator"
HOTLINE = "+74950000000"
_PLACE = "улица Мира, дом пять, кабинет двадцать"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Patient(_Part):
    """Whose visit it is."""

    surname: str
    name: str
    patronymic: str

    @property
    def full_name(self) -> str:
        return f"{self.surname} {self.name} {self.patronymic}"


class Time(_Part):
    """A day and an hour, counted from the demonstration's day."""

    in_days: int
    at: time

    def starts_at(self, today: date) -> datetime:
        """Naive, in the clinic's zone."""
        return datetime.combine(today + timedelta(days=self.in_days), self.at)


class Visit(Time):
    """What the call is about."""

    specialty: str
    doctor: str
    preparation: str = ""


class Member(_Part):
    """One person of the cast."""

    persona: str
    patient: Patient
    number: str
    visit: Visit | None = None
    offers: tuple[Time, ...] = ()  #: the doctor's free times
    calls: bool = False  #: phones the hotline instead of being called


def load() -> tuple[Member, ...]:
    """The cast, in the order of the list."""
    return tuple(Member.model_validate(item) for item in yaml.safe_load(FILE.read_text(encoding="utf-8")))


def shuffled(cast: Sequence[Member], seed: int) -> list[Member]:
    """Another order of the list; seed 0 is the file's own."""
    order = list(cast)
    if seed:
        random.Random(seed).shuffle(order)
    return order


def subscribers(cast: Sequence[Member], today: date, seed: int = 0) -> list[Subscriber]:
    """The telephones of the cast, and the operator's; another seed gives other voices."""
    people: dict[str, Subscriber] = {}
    for one in _play([member for member in cast if not member.calls], today, seed):
        other = people.get(one.number)  # a family shares a telephone
        people[one.number] = replace(other, truth=other.truth | one.truth) if other else one
    operator = Subscriber(number=OPERATOR, persona=persona("operator"), voice=Voice.numbered(len(cast) + seed))
    return [*people.values(), operator]


def callers(cast: Sequence[Member], today: date, seed: int = 0) -> list[Subscriber]:
    """Those who phone the hotline."""
    return list(_play([member for member in cast if member.calls], today, seed))


def _play(members: Sequence[Member], today: date, seed: int) -> Iterator[Subscriber]:
    for index, member in enumerate(members):
        yield Subscriber(
            number=member.number,
            persona=persona(member.persona),
            voice=Voice.numbered(index + seed),
            truth=_truth(member, today),
        )


def _truth(member: Member, today: date) -> Truth:
    """What may be said to this person: the visit, and the times that are offered instead."""
    name, visit = member.patient.full_name, member.visit
    if visit is None:
        return Truth()
    times = (*(() if member.calls else (visit,)), *member.offers)
    truths = [
        Truth.of_visit(
            name=name,
            day=one.starts_at(today).date(),
            at=one.at,
            specialist=visit.specialty,
            doctor="" if member.calls else visit.doctor,
        )
        for one in times
    ]
    return reduce(or_, truths)


def write_list(cast: Sequence[Member], today: date, file: Path) -> None:
    """The list as a clinic's system would export it."""
    with file.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream, delimiter=";")
        header = ("Фамилия", "Имя", "Отчество", "Телефон", "Дата приёма", "Время", "Специальность", "Врач")
        writer.writerow((*header, "Адрес", "Подготовка"))
        for member in cast:
            patient, visit = member.patient, member.visit
            if member.calls or visit is None:
                continue
            at = visit.starts_at(today)
            person = (patient.surname, patient.name, patient.patronymic, member.number)
            when = (f"{at:%d.%m.%Y}", f"{at:%H:%M}")
            writer.writerow((*person, *when, visit.specialty, visit.doctor, _PLACE, visit.preparation))
