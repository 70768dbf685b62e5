"""A table on its way: its rows understood, some at a time, and those that cannot be used written beside it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from voicebot.errors import ListError
from voicebot.store.sheets import list_file
from voicebot.store.sheets.columns import Columns
from voicebot.store.sheets.rejected import RejectedRows
from voicebot.store.sheets.rows import BadRow
from voicebot.store.sheets.sheet import Sheet, SheetRow

Row = TypeVar("Row")
_Understood = TypeVar("_Understood", covariant=True)

_CHUNK = 1000  # rows
_NAMED = 1000  # bad rows that are kept in memory


class Chunk(NamedTuple, Generic[Row]):
    """Some rows of a table, understood or not."""

    good: list[Row]
    bad: list[BadRow]


class Reader(Protocol[_Understood]):
    """Understands the rows of one file."""

    def read(self, row: SheetRow) -> _Understood | BadRow:
        """What the row says, or everything that is wrong with it."""


class MakeReader(Protocol[_Understood]):
    """Makes the reader of a file whose header is known: `places` of the fields in a row, `width` in cells."""

    def __call__(self, *, places: Mapping[str, int], width: int) -> Reader[_Understood]: ...


@dataclass(kw_only=True)
class Rejections:
    """Rows of a table that could not be used; `str()` of one is its message in Russian."""

    bad: int = 0
    rejected: list[BadRow] = field(default_factory=list)  #: the first thousand of the bad rows; the file has all
    rejected_file: Path | None = None  #: the bad rows, to be corrected and loaded again

    def note(self, chunk: Chunk[Any]) -> None:
        """Count the bad ones."""
        self.bad += len(chunk.bad)
        self.rejected += chunk.bad[: _NAMED - len(self.rejected)]


def opened(path: Path, columns: Columns) -> tuple[Sheet, dict[str, int]]:
    """A file's rows, and where in them each field stands.

    Raises:
        ListError: the file cannot be read as a table at all, or columns are missing.
    """
    sheet = list_file.read(path, columns.score)
    try:
        return sheet, columns.places(sheet.header.cells)
    except ListError as error:
        raise ListError(error.what, place=str(path), mend=error.mend) from None


@dataclass(frozen=True)
class Table(Generic[Row]):
    """A file with a table; pickled into the process that reads it, so `reader` is a `partial` of a class."""

    path: Path
    columns: Columns
    reader: MakeReader[Row]
    keep_bad: bool = True  #: whether bad rows are written to `FILE.rejected.csv`

    def chunks(self) -> Iterator[Chunk[Row]]:
        """The rows in their order.

        Raises:
            ListError: the file cannot be read as a table at all, or columns are missing.
        """
        sheet, places = opened(self.path, self.columns)
        reader = self.reader(places=places, width=len(sheet.header.cells))
        with RejectedRows(self.path) as bad_rows:
            while rows := list(islice(sheet.rows, _CHUNK)):
                chunk: Chunk[Row] = Chunk([], [])
                for row in rows:
                    read = reader.read(row)
                    if isinstance(read, BadRow):
                        chunk.bad.append(read)
                    else:
                        chunk.good.append(read)
                for bad in chunk.bad if self.keep_bad else ():
                    bad_rows.add(sheet.header, bad)
                yield chunk
