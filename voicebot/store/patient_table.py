"""Patients out of a table: a million rows in a minute, the same person and number but once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from voicebot.config import Clinic
from voicebot.store import people
from voicebot.store.database import Database
from voicebot.store.sheets.cells import Kind
from voicebot.store.sheets.columns import Column, Columns
from voicebot.store.sheets.load import Loaded
from voicebot.store.sheets.load import load as load_table
from voicebot.store.sheets.person import FULL_NAME, Person, person
from voicebot.store.sheets.rows import RowReading

COLUMNS = Columns(
    columns={
        "surname": Column(headers=("Фамилия", "Surname"), required=False, kind=Kind.NAME),
        "name": Column(headers=("Имя", "Name"), required=False, kind=Kind.NAME),
        "patronymic": Column(headers=("Отчество", "Patronymic"), required=False, kind=Kind.NAME),
        "full_name": Column(headers=FULL_NAME, required=False, kind=Kind.NAME),
        "phone": Column(headers=("Телефон", "Мобильный телефон", "Phone"), required=True, kind=Kind.PHONE),
        "birth_date": Column(headers=("Дата рождения", "Birth date"), required=False, kind=Kind.DATE),
        "gender": Column(headers=("Пол", "Gender"), required=False, kind=Kind.GENDER),
        "zone": Column(headers=("Часовой пояс", "Time zone"), required=False, kind=Kind.ZONE),
        "language": Column(headers=("Язык", "Language"), required=False, kind=Kind.TEXT),
        "external_id": Column(headers=("Номер карты", "ID пациента", "ID"), required=False, kind=Kind.TEXT),
    }
)


def load(
    database: Database, path: Path, *, clinic: Clinic, progress: Callable[[int], None] = lambda _rows: None
) -> Loaded:
    """Load patients from CSV or XLSX; those who are known are completed, never changed.

    Raises:
        ListError: the file cannot be read as a table at all, or columns are missing.
        StoreError: the store does not answer; loading again adds only the rest.
    """
    return load_table(database, path, COLUMNS, _understand, _write, clinic=clinic, progress=progress)


def _understand(known: dict[str, Any], reading: RowReading) -> Person:
    read = person(known, (known["phone"],) if known["phone"] else (), reading.clinic.timezone)
    if not read.surname and not reading.problems:
        reading.add("surname", "", "нет имени пациента", "Заполните фамилию или ФИО.")
    return read


def _write(session: Session, rows: list[Person]) -> int:
    _, new = people.enter(session, rows)
    return len(new)
