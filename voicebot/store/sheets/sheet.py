"""A table out of a file: a header and rows of cells."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice

from voicebot.errors import ListError

Cell = str | int | float | bool | datetime | date | time | None

#: How many columns of the list a row of cells names: the header is the row that names most.
HeaderScore = Callable[[Sequence[Cell]], int]

_HEADER_WITHIN = 20  # rows; above it may lie a title, a date, empty lines


@dataclass(frozen=True, kw_only=True)
class SheetRow:
    """One row; `line` is the line of the text file or the row of the workbook, counted from 1."""

    line: int
    cells: tuple[Cell, ...]
    damage: str = ""  #: why the row cannot be read, in Russian

    @property
    def is_empty(self) -> bool:
        return not self.damage and all(cell is None or str(cell).strip() == "" for cell in self.cells)


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A table: its header and what follows."""

    header: SheetRow
    rows: Iterator[SheetRow]  #: read from the file while it is walked through, once; without empty rows


def find_header(rows: Iterable[SheetRow], score: HeaderScore) -> Sheet:
    """Take the row that names most columns for the header; what stands above it is a title.

    Raises:
        ListError: there is nothing but emptiness.
    """
    filled = (row for row in rows if not row.is_empty)
    head = list(islice(filled, _HEADER_WITHIN))
    if not head:
        raise ListError("в файле нет ни одной заполненной строки", mend="Проверьте, тот ли это файл.")
    best = max(range(len(head)), key=lambda index: (score(head[index].cells), -index))

    def following() -> Iterator[SheetRow]:
        yield from head[best + 1 :]
        yield from filled

    return Sheet(header=head[best], rows=following())
