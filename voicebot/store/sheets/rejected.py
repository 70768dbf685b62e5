"""Rows that could not be loaded, in a file of their own: corrected there, it is loaded like any list."""

import csv
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from voicebot.errors import ListError
from voicebot.store.sheets import cells
from voicebot.store.sheets.cells import BadCell
from voicebot.store.sheets.csv_file import guarded
from voicebot.store.sheets.rows import BadRow
from voicebot.store.sheets.sheet import Cell, SheetRow

_REASON = "Ошибка"


class RejectedRows:
    """Writes `FILE.rejected.csv` beside the list; the file appears with the first bad row, in place of a former one."""

    def __init__(self, source: Path) -> None:
        self._path = file_of(source)
        self._stream: IO[str] | None = None
        self._writer: Any = None
        self.file: Path | None = None  #: where the rows are, if there were any

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self._stream is not None:
            self._stream.close()

    def add(self, header: SheetRow, row: BadRow) -> None:
        """Write one row, with what is wrong with it in the last column."""
        if self._writer is None:
            self._open(header)
        width = len(header.cells)
        cells_in_place = [*map(_text, row.cells[:width]), *[""] * (width - len(row.cells))]
        self._writer.writerow([*cells_in_place, str(row)])

    def _open(self, header: SheetRow) -> None:
        try:
            # Excel reads UTF-8 only with its mark, and Russian Excel expects semicolons.
            self._stream = self._path.open("w", encoding="utf-8-sig", newline="")
        except OSError as error:
            raise ListError(
                f"файл для отклонённых строк нельзя записать ({error.strerror})",
                place=str(self._path),
                mend="Закройте его в Excel или дайте право записи в папку.",
            ) from error
        self._writer = csv.writer(self._stream, delimiter=";")
        self._writer.writerow([*map(_text, header.cells), _REASON])
        self.file = self._path


def file_of(source: Path) -> Path:
    """Where the bad rows of a list are written."""
    return source.with_name(f"{source.name}.rejected.csv")


def _text(cell: Cell) -> str:
    """The cell as text that Excel does not run."""
    try:
        return guarded(cells.text(cell))
    except BadCell:
        return f"'{cell}"
