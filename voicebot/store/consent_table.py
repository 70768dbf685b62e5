"""Consents out of a table: what the users of numbers agreed to, with its proof."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from voicebot.config import Clinic
from voicebot.store import bulk, consents
from voicebot.store.database import Database
from voicebot.store.refusal_table import since
from voicebot.store.sheets.cells import Kind
from voicebot.store.sheets.columns import Column, Columns
from voicebot.store.sheets.load import Loaded
from voicebot.store.sheets.load import load as load_table
from voicebot.store.sheets.rows import RowReading
from voicebot.store.tables import ConsentKind

COLUMNS = Columns(
    columns={
        "phone": Column(headers=("Телефон", "Номер телефона", "Phone"), required=True, kind=Kind.PHONE),
        "kind": Column(headers=("На что", "Вид согласия", "Вид", "Kind"), required=True, kind=Kind.TEXT),
        "date": Column(headers=("Дата", "Дата согласия", "Date"), required=False, kind=Kind.DATE),
        "proof": Column(headers=("Основание", "Документ", "Proof"), required=True, kind=Kind.TEXT),
    }
)
#: How offices name what was agreed to: by a part of the word.
_KINDS = {
    "реклам": ConsentKind.ADVERTISING,
    "запис": ConsentKind.RECORDING,
    "сообщени": ConsentKind.MESSAGES,
    "смс": ConsentKind.MESSAGES,
    "данн": ConsentKind.DATA,
}


class ConsentRow(NamedTuple):
    """What the user of a number agreed to."""

    number: str  #: E.164
    kind: ConsentKind
    at: datetime | None
    proof: str


def load(
    database: Database, path: Path, *, clinic: Clinic, progress: Callable[[int], None] = lambda _rows: None
) -> Loaded:
    """Load consents from CSV or XLSX; a number that has agreed to the same already keeps its date and proof.

    Raises:
        ListError: the file cannot be read as a table at all, or columns are missing.
        StoreError: the store does not answer; loading again adds only the rest.
    """
    return load_table(database, path, COLUMNS, _understand, _write, clinic=clinic, progress=progress)


def _understand(known: dict[str, Any], reading: RowReading) -> ConsentRow:
    kind = kind_of(known["kind"] or "")
    if kind is None and known["kind"]:
        mend = "Напишите: реклама, запись, сообщения или данные."
        reading.add("kind", known["kind"], "непонятно, на что согласие", mend)
    return ConsentRow(known["phone"] or "", kind or ConsentKind.DATA, since(known, reading), known["proof"] or "")


def kind_of(value: str) -> ConsentKind | None:
    """By its own word, or by what offices call it; two at once are none."""
    said = value.lower()
    found = {kind for part, kind in _KINDS.items() if part in said} | {kind for kind in ConsentKind if kind == said}
    return found.pop() if len(found) == 1 else None


def _write(session: Session, rows: list[ConsentRow]) -> int:
    bulk.one_loader(session)
    return consents.give_many(session, rows)
