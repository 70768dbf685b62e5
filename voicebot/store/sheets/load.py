"""Loading a table into the store: every row is written, repeated or rejected, and said to be."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar

from sqlalchemy.orm import Session

from voicebot.config import Clinic
from voicebot.store.database import Database, now
from voicebot.store.pace import MOST, Pace
from voicebot.store.sheets import rejected
from voicebot.store.sheets.ahead import read_ahead
from voicebot.store.sheets.columns import Columns
from voicebot.store.sheets.rows import BadRow, RowReading, misshapen
from voicebot.store.sheets.sheet import SheetRow
from voicebot.store.sheets.table import Chunk, Rejections, Table

Row = TypeVar("Row")
#: What a row's cells mean; adds to the problems what only the cells together tell. A function of a module: a long
#: table is read by another process.
Understand = Callable[[dict[str, Any], RowReading], Row]
#: Writes a batch, gives how many of its rows were new.
WriteBatch = Callable[[Session, list[Row]], int]


@dataclass(kw_only=True)
class Loaded(Rejections):
    """What became of a table."""

    added: int = 0
    known: int = 0  #: rows that the store had already, perhaps with less

    @property
    def rows(self) -> int:
        return self.added + self.known + self.bad


def load(
    database: Database,
    path: Path,
    columns: Columns,
    understand: Understand[Row],
    write: WriteBatch[Row],
    *,
    clinic: Clinic,
    most: int = MOST,
    progress: Callable[[int], None] = lambda _rows: None,
) -> Loaded:
    """Load the file; bad rows go to `FILE.rejected.csv`. Blocks: never on the event loop.

    `most`: rows in one transaction; fewer are taken where they take long, because talks wait for it.

    Raises:
        ListError: the file cannot be read as a table at all, or columns are missing.
        StoreError: the store does not answer; rows up to there are loaded, loading again adds only the rest.
    """
    with database.sync_read() as session:
        reader = partial(_Reader, columns=columns, understand=understand, clinic=clinic, now=now(session))
    loaded, pace = Loaded(), Pace(database, most=most)
    with read_ahead(path, Table(path, columns, reader).chunks) as chunks:
        for batch in batches(chunks, pace, loaded.note):
            with pace.transaction(len(batch)), database.sync_write() as session:
                added = write(session, batch)
            loaded.added += added
            loaded.known += len(batch) - added
            progress(loaded.rows)
    loaded.rejected_file = rejected.file_of(path) if loaded.bad else None
    return loaded


def batches(chunks: Iterator[Chunk[Row]], pace: Pace, note: Callable[[Chunk[Row]], None]) -> Iterator[list[Row]]:
    """As many good rows as a transaction may take; `note` is told of all rows, as they come."""
    waiting: list[Row] = []
    for chunk in chunks:
        note(chunk)
        waiting += chunk.good
        while len(waiting) >= pace.rows:
            batch, waiting = waiting[: pace.rows], waiting[pace.rows :]
            yield batch
    while waiting:
        batch, waiting = waiting[: pace.rows], waiting[pace.rows :]
        yield batch


@dataclass(frozen=True, kw_only=True)
class _Reader(Generic[Row]):
    columns: Columns
    understand: Understand[Row]
    clinic: Clinic
    now: datetime
    places: Mapping[str, int]
    width: int

    def read(self, row: SheetRow) -> Row | BadRow:
        if unusable := misshapen(row, self.width):
            return unusable
        reading = RowReading(self.columns, self.places, row, clinic=self.clinic, now=self.now)
        understood = self.understand(reading.cells(), reading)
        return reading.bad() if reading.problems else understood
