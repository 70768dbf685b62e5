"""PostgreSQL itself killed inside each kind of transaction, then started again."""

import asyncio
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from deal_world import expected, populate, seen
from killed_deals import NOW, Deal
from sqlalchemy import event, select
from sqlalchemy.engine import Engine
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.bench import postgresql
from voicebot.bench.postgresql import Server
from voicebot.errors import StoreError
from voicebot.store import maintenance, schema, tasks
from voicebot.store.database import Database
from voicebot.store.tables import Task

_REPLAY = 7  # after the six operations of a deal comes its journal
_MOMENTS = ("a statement", "the commit", "the answer")
_KILLS = list(product(range(1, _REPLAY + 1), _MOMENTS))


@pytest.fixture
def victim() -> Iterator[Server]:
    """A server that no other test uses."""
    with postgresql.running() as server:
        yield server


class Killer:
    """Kills the server in one transaction of a talk."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._statements = 0
        self.moment = ""  #: when in this transaction; empty: not in this one
        self._striking: threading.Thread | None = None

    def __enter__(self) -> "Killer":
        event.listen(Engine, "before_cursor_execute", self._before_statement)
        event.listen(Engine, "commit", self._before_commit)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(Engine, "before_cursor_execute", self._before_statement)
        event.remove(Engine, "commit", self._before_commit)

    def arm(self, moment: str) -> None:
        self.moment, self._statements = moment, 0

    def struck(self) -> None:
        """Wait for a blow that is under way."""
        if self._striking:
            self._striking.join()

    def _before_statement(self, *_: Any) -> None:
        self._statements += 1
        if self.moment == "a statement" and self._statements == 3:
            self._server.kill()

    def _before_commit(self, *_: Any) -> None:
        if self.moment == "the commit":
            self._server.kill()
        elif self.moment == "the answer":  # somewhere between the question and the answer, or just after it
            delay = random.Random().uniform(0, 0.003)
            self._striking = threading.Timer(delay, self._server.kill)
            self._striking.start()


class Talk(Deal):
    """A deal as a talk does it: what the store does not take is in the journal."""

    def __init__(self, database: Database, folder: Path, patient: int, killer: Killer, turn: int, moment: str) -> None:
        super().__init__(database, folder, patient)
        self._killer, self._turn, self._moment = killer, turn, moment

    async def once(self, turn: int, effect: Callable[[AsyncSession], Any]) -> dict[str, Any]:
        self._killer.arm(self._moment if turn == self._turn else "")
        try:
            return await super().once(turn, effect)
        except StoreError:
            await self.journal.append([self._fact(f"turn-{turn}", turn)])
            raise

    def witness(self, what: str) -> None:
        super().witness(what)
        if what == "journal" and self._turn == _REPLAY:
            self._killer.arm(self._moment)


@pytest.mark.slow
async def test_postgresql_killed_in_any_transaction_loses_nothing_that_was_answered_and_halves_nothing(
    victim: Server, tmp_path: Path
) -> None:
    url = victim.url(victim.create())
    schema.upgrade(url)
    database = Database(url, timeout=timedelta(seconds=5), clock=lambda: NOW)
    await populate(database, len(_KILLS))
    (tmp_path / "witness").touch()
    with Killer(victim) as killer:
        for patient, (turn, moment) in enumerate(_KILLS, start=1):
            talk = Talk(database, tmp_path, patient, killer, turn, moment)
            try:
                await talk.run()
            except StoreError:
                pass
            else:
                assert moment == "the answer", (turn, moment)  # it came before the blow
            killer.struck()
            killer.arm("")
            await asyncio.to_thread(victim.start_again)  # the loop hears meanwhile which connections have ended
            await agrees(database, url, patient, tmp_path, 6 if moment == "the answer" else turn - 1)
            await talk.journal.replay(database)
            await Deal(database, tmp_path, patient).run()
            found = await seen(database, patient)
            facts = found.pop("facts")
            assert found == expected(patient, 6)
            assert sorted(facts) == ["journalled", *(f"turn-{no}" for no in range(1, 7))]  # type: ignore[call-overload]
    assert maintenance.check(url) == []
    await database.close()


async def agrees(database: Database, url: str, patient: int, folder: Path, most: int) -> None:
    """What the store holds is whole, and holds all that was answered."""
    found = await seen(database, patient)
    facts = found.pop("facts")
    done = len(found["done"])  # type: ignore[arg-type]
    assert found == expected(patient, done), patient
    told = [
        line.split()[1] for line in (folder / "witness").read_text().splitlines() if line.split()[0] == str(patient)
    ]
    assert len([what for what in told if what.isdigit()]) <= done <= most
    assert [fact for fact in facts if fact != "journalled"] == [f"turn-{no}" for no in range(1, done + 1)]  # type: ignore[attr-defined]
    assert maintenance.check(url) == []


async def test_a_server_that_stands_still_keeps_a_talk_no_longer_than_the_time_it_has(victim: Server) -> None:
    url = victim.url(victim.create())
    schema.upgrade(url)
    database = Database(url, timeout=timedelta(seconds=1), clock=lambda: NOW)
    async with database.write() as session:
        await tasks.add(session, kind="before", about={})
    took = []
    victim.signal(signal.SIGSTOP)
    for _ in range(3):  # a connection of the pool, then new ones
        began = time.monotonic()
        with pytest.raises(StoreError):
            async with database.write() as session:
                await tasks.add(session, kind="lost", about={})
        took.append(time.monotonic() - began)
    victim.signal(signal.SIGCONT)
    async with database.write() as session:
        await tasks.add(session, kind="after", about={})
        kinds = (await session.scalars(select(Task.kind).order_by(Task.id))).all()
    assert (kinds[0], kinds[-1]) == ("before", "after")
    assert max(took) < 2, took
    victim.signal(signal.SIGSTOP)
    async with asyncio.timeout(20):
        await database.close()
    victim.signal(signal.SIGCONT)


async def test_a_server_that_stops_inside_a_transaction_is_not_waited_for_either(victim: Server) -> None:
    url = victim.url(victim.create())
    schema.upgrade(url)
    database = Database(url, timeout=timedelta(seconds=1), clock=lambda: NOW)
    began = time.monotonic()
    with pytest.raises(StoreError):
        async with database.write() as session:
            await tasks.add(session, kind="half", about={})
            victim.signal(signal.SIGSTOP)
            await tasks.add(session, kind="half", about={})
    took = time.monotonic() - began
    victim.signal(signal.SIGCONT)
    async with database.read() as session:
        assert (await session.scalars(select(Task.kind))).all() == []
    assert took < 2
    await database.close()
