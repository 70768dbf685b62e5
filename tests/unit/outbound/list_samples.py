"""Lists as offices make them."""

import csv
from collections.abc import Sequence
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from openpyxl import Workbook

from voicebot.config import Clinic

CLINIC = Clinic()
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=ZoneInfo("Europe/Moscow"))
TOMORROW = NOW + timedelta(days=1)

SECTION: dict[str, Any] = {
    "columns": {
        "surname": "Фамилия",
        "name": "Имя",
        "patronymic": "Отчество",
        "phone": ["Телефон", "Мобильный телефон"],
        "birth_date": "Дата рождения",
        "gender": "Пол",
        "date": ["Дата приёма", "Дата"],
        "time": "Время",
        "specialty": "Специальность",
        "doctor": "Врач",
        "place": "Адрес",
        "preparation": "Подготовка",
        "branch": "Филиал",
    }
}
HEADER = ["Фамилия", "Имя", "Отчество", "Телефон", "Дата приёма", "Время", "Специальность", "Врач", "Адрес"]
IVANOVA = ["Иванова", "Мария", "Петровна", "+7 (916) 123-45-67", "24.11.2026", "15:30", "кардиолог", "Петров П. И.", ""]
SIDOROV = ["Сидоров", "Пётр", "", "89161234568", "25.11.2026", "9:05", "Терапевт", "", "каб. 5"]


def csv_text(rows: Sequence[Sequence[str]], delimiter: str = ";") -> str:
    stream = StringIO()
    csv.writer(stream, delimiter=delimiter).writerows(rows)
    return stream.getvalue()


def write_csv(path: Path, *rows: Sequence[str], encoding: str = "utf-8", delimiter: str = ";") -> Path:
    path.write_bytes(csv_text([HEADER, *rows], delimiter).encode(encoding))
    return path


def write_xlsx(path: Path, *rows: Sequence[Any], header: Sequence[str] = HEADER) -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (header, *rows):
        sheet.append(list(row))
    book.save(path)
    return path


def changed(row: Sequence[Any], **cells: Any) -> list[Any]:
    """The row with cells changed by the header's name; `_` stands for a space."""
    result = list(row)
    for name, cell in cells.items():
        result[HEADER.index(name.replace("_", " "))] = cell
    return result
