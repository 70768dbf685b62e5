"""The store of a simulated robot: tells when nothing is under way in it, and spares SQLite's thread."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from voicebot.store.database import Database

_AWAITED = frozenset({"connection", "execute", "flush", "get", "get_one", "scalar", "scalars"})
_ROUNDS = 8  # of the event loop after which nothing that only waits for the loop is left undone


class WatchedDatabase(Database):
    """The store, and whether anything is under way in it."""

    def __init__(self, url: str, *, timeout: timedelta, clock: Callable[[], datetime]) -> None:
        super().__init__(url, timeout=timeout, clock=clock)
        self.done = 0  #: transactions
        self._under_way = 0
        self._rests = asyncio.Event()
        self._rests.set()
        # SQLite is asked on the event loop: a simulation has nobody else to serve meanwhile, and the ways to and from
        # its thread take longer than most statements.
        self._direct = self.url.get_backend_name() == "sqlite"

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        async with self._watched():
            if self._direct:
                with self.sync_read() as session:
                    yield cast(AsyncSession, _Direct(session))
            else:
                async with super().read() as session:
                    yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        async with self._watched():
            if self._direct:
                with self.sync_write() as session:
                    yield cast(AsyncSession, _Direct(session))
            else:
                async with super().write() as session:
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


class _Direct:
    """An asynchronous session, or connection, whose answers are there at once."""

    def __init__(self, wrapped: Session | Connection) -> None:
        self._wrapped = wrapped

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._wrapped, name)
        if name not in _AWAITED:
            return attribute

        async def at_once(*arguments: Any, **options: Any) -> Any:
            answer = attribute(*arguments, **options)
            return _Direct(answer) if isinstance(answer, Connection) else answer

        return at_once

    async def run_sync(self, work: Callable[..., Any], *arguments: Any) -> Any:
        """Like `AsyncSession.run_sync`."""
        return work(self._wrapped, *arguments)
