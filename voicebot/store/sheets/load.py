"""Loading a table into the store: every row is written, repeated or rejected, and said to be."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy.orm import Session

from voicebot.errors import ListError
from voicebot.store.database import Database
from voicebot.store.pace import Pace
from voicebot.store.sheets import list_file, rejected
from voicebot.store.sheets.ahead import read_ahead
from voicebot.store.sheets.columns import Columns
from voicebot.store.sheets.rejected import RejectedRows
from voicebot.store.sheets.rows import BadRow, RowReading, misshapen
from voicebot.store.sheets.sheet import SheetRow

Row = TypeVar("Row")
#: What a row's cells mean; adds to the problems what only the cells together tell. A function of a module or a
#: `partial` of one: a long table is read by another process.
Understand = Callable[[dict[str, Any], RowReading], Row]
#: Writes a batch, gives how many of its rows were new.
WriteBatch = Callable[[Session, list[Row]], int]

_CHUNK = 1000  # rows that come from the reader at once
_NAMED = 1000  # bad rows that are kept in memory


@dataclass(kw_only=True)
class Loaded:
    """What became of a table; `str()` of a rejected row is its message in Russian."""

    added: int = 0
    known: int = 0  #: rows that the store had already, perhaps with less
    bad: int = 0
    rejected: list[BadRow] = field(default_factory=list)  #: the first thousand of the bad rows; the file has all
    rejected_file: Path | None = None  #: the bad rows, to be corrected and loaded again

    @property
    def rows(self) -> int:
        return self.added + self.known + self.bad


class Chunk(NamedTuple, Generic[Row]):
    """Some rows of a table, understood or not."""

    good: list[Row]
    bad: list[BadRow]


def load(
    database: Database,
    path: Path,
    columns: Columns,
    understand: Understand[Row],
    write: WriteBatch[Row],
    *,
    country: str,
    most: int = 500,
    progress: Callable[[int], None] = lambda _rows: None,
) -> Loaded:
    """Load the file; bad rows go to `FILE.rejected.csv`. Blocks: never on the event loop.

    `most`: rows in one transaction; fewer are taken where they take long, because talks wait for it.

    Raises:
        ListError: the file cannot be read as a table at all, or columns are missing.
        StoreError: the store does not answer; rows up to there are loaded, loading again adds only the rest.
    """
    loaded, pace = Loaded(), Pace(database, most=most)
    with read_ahead(path, _Reading(path, columns, understand, country).chunks) as chunks:
        for batch in _batches(chunks, pace, loaded):
            with pace.transaction(len(batch)), database.sync_write() as session:
                added = write(session, batch)
            loaded.added += added
            loaded.known += len(batch) - added
            progress(loaded.rows)
    loaded.rejected_file = rejected.file_of(path) if loaded.bad else None
    return loaded


def _batches(chunks: Iterator[Chunk[Row]], pace: Pace, loaded: Loaded) -> Iterator[list[Row]]:
    """As many good rows as a transaction may take; bad ones are counted on the way."""
    waiting: list[Row] = []
    for chunk in chunks:
        loaded.bad += len(chunk.bad)
        loaded.rejected += chunk.bad[: _NAMED - len(loaded.rejected)]
        waiting += chunk.good
        while len(waiting) >= pace.rows:
            batch, waiting = waiting[: pace.rows], waiting[pace.rows :]
            yield batch
    while waiting:
        batch, waiting = waiting[: pace.rows], waiting[pace.rows :]
        yield batch


@dataclass(frozen=True)
class _Reading(Generic[Row]):
    """A table on its way; pickled into the process that reads it."""

    path: Path
    columns: Columns
    understand: Understand[Row]
    country: str

    def chunks(self) -> Iterator[Chunk[Row]]:
        sheet = list_file.read(self.path, self.columns.score)
        try:
            places = self.columns.places(sheet.header.cells)
        except ListError as error:
            raise ListError(error.what, place=str(self.path), mend=error.mend) from None
        width = len(sheet.header.cells)
        with RejectedRows(self.path) as bad_rows:
            while rows := list(islice(sheet.rows, _CHUNK)):
                chunk: Chunk[Row] = Chunk([], [])
                for row in rows:
                    self._read(row, places, width, chunk)
                for bad in chunk.bad:
                    bad_rows.add(sheet.header, bad)
                yield chunk

    def _read(self, row: SheetRow, places: dict[str, int], width: int, chunk: Chunk[Row]) -> None:
        bad = misshapen(row, width)
        if bad is None:
            reading = RowReading(self.columns, places, row, country=self.country)
            understood = self.understand(reading.cells(), reading)
            if not reading.problems:
                chunk.good.append(understood)
                return
            bad = reading.bad()
        chunk.bad.append(bad)
