"""The store of a simulated robot: tells when nothing is under way in it, and spares SQLite's thread."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import aiosqlite
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.store.database import Database

_ROUNDS = 8  # of the event loop after which nothing that only waits for the loop is left undone


class WatchedDatabase(Database):
    """The store, and whether anything is under way in it."""

    def __init__(self, url: str, *, timeout: timedelta, clock: Callable[[], datetime]) -> None:
        super().__init__(url, timeout=timeout, clock=clock)
        self.done = 0  #: transactions
        self._under_way = 0
        self._rests = asyncio.Event()
        self._rests.set()
        if self.url.get_backend_name() == "sqlite":
            event.listen(self._async.sync_engine, "do_connect", _connect_here)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        async with self._watched(), super().read() as session:
            yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        async with self._watched(), super().write() as session:
            yield session

    async def rests(self) -> None:
        """Until no transaction is under way."""
        await self._rests.wait()

    @asynccontextmanager
    async def _watched(self) -> AsyncIterator[None]:
        self._under_way += 1
        self._rests.clear()
        try:
            yield
        finally:
            self._under_way -= 1
            self.done += 1
            if not self._under_way:
                self._rests.set()


async def settled(database: WatchedDatabase, waits: Callable[[], bool]) -> None:
    """Until the robot can do nothing more at this moment: no transaction is under way, and `waits()` holds."""
    quiet, done = 0, -1
    while quiet < _ROUNDS:
        await database.rests()
        await asyncio.sleep(0)
        quiet = quiet + 1 if database.done == done and waits() else 0
        done = database.done


def _connect_here(_dialect: Any, _record: Any, _arguments: list[Any], options: dict[str, Any]) -> None:
    options["async_creator_fn"] = _Here.open


class _AtOnce:
    """Does what it is given, in place of a thread with a queue."""

    def put_nowait(self, work: tuple[asyncio.Future[Any] | None, Callable[[], Any]]) -> None:
        future, function = work
        try:
            result = function()
        except Exception as error:
            if future is None:
                raise
            future.set_exception(error)
        else:
            if future is not None:
                future.set_result(result)


class _Here(aiosqlite.Connection):
    """A connection that works on the event loop: a simulation has nobody else to serve meanwhile, and a thread's
    two switches for every statement take longer than most statements."""

    @classmethod
    def open(cls, database: str, **options: Any) -> "_Here":
        return cls(lambda: sqlite3.connect(database, **options), iter_chunk_size=64)

    def __init__(self, connector: Callable[[], sqlite3.Connection], iter_chunk_size: int) -> None:
        super().__init__(connector, iter_chunk_size)
        self._tx = _AtOnce()  # type: ignore[assignment]

    def __await__(self) -> Generator[Any, None, aiosqlite.Connection]:
        return self._connect().__await__()

    async def _execute(self, fn: Callable[..., Any], *args: Any, **options: Any) -> Any:
        return fn(*args, **options)
