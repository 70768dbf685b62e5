"""One row of a table on its way: its cells understood, or everything that is wrong with it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, lru_cache, partial
from typing import Any

from voicebot.config import Clinic
from voicebot.store.sheets import cells
from voicebot.store.sheets.cells import BadCell, Kind
from voicebot.store.sheets.columns import Column, Columns
from voicebot.store.sheets.sheet import Cell, SheetRow


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What is wrong with a cell, or with a whole row (`column` is empty); in Russian."""

    column: str
    value: str
    reason: str
    mend: str

    def __str__(self) -> str:
        place = f"столбец «{self.column}», значение «{self.value}»: " if self.column else ""
        return f"{place}{self.reason}. {self.mend}"


@dataclass(frozen=True, kw_only=True)
class BadRow:
    """A row that cannot be used."""

    line: int
    problems: tuple[Problem, ...]
    cells: tuple[Cell, ...] = field(repr=False)

    def __str__(self) -> str:
        *first, last = (str(problem) for problem in self.problems)
        return f"строка {self.line}: " + "; ".join([*(problem.rstrip(".") for problem in first), last])


def misshapen(row: SheetRow, width: int) -> BadRow | None:
    """What is wrong with the row as a whole; `width`: cells of the header."""
    if row.damage:
        return _bad(row, row.damage, "Исправьте строку.")
    if len(row.cells) > width and any(cell not in (None, "") for cell in row.cells[width:]):
        return _bad(row, "ячеек больше, чем столбцов", "Проверьте разделители внутри текста: возьмите его в кавычки.")
    return None


def is_blank(raw: Cell) -> bool:
    """Nothing was written there."""
    return raw is None or raw == "" or (isinstance(raw, str) and raw.isspace())


class RowReading:
    """Reads the cells of one row; collects everything that is wrong, so that a person mends it in one go."""

    def __init__(
        self, columns: Columns, places: Mapping[str, int], row: SheetRow, *, clinic: Clinic, now: datetime
    ) -> None:
        self._columns, self._places, self._row = columns, places, row
        self._parsers = _parsers(clinic.country)
        self.clinic, self.now = clinic, now
        self.problems: list[Problem] = []

    def cell(self, name: str) -> Any:
        """The value of a field; None when its cell is empty or wrong."""
        raw, column = self.raw(name), self._columns.columns[name]
        if is_blank(raw):
            if column.required and not self._stands_instead(column):
                self._missing(name, column)
            return None
        try:
            return self._parsers[column.kind](raw)
        except BadCell as error:
            self.add(name, str(raw), error.reason, error.mend)
            return None

    def raw(self, name: str) -> Cell:
        """A field's cell as it stands in the file; None where there is none."""
        place, row = self._places.get(name), self._row.cells
        return row[place] if place is not None and place < len(row) else None

    def _stands_instead(self, column: Column) -> bool:
        return column.unless is not None and not is_blank(self.raw(column.unless))

    def _missing(self, name: str, column: Column) -> None:
        if name not in self._places and column.unless in self._places:
            name = str(column.unless)  # the one of the two that the file has; said once
        if self._columns.title(name) not in [problem.column for problem in self.problems]:
            short = self._places.get(name, 0) >= len(self._row.cells)
            self.add(name, "", "строка короче заголовка" if short else "пусто", "Заполните ячейку.")

    def cells(self) -> dict[str, Any]:
        """All fields."""
        known: dict[str, Any] = {}
        row, places, parsers = self._row.cells, self._places, self._parsers
        width = len(row)
        for name, column in self._columns.columns.items():
            # A long table has millions of cells, nearly all of them good: no call for each.
            place = places.get(name, width)
            raw = row[place] if place < width else None
            if (raw is None or raw == "") and not column.required:
                known[name] = None
                continue
            try:
                value = parsers[column.kind](raw) if raw else None
            except BadCell:
                value = None
            known[name] = self.cell(name) if value in (None, "") else value
        return known

    def add(self, name: str, value: str, reason: str, mend: str) -> None:
        """Something is wrong with a field."""
        self.problems.append(Problem(column=self._columns.title(name), value=value[:80], reason=reason, mend=mend))

    def bad(self) -> BadRow:
        """The row with all its problems."""
        return BadRow(line=self._row.line, problems=tuple(self.problems), cells=self._row.cells)


# Names, dates and zones of a long table are the same few thousand again and again.
_often = lru_cache(maxsize=50_000, typed=True)
_PARSERS: Mapping[Kind, Callable[[Cell], Any]] = {
    Kind.TEXT: cells.text,
    Kind.NAME: _often(cells.name),
    Kind.DATE: _often(cells.day),
    Kind.TIME: _often(cells.clock),
    Kind.GENDER: _often(cells.gender),
    Kind.ZONE: _often(cells.zone),
}


@cache
def _parsers(country: str) -> Mapping[Kind, Callable[[Cell], Any]]:
    """What reads a cell of each kind; `country`: of telephone numbers without a country's code."""
    return {**_PARSERS, Kind.PHONE: partial(cells.phone, country=country)}


def _bad(row: SheetRow, reason: str, mend: str) -> BadRow:
    problem = Problem(column="", value="", reason=reason, mend=mend)
    return BadRow(line=row.line, problems=(problem,), cells=row.cells)
