"""The persons of the demonstration: who is played by which persona, and what the clinic and the city know of them."""

import csv
import random
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict

from voicebot.dialog import catalog
from voicebot.dialog.scenario import Direction
from voicebot.outbound import columns

FILE = Path(__file__).with_name("cast.yaml")
OCCASIONS = Path(__file__).with_name("occasions.yaml")
#: What fills the campaigns of those who are called without a list; the waits are longer than any run.
SOURCES: Mapping[str, Mapping[str, Any]] = {
    "waitlist": {"waitlist": {"hold": "6h"}},
    "callback": {"callback": {"within": "1d"}},
    "survey": {"survey": {"within": "30d"}},
}
OPERATOR = "operator"
HOTLINE = "+74950000000"
#: A number of its own for each conversation that answers; one that is not here answers at the hotline's.
LINES_IN = {HOTLINE: "hotline", "+74950000001": "booking", "+74950000002": "assistance_case"}
_PLACE = "улица Мира, дом пять, кабинет двадцать"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Patient(_Part):
    """Who is called, or calls."""

    surname: str
    name: str
    patronymic: str
    birth_date: date | None = None

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
    """One that the patient has."""

    specialty: str
    doctor: str
    preparation: str = ""


class Offers(_Part):
    """A doctor's free times."""

    specialty: str
    doctor: str
    times: tuple[Time, ...]


class Insurance(_Part):
    """A policy of the patient's, in force."""

    insurer: str
    number: str


class Member(_Part):
    """One person of the cast."""

    scenario: str = "confirmation"
    calls: bool = False  #: phones the robot instead of being called
    persona: str
    patient: Patient
    number: str
    visit: Visit | None = None
    offers: Offers | None = None
    insurance: Insurance | None = None
    row: Mapping[str, str] = {}  #: what else stands in the list, by the scenario's names of columns


def load(file: Path = FILE) -> tuple[Member, ...]:
    """The cast of the demonstration, in the order of the file."""
    by_scenario = yaml.safe_load(file.read_text(encoding="utf-8"))
    return tuple(member(name, one) for name, many in by_scenario.items() for one in many)


def everybody() -> tuple[Member, ...]:
    """The cast of all conversations."""
    return (*load(), *load(OCCASIONS))


def member(scenario: str, about: Mapping[str, object]) -> Member:
    """Somebody for this scenario, a name or a file; the scenario tells who calls whom.

    Raises:
        ScenarioError: there is no such scenario, or it cannot be used.
    """
    calls = catalog.find(scenario).direction is Direction.INBOUND
    return Member.model_validate({"scenario": scenario, "calls": calls, **about})


def shuffled(cast: Sequence[Member], seed: int) -> list[Member]:
    """Another order of the list; seed 0 is the file's own."""
    order = list(cast)
    if seed:
        random.Random(seed).shuffle(order)
    return order


def scenarios(cast: Sequence[Member], *, calls: bool) -> list[str]:
    """Those in which people call, or are called."""
    return list(dict.fromkeys(one.scenario for one in cast if one.calls is calls))


def line_in(scenario: str) -> str:
    """The number at which this scenario answers."""
    return next((number for number, name in LINES_IN.items() if name == scenario), HOTLINE)


def listed(cast: Sequence[Member]) -> list[str]:
    """The scenarios that call from a list."""
    return [name for name in scenarios(cast, calls=False) if name not in SOURCES]


def list_of(folder: Path, scenario: str) -> Path:
    """Where the list of a scenario's campaign lies."""
    return folder / f"{Path(scenario).stem}.csv"


def write_lists(cast: Sequence[Member], today: date, folder: Path) -> None:
    """The lists as a clinic's system would export them, one for each scenario that calls from one."""
    for scenario in listed(cast):
        spec = columns.read(catalog.find(scenario).list, place=scenario)
        with list_of(folder, scenario).open("w", encoding="utf-8-sig", newline="") as stream:
            writer = csv.writer(stream, delimiter=";")
            writer.writerow(spec.title(field) for field in spec.columns)
            for one in cast:
                if one.scenario == scenario:
                    cells = _cells(one, today)
                    needed = {
                        field: spec.title(field).lower() for field in spec.columns if spec.columns[field].required
                    }
                    writer.writerow(cells.get(field) or needed.get(field, "") for field in spec.columns)


def _cells(one: Member, today: date) -> dict[str, str]:
    patient, visit = one.patient, one.visit
    cells = {
        "surname": patient.surname,
        "name": patient.name,
        "patronymic": patient.patronymic,
        "phone": one.number,
        "place": _PLACE,
    }
    if visit:
        at = visit.starts_at(today)
        cells |= {"date": f"{at:%d.%m.%Y}", "time": f"{at:%H:%M}", "specialty": visit.specialty}
        cells |= {"doctor": visit.doctor, "preparation": visit.preparation}
    return cells | dict(one.row)
