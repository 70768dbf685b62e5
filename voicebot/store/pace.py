"""How many rows one transaction of a loader or a purge takes: those who talk meanwhile must not wait long."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from voicebot.store.database import Database

_LONGEST = 1.0  # seconds of one transaction; a talk gives the store up after two
#: Who waits for SQLite's lock looks for it every 0.1 s: a loader that let it go for less could keep it for ever.
_GAP = 0.1
_FIRST = 2_000
MOST = 40_000  #: rows, whatever the time: they are held in memory


class Pace:
    """Tells how many rows the next transaction may take, by what the last ones took."""

    def __init__(self, database: Database, *, most: int = MOST) -> None:
        self._most = most
        self._gap = _GAP if database.url.get_backend_name() == "sqlite" else 0.0  # PostgreSQL locks rows, not all
        self._ended = 0.0
        self.rows = min(_FIRST, most)

    @contextmanager
    def transaction(self, rows: int) -> Iterator[None]:
        """Around a transaction that writes so many rows."""
        time.sleep(max(0.0, self._ended + self._gap - time.monotonic()))
        began = time.monotonic()
        yield
        self._ended = time.monotonic()
        fitting = int(rows * _LONGEST / max(self._ended - began, 0.001))
        self.rows = max(1, min(fitting, 2 * self.rows, self._most))
