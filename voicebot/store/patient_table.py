"""Patients out of a table: a million rows in a minute, the same person and number but once."""

from collections.abc import Callable, Sequence
from datetime import date
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from voicebot.config import Clinic
from voicebot.store import bulk
from voicebot.store.database import Database, now
from voicebot.store.numbers import give, rows_of
from voicebot.store.patients import fold_name
from voicebot.store.sheets import cells
from voicebot.store.sheets.cells import Kind
from voicebot.store.sheets.columns import Column, Columns
from voicebot.store.sheets.load import Loaded
from voicebot.store.sheets.load import load as load_table
from voicebot.store.sheets.rows import RowReading
from voicebot.store.tables import Gender, Patient, PatientNumber

_MOST = 40_000  # rows in one transaction: what they take in memory

COLUMNS = Columns(
    columns={
        "surname": Column(headers=("Фамилия", "Surname"), required=False, kind=Kind.NAME),
        "name": Column(headers=("Имя", "Name"), required=False, kind=Kind.NAME),
        "patronymic": Column(headers=("Отчество", "Patronymic"), required=False, kind=Kind.NAME),
        "full_name": Column(headers=("ФИО", "Пациент", "Full name"), required=False, kind=Kind.NAME),
        "phone": Column(headers=("Телефон", "Мобильный телефон", "Phone"), required=True, kind=Kind.PHONE),
        "birth_date": Column(headers=("Дата рождения", "Birth date"), required=False, kind=Kind.DATE),
        "gender": Column(headers=("Пол", "Gender"), required=False, kind=Kind.GENDER),
        "zone": Column(headers=("Часовой пояс", "Time zone"), required=False, kind=Kind.ZONE),
        "language": Column(headers=("Язык", "Language"), required=False, kind=Kind.TEXT),
        "external_id": Column(headers=("Номер карты", "ID пациента", "ID"), required=False, kind=Kind.TEXT),
    }
)


class PatientRow(NamedTuple):
    """A person and one of their numbers."""

    surname: str
    name: str
    patronymic: str
    name_key: str
    phone: str  #: E.164
    zone: str
    birth_date: date | None
    gender: Gender
    language: str
    external_id: str | None

    def may_be(self, external_id: str | None, birth_date: date | None) -> bool:
        """Same name and number: another person only if a birth date or an id says so (a father and his son)."""
        other_birth = birth_date and self.birth_date and birth_date != self.birth_date
        other_id = external_id and self.external_id and external_id != self.external_id
        return not (other_birth or other_id)


#: How rows are written; of a patient: id, instant, zone, then the name and the rest of a `PatientRow`.
_PATIENT = ("id", "created_at", "zone", *PatientRow._fields[:4], *PatientRow._fields[6:])


def load(
    database: Database, path: Path, *, clinic: Clinic, progress: Callable[[int], None] = lambda _rows: None
) -> Loaded:
    """Load patients from CSV or XLSX; those who are known are completed, never changed.

    Raises:
        ListError: the file cannot be read as a table at all, or columns are missing.
        StoreError: the store does not answer; loading again adds only the rest.
    """
    understand = partial(_understand, zone=clinic.timezone)
    return load_table(
        database, path, COLUMNS, understand, _write, country=clinic.country, most=_MOST, progress=progress
    )


def _understand(known: dict[str, Any], reading: RowReading, *, zone: str) -> PatientRow:
    surname, name, patronymic = known["surname"] or "", known["name"] or "", known["patronymic"] or ""
    if known["full_name"]:
        surname, name, patronymic = (*str(known["full_name"]).split(maxsplit=2), "", "")[:3]
    if not surname and not reading.problems:
        reading.add("surname", "", "нет имени пациента", "Заполните фамилию или ФИО.")
    number = known["phone"] or ""
    return PatientRow(
        surname,
        name,
        patronymic,
        name_key=_name_key(f"{surname} {name} {patronymic}"),
        phone=number,
        zone=known["zone"] or (_zone_of(number) if number else None) or zone,
        birth_date=known["birth_date"],
        gender=known["gender"] or Gender.UNKNOWN,
        language=known["language"] or "ru",
        external_id=known["external_id"] or None,
    )


_name_key = lru_cache(maxsize=50_000)(fold_name)


def _zone_of(number: str) -> str | None:
    """The first digits tell the zone (in Russia three after the 7): a million numbers have a few thousand of them."""
    return _zone_of_prefix(number[:5] if number.startswith("+7") else number[:9])


@lru_cache(maxsize=50_000)
def _zone_of_prefix(prefix: str) -> str | None:
    return cells.zone_of(prefix.ljust(12, "0"))


def _write(session: Session, rows: list[PatientRow]) -> int:
    """A batch in a few statements; gives how many persons were new."""
    bulk.one_loader(session)
    numbers, known = rows_of(session, {row.phone: row.zone for row in rows})
    people = _Known(session, rows, known)
    at = now(session)
    ids = bulk.reserve_ids(session, Patient, len(rows))
    new: list[tuple[Any, ...]] = []
    links: set[tuple[int, int]] = set()
    for row in rows:
        number = numbers[row.phone]
        patient = people.find(row, number)
        if patient is None:
            patient = next(ids)
            new.append((patient, at, None, *row[:4], *row[6:]))
            people.add(row, number, patient)
        links.add((patient, number))
    bulk.insert_rows(session, Patient, _PATIENT, new)
    give(session, links, {patient for patient, *_ in new})
    people.complete(session)
    return len(new)


class _Known:
    """The persons that a batch of rows may mean."""

    def __init__(self, session: Session, rows: Sequence[PatientRow], numbers: set[int]) -> None:
        self._owners: dict[tuple[int, str], list[tuple[int, str | None, date | None]]] = {}
        self._births: dict[int, date] = {}
        query = select(
            PatientNumber.number_id, Patient.id, Patient.external_id, Patient.birth_date, Patient.name_key
        ).join(Patient, Patient.id == PatientNumber.patient_id)
        if numbers:
            of_numbers = query.where(bulk.among(session, PatientNumber.number_id, numbers))
            for number, patient, external_id, birth, key in session.execute(of_numbers):
                self._owners.setdefault((number, key), []).append((patient, external_id, birth))
        named = [row.external_id for row in rows if row.external_id]
        in_system = select(Patient.external_id, Patient.id).where(bulk.among(session, Patient.external_id, named))
        self._external: dict[str | None, int] = dict(session.execute(in_system).all())

    def find(self, row: PatientRow, number: int) -> int | None:
        if row.external_id and row.external_id in self._external:
            return self._external[row.external_id]
        for patient, external_id, birth in self._owners.get((number, row.name_key), ()):
            if row.may_be(external_id, birth):
                if birth is None and row.birth_date:
                    self._births[patient] = row.birth_date
                return patient
        return None

    def add(self, row: PatientRow, number: int, patient: int) -> None:
        self._owners.setdefault((number, row.name_key), []).append((patient, row.external_id, row.birth_date))
        if row.external_id:
            self._external[row.external_id] = patient

    def complete(self, session: Session) -> None:
        """Birth dates that the store did not know."""
        for patient, birth in self._births.items():
            blank = update(Patient).where(Patient.id == patient, Patient.birth_date.is_(None))
            session.execute(blank.values(birth_date=birth).execution_options(synchronize_session=False))
