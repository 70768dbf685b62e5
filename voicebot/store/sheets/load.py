"""Loading a table into the store: every row is written, repeated or rejected, and said to be."""

import gc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from voicebot.errors import ListError
from voicebot.store.database import Database
from voicebot.store.sheets import list_file
from voicebot.store.sheets.columns import Columns
from voicebot.store.sheets.rejected import RejectedRows
from voicebot.store.sheets.rows import BadRow, RowReading, misshapen

Row = TypeVar("Row")
#: What a row's cells mean; adds to the problems what only the cells together tell.
Understand = Callable[[dict[str, Any], RowReading], Row]
#: Writes a batch, gives how many of its rows were new.
WriteBatch = Callable[[Session, list[Row]], int]


@dataclass(kw_only=True)
class Loaded:
    """What became of a table; `str()` of a rejected row is its message in Russian."""

    added: int = 0
    known: int = 0  #: rows that the store had already, perhaps with less
    rejected: list[BadRow] = field(default_factory=list)
    rejected_file: Path | None = None  #: the bad rows, to be corrected and loaded again

    @property
    def rows(self) -> int:
        return self.added + self.known + len(self.rejected)


def load(
    database: Database,
    path: Path,
    columns: Columns,
    understand: Understand[Row],
    write: WriteBatch[Row],
    *,
    country: str,
    batch: int = 500,
    progress: Callable[[int], None] = lambda _rows: None,
) -> Loaded:
    """Load the file; bad rows go to `FILE.rejected.csv`. Blocks: never on the event loop.

    Raises:
        ListError: the file cannot be read as a table at all, or columns are missing.
        StoreError: the store does not answer; rows up to there are loaded, loading again adds only the rest.
    """
    loaded = Loaded()
    with RejectedRows(path) as bad_rows, ThreadPoolExecutor(1) as reader, _few_collections():
        rows = _read(path, columns, understand, country, loaded, bad_rows)
        # The next batch is read while this one is written: the database works outside Python's lock.
        next_batch = reader.submit(lambda: list(islice(rows, batch)))
        while some := next_batch.result():
            next_batch = reader.submit(lambda: list(islice(rows, batch)))
            with database.sync_write() as session:
                added = write(session, some)
            loaded.added += added
            loaded.known += len(some) - added
            progress(loaded.rows)
    loaded.rejected_file = bad_rows.file
    return loaded


@contextmanager
def _few_collections() -> Iterator[None]:
    """Rows make no cycles, but there are so many of them that looking for cycles took a quarter of the time."""
    usual = gc.get_threshold()
    gc.set_threshold(100_000, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def _read(
    path: Path,
    columns: Columns,
    understand: Understand[Row],
    country: str,
    loaded: Loaded,
    bad_rows: RejectedRows,
) -> Iterator[Row]:
    """The good rows; the bad ones are noted on the way."""
    sheet = list_file.read(path, columns.score)
    try:
        places = columns.places(sheet.header.cells)
    except ListError as error:
        raise ListError(error.what, place=str(path), mend=error.mend) from None
    width = len(sheet.header.cells)
    for sheet_row in sheet.rows:
        bad = misshapen(sheet_row, width)
        if bad is None:
            reading = RowReading(columns, places, sheet_row, country=country)
            row = understand(reading.cells(), reading)
            if not reading.problems:
                yield row
                continue
            bad = reading.bad()
        loaded.rejected.append(bad)
        bad_rows.add(sheet.header, bad)
