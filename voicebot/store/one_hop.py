"""SQLite off the event loop with one change of threads for a statement: aiosqlite alone takes four."""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

import aiosqlite


class Cursor:
    """What SQLAlchemy wants of a cursor; the rows are fetched together with the statement."""

    arraysize = 1

    def __init__(self, connection: "Connection") -> None:
        self.description: Sequence[Any] | None = None
        self.lastrowid: int | None = None
        self.rowcount = -1
        self._connection = connection
        self._rows: list[Any] = []

    async def __aenter__(self) -> "Cursor":
        return self

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> "Cursor":
        """Run one statement and fetch its rows."""
        await self._connection.off_the_loop(self._run, sqlite3.Connection.execute, sql, parameters)
        return self

    async def executemany(self, sql: str, parameters: Iterable[Sequence[Any]]) -> "Cursor":
        """Run one statement for each of the parameters."""
        await self._connection.off_the_loop(self._run, sqlite3.Connection.executemany, sql, parameters)
        return self

    async def fetchall(self) -> list[Any]:
        """The rows."""
        return self._rows

    async def close(self) -> None:
        """Nothing is open."""

    def _run(self, connection: sqlite3.Connection, execute: Any, sql: str, parameters: Any) -> None:
        cursor: sqlite3.Cursor = execute(connection, sql, parameters)
        try:
            self._rows = cursor.fetchall() if cursor.description else []
            self.description, self.lastrowid, self.rowcount = cursor.description, cursor.lastrowid, cursor.rowcount
        finally:
            cursor.close()


class Connection(aiosqlite.Connection):
    """A connection with a thread of its own, whose cursors need one visit there for each statement."""

    _committed = False  # and nothing was begun since

    def cursor(self) -> Cursor:  # type: ignore[override]  # SQLAlchemy does not wait for it
        """A cursor; opens nothing."""
        return Cursor(self)

    async def commit(self) -> None:
        """End the transaction."""
        await super().commit()
        self._committed = True

    async def rollback(self) -> None:
        """Undo the transaction. SQLAlchemy wants it of whatever is given back to the pool, after a commit too."""
        if not self._committed:
            await super().rollback()

    async def off_the_loop(self, work: Any, *arguments: Any) -> None:
        """Run it in the connection's thread with SQLite's own connection first."""
        self._committed = False  # as soon as it is on its way: nobody may wait for its answer
        await self._execute(work, self._conn, *arguments)  # type: ignore[no-untyped-call]


def connect(*arguments: Any, **options: Any) -> Connection:
    """A connection that is opened when it is awaited; takes what `sqlite3.connect` takes."""
    connection = Connection(lambda: sqlite3.connect(*arguments, **options), iter_chunk_size=64)
    connection._thread.daemon = True  # as SQLAlchemy does: a connection that nobody closed must not keep a program
    return connection
