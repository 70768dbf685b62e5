"""The persons of the demonstration: subscribers for the city, rows for the robot's list. Only the cast knows both."""

import csv
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from voicebot.simulator.facts import Truth
from voicebot.simulator.persona import persona
from voicebot.simulator.subscriber import Subscriber
from voicebot.simulator.voices import Voice

FILE = Path(__file__).with_name("cast.yaml")
OPERATOR = "operator"
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


class Visit(_Part):
    """What the call is about."""

    in_days: int
    at: time
    specialty: str
    doctor: str
    preparation: str = ""

    def day(self, today: date) -> date:
        return today + timedelta(days=self.in_days)


class Member(_Part):
    """One person of the cast."""

    persona: str
    patient: Patient
    number: str
    visit: Visit


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
    for index, member in enumerate(cast):
        one = Subscriber(
            number=member.number,
            persona=persona(member.persona),
            voice=Voice.numbered(index + seed),
            truth=_truth(member, today),
        )
        other = people.get(one.number)  # a family shares a telephone
        people[one.number] = replace(other, truth=other.truth | one.truth) if other else one
    operator = Subscriber(number=OPERATOR, persona=persona("operator"), voice=Voice.numbered(len(cast) + seed))
    return [*people.values(), operator]


def _truth(member: Member, today: date) -> Truth:
    return Truth.of_visit(
        name=member.patient.full_name,
        day=member.visit.day(today),
        at=member.visit.at,
        specialist=member.visit.specialty,
        doctor=member.visit.doctor,
    )


def write_list(cast: Sequence[Member], today: date, file: Path) -> None:
    """The list as a clinic's system would export it."""
    with file.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream, delimiter=";")
        header = ("Фамилия", "Имя", "Отчество", "Телефон", "Дата приёма", "Время", "Специальность", "Врач")
        writer.writerow((*header, "Адрес", "Подготовка"))
        for member in cast:
            patient, visit = member.patient, member.visit
            at = datetime.combine(visit.day(today), visit.at)
            person = (patient.surname, patient.name, patient.patronymic, member.number)
            when = (f"{at:%d.%m.%Y}", f"{at:%H:%M}")
            writer.writerow((*person, *when, visit.specialty, visit.doctor, _PLACE, visit.preparation))
