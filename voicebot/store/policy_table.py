"""Insurance policies out of a table."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from voicebot.config import Clinic
from voicebot.store.database import Database
from voicebot.store.patients import fold_name
from voicebot.store.policies import fold_number
from voicebot.store.sheets.cells import Kind
from voicebot.store.sheets.columns import Column, Columns
from voicebot.store.sheets.load import Loaded
from voicebot.store.sheets.load import load as load_table
from voicebot.store.sheets.rows import RowReading
from voicebot.store.tables import Insurer, Policy

COLUMNS = Columns(
    columns={
        "insurer": Column(headers=("Страховая", "Страховщик", "Insurer"), required=True, kind=Kind.TEXT),
        "number": Column(headers=("Номер полиса", "Полис", "Policy"), required=True, kind=Kind.TEXT),
        "holder": Column(headers=("Застрахованный", "ФИО", "Insured"), required=True, kind=Kind.NAME),
        "birth_date": Column(headers=("Дата рождения", "Birth date"), required=False, kind=Kind.DATE),
        "valid_from": Column(headers=("Начало", "Действует с", "Valid from"), required=True, kind=Kind.DATE),
        "valid_to": Column(headers=("Окончание", "Действует по", "Valid to"), required=True, kind=Kind.DATE),
        "territory": Column(headers=("Территория", "Страны", "Territory"), required=False, kind=Kind.TEXT),
        "programme": Column(headers=("Программа", "Programme"), required=False, kind=Kind.TEXT),
        "deductible": Column(headers=("Франшиза", "Deductible"), required=False, kind=Kind.TEXT),
        "currency": Column(headers=("Валюта", "Currency"), required=False, kind=Kind.TEXT),
        "vip": Column(headers=("VIP", "ВИП"), required=False, kind=Kind.TEXT),
    }
)
_MOST = 500  # rows in one transaction: each is an object of the session
_YES = frozenset({"да", "1", "yes", "vip", "вип", "+", "true"})
_EVERYWHERE = frozenset({"весь мир", "world", "worldwide", "везде"})


@dataclass(frozen=True, kw_only=True)
class PolicyRow:
    """A policy as a row tells it."""

    insurer: str
    number: str
    values: dict[str, Any]  #: further columns of `Policy`


def load(
    database: Database, path: Path, *, clinic: Clinic, progress: Callable[[int], None] = lambda _rows: None
) -> Loaded:
    """Load policies from CSV or XLSX; one that is known takes the values of the file.

    Raises:
        ListError: the file cannot be read as a table at all, or columns are missing.
        StoreError: the store does not answer.
    """
    return load_table(database, path, COLUMNS, _understand, _write, clinic=clinic, most=_MOST, progress=progress)


def _understand(known: dict[str, Any], reading: RowReading) -> PolicyRow:
    first: date | None = known["valid_from"]
    last: date | None = known["valid_to"]
    if first and last and last < first:
        reading.add("valid_to", f"{last:%d.%m.%Y}", "полис кончается раньше, чем начинается", "Исправьте даты.")
    values = {
        "holder": known["holder"],
        "name_key": fold_name(known["holder"] or ""),
        "birth_date": known["birth_date"],
        "valid_from": first,
        "valid_to": last,
        "territory": _territory(known["territory"] or "", reading),
        "programme": known["programme"] or "",
        "deductible": _money(known["deductible"], reading),
        "currency": (known["currency"] or "").upper()[:3],
        "vip": (known["vip"] or "").lower() in _YES,
    }
    return PolicyRow(insurer=known["insurer"] or "", number=fold_number(known["number"] or ""), values=values)


def _territory(value: str, reading: RowReading) -> str:
    """ISO codes in a row; empty: everywhere."""
    if value.lower() in _EVERYWHERE:
        return ""
    codes = [code for code in re.split(r"[\s,;/]+", value.upper()) if code]
    if any(not re.fullmatch(r"[A-Z]{2}", code) for code in codes):
        reading.add("territory", value, "это не коды стран", "Напишите двухбуквенные коды (TR, GE) или «весь мир».")
    return " ".join(codes)


def _money(value: str | None, reading: RowReading) -> float | None:
    if not value:
        return None
    plain = re.sub(r"[\s€$₽]", "", value).replace(",", ".")
    if not re.fullmatch(r"\d{1,9}(\.\d{1,2})?", plain):
        reading.add("deductible", value, "это не сумма", "Напишите число: 50 или 50.00.")
        return None
    return float(plain)


def _write(session: Session, rows: list[PolicyRow]) -> int:
    """Gives how many were new."""
    insurers = {insurer.name: insurer for insurer in session.scalars(select(Insurer))}
    for name in {row.insurer for row in rows} - insurers.keys():
        insurers[name] = Insurer(code=fold_name(name)[:64], name=name)
        session.add(insurers[name])
    session.flush()
    query = select(Policy).where(Policy.number.in_({row.number for row in rows}))
    known = {(policy.insurer_id, policy.number): policy for policy in session.scalars(query)}
    new = 0
    for row in rows:
        key = (insurers[row.insurer].id, row.number)
        policy = known.get(key)
        if policy is None:
            policy = known[key] = Policy(insurer_id=key[0], number=key[1])
            session.add(policy)
            new += 1
        for name, value in row.values.items():
            setattr(policy, name, value)
    return new
