"""Deals with the store, killed at their first, second, third … statement: `killed_deals.py URL FOLDER FIRST COUNT`.

For every patient from FIRST on, a child is forked that does all kinds of transactions and is killed before its n-th
statement, commits included; `FOLDER/witness` tells what had been answered before. Ends when one child comes through.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.store import appointments, booking, cases, operations, waitlist
from voicebot.store.cases import Request
from voicebot.store.database import Database
from voicebot.store.journal import Journal
from voicebot.store.operations import OperationKey
from voicebot.store.writes import Write, write_all

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=10)


class Deal:
    """One patient's dealings: `slots` are three free times, `wait` is their entry of the waiting list."""

    def __init__(self, database: Database, folder: Path, patient: int) -> None:
        self.database, self.folder, self.patient = database, folder, patient
        self.call = f"call-{patient}"
        self.slots = [3 * patient - 2, 3 * patient - 1, 3 * patient]
        self.journal = Journal(folder / "journal", f"n{patient}")

    async def run(self) -> None:
        booked = (await self.once(1, self._book))["id"]
        await self.once(2, lambda session: self._move(session, booked))
        await self.once(3, lambda session: self._cancel(session, booked))
        await self.once(4, self._offer)
        await self.once(5, self._accept)
        await self.once(6, self._open_case)
        await self.journal.append([self._fact("journalled")])
        self.witness("journal")
        await self.journal.replay(self.database)
        self.witness("replayed")

    async def once(self, turn: int, effect: Callable[[AsyncSession], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
        """An operation, and the fact that led to it, in one transaction."""
        key = OperationKey(call_id=self.call, turn=turn, action=0)
        async with self.database.write() as session:
            await write_all(session, [self._fact(f"turn-{turn}", turn)])
            result = await operations.once(session, key, f"act-{turn}", lambda: effect(session))
        self.witness(str(turn))
        return result

    def witness(self, what: str) -> None:
        with (self.folder / "witness").open("a") as file:
            file.write(f"{self.patient} {what}\n")

    def _fact(self, field: str, turn: int = 9) -> Write:
        data = {
            "call_id": self.call,
            "turn": turn,
            "field": field,
            "value": 1,
            "confidence": 1.0,
            "words": "",
            "at": NOW,
        }
        return Write(what="fact", data=data)

    async def _book(self, session: AsyncSession) -> dict[str, Any]:
        return {"id": await booking.book(session, self.slots[0], patient_id=self.patient, by=f"call:{self.call}")}

    async def _move(self, session: AsyncSession, booked: int) -> dict[str, Any]:
        return {"change": await appointments.move(session, booked, self.slots[1], by=f"call:{self.call}")}

    async def _cancel(self, session: AsyncSession, booked: int) -> dict[str, Any]:
        return {"change": await appointments.cancel(session, booked, reason="", by=f"call:{self.call}")}

    async def _offer(self, session: AsyncSession) -> dict[str, Any]:
        offered = await waitlist.offer(session, self.slots[2], until=LATER)
        return {"wait": offered.id if offered else None}

    async def _accept(self, session: AsyncSession) -> dict[str, Any]:
        return {"id": await waitlist.accept(session, self.patient, by=f"call:{self.call}")}

    async def _open_case(self, session: AsyncSession) -> dict[str, Any]:
        request = Request(patient_id=self.patient)
        return {"id": await cases.open_case(session, request, call_id=self.call, by=f"call:{self.call}")}


def open_database(url: str) -> Database:
    return Database(url, timeout=timedelta(seconds=20), clock=lambda: NOW)


def _kill_before(statement: int) -> None:
    """Statements and commits of any connection count."""
    seen = 0

    def count(*_: Any) -> None:
        nonlocal seen
        seen += 1
        if seen == statement:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "before_cursor_execute", count)
    event.listen(Engine, "commit", count)


def _child(url: str, folder: Path, patient: int, statement: int) -> None:
    _kill_before(statement)
    asyncio.run(Deal(open_database(url), folder, patient).run())


def main() -> None:
    url, folder, first, count = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    for number in range(count):
        child = os.fork()
        if child == 0:
            _child(url, folder, first + number, number + 1)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            sys.exit(0 if status == 0 else "a deal failed")
    sys.exit("no deal came through: there are more statements than patients")


if __name__ == "__main__":
    main()
