"""The numbers of a row: one or several columns, one or several in a cell; one good number is enough."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from voicebot.store.sheets import cells
from voicebot.store.sheets.cells import BadCell
from voicebot.store.sheets.sheet import Cell

# `8,9161E+10` is one damaged number, not two; `…, доб. 5` belongs to what stands before it.
_BETWEEN = re.compile(r"\s*[,;/]\s*(?=[+(\d])(?!\d+[EeЕе])")


@dataclass(frozen=True, kw_only=True)
class BadNumber:
    """A number that cannot be called; reason and mend in Russian."""

    field: str
    value: str
    reason: str
    mend: str


def read(given: Sequence[tuple[str, Cell]], country: str) -> tuple[tuple[str, ...], list[BadNumber]]:
    """The good numbers in E.164, each once and in order, and the bad ones; `given`: fields and their cells."""
    good: dict[str, None] = {}
    bad: list[BadNumber] = []
    for field, cell in given:
        for part in _parts(cell):
            try:
                good[cells.phone(part, country)] = None
            except BadCell as error:
                bad.append(BadNumber(field=field, value=str(part), reason=error.reason, mend=error.mend))
    return tuple(good), bad


def _parts(cell: Cell) -> Sequence[Cell]:
    if cell is None or cell == "" or (isinstance(cell, str) and cell.isspace()):
        return ()
    if not isinstance(cell, str):
        return (cell,)
    return [part for part in _BETWEEN.split(cell) if part.strip(" ,;/")]
