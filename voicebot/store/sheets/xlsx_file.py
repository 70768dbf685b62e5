"""Excel workbooks (.xlsx): the sheet whose header names most columns."""

import logging
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from voicebot.errors import ListError
from voicebot.store.sheets.sheet import Cell, HeaderScore, Sheet, SheetRow, find_header

_log = logging.getLogger(__name__)

_MEND = "Откройте его в Excel, сохраните как «Книга Excel (.xlsx)» и загрузите снова."


def read(path: Path, score: HeaderScore) -> Sheet:
    """Read a workbook; numbers and dates come as they are, formulas as what Excel last computed.

    Raises:
        ListError: it is damaged, or empty; damage further down is raised while the rows are walked through.
    """
    with ExitStack() as files:
        values, formulas = (_open(path, files, data_only=data_only) for data_only in (True, False))
        name = max(values.sheetnames, key=lambda name: _fit(values[name], score), default=None)
        if name is None:
            raise ListError("в книге нет листов с таблицами", mend=_MEND)
        return find_header(_rows(path, values[name], formulas[name], files.pop_all()), score)


def _open(path: Path, files: ExitStack, *, data_only: bool) -> Any:
    # A damaged archive can raise nearly anything out of zipfile, zlib, the XML parser or openpyxl itself.
    # Given a stream, openpyxl does not judge by the file's name.
    stream = files.enter_context(path.open("rb"))
    try:
        return load_workbook(stream, read_only=True, data_only=data_only)
    except Exception as error:
        raise _damaged(path, error) from error


def _fit(sheet: Any, score: HeaderScore) -> int:
    try:
        return max((score(row) for row in islice(sheet.iter_rows(values_only=True), 20)), default=0)
    except Exception:  # said when this sheet turns out to be the one
        _log.debug("a sheet cannot be read", exc_info=True)
        return 0


def _rows(path: Path, values: Any, formulas: Any, files: ExitStack) -> Iterator[SheetRow]:
    with files:
        try:
            both = zip(values.iter_rows(values_only=True), formulas.iter_rows(values_only=True), strict=False)
            for line, (cells, written) in enumerate(both, start=1):
                yield SheetRow(line=line, cells=_trimmed(cells), damage=_uncomputed(cells, written))
        except Exception as error:
            raise _damaged(path, error) from error


def _trimmed(cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
    """Without the empty cells that formatting leaves behind at the right."""
    end = len(cells)
    while end and cells[end - 1] is None:
        end -= 1
    return cells[:end]


def _uncomputed(cells: tuple[Cell, ...], written: tuple[Cell, ...]) -> str:
    for no, (cell, formula) in enumerate(zip(cells, written, strict=False), start=1):
        if cell is None and isinstance(formula, str) and formula.startswith("="):
            return f"в ячейке {no} формула, которую Excel ещё не вычислил"
    return ""


def _damaged(path: Path, error: Exception) -> ListError:
    return ListError(f"книга Excel повреждена ({type(error).__name__})", place=str(path), mend=_MEND)
