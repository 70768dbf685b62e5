"""Numbers that must not be called, out of a table."""

from collections.abc import Callable
from datetime import datetime, time
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from voicebot.config import Clinic
from voicebot.store import bulk, numbers
from voicebot.store.database import Database
from voicebot.store.sheets.cells import Kind
from voicebot.store.sheets.columns import Column, Columns
from voicebot.store.sheets.load import Loaded
from voicebot.store.sheets.load import load as load_table
from voicebot.store.sheets.rows import RowReading

COLUMNS = Columns(
    columns={
        "phone": Column(headers=("Телефон", "Номер телефона", "Номер", "Phone"), required=True, kind=Kind.PHONE),
        "date": Column(headers=("Дата", "Дата отказа", "Date"), required=False, kind=Kind.DATE),
        "reason": Column(headers=("Причина", "Reason"), required=False, kind=Kind.TEXT),
    }
)


class RefusalRow(NamedTuple):
    """A number that must not be called."""

    number: str  #: E.164
    at: datetime | None
    reason: str


def load(
    database: Database,
    path: Path,
    *,
    clinic: Clinic,
    by: str,
    progress: Callable[[int], None] = lambda _rows: None,
) -> Loaded:
    """Load numbers from CSV or XLSX; what is refused already keeps its date and reason. `by`: who says so.

    Raises:
        ListError: the file cannot be read as a table at all, or columns are missing.
        StoreError: the store does not answer; loading again adds only the rest.
    """
    write = partial(_write, by=by)
    return load_table(database, path, COLUMNS, _understand, write, clinic=clinic, progress=progress)


def since(known: dict[str, Any], reading: RowReading) -> datetime | None:
    """The beginning of the row's `date` in the clinic's zone; a problem where it lies ahead."""
    if known["date"] is None:
        return None
    at = datetime.combine(known["date"], time(), reading.clinic.zone)
    if at > reading.now:
        reading.add("date", f"{at:%d.%m.%Y}", "этот день ещё не наступил", "Исправьте дату.")
    return at


def _understand(known: dict[str, Any], reading: RowReading) -> RefusalRow:
    return RefusalRow(known["phone"] or "", since(known, reading), known["reason"] or "")


def _write(session: Session, rows: list[RefusalRow], *, by: str) -> int:
    bulk.one_loader(session)
    return numbers.refuse_many(session, rows, by=by)
