"""How fast the next contact is claimed: `python bench/queue_claim.py [sqlite] [postgresql] [--contacts 1000000]`.

A million contacts wait in one campaign, of whom nine in ten stand before the others and may not be called: it is
evening where they live, their number was called a short while ago or too often, they named another time. Numbers are
claimed and finished, 50 calls at once. Then half of those who are due, and stand before the others, are put on the
do-not-call list, and the queue has to find its way through them. Prints milliseconds of whole transactions, and of the
robot's own processor time (on a busy machine the first tell more of the others); told to fit: p99 of a claim within
10 ms. Both databases wait for the disk at each commit, as in use, if PostgreSQL is not told otherwise.
"""

import argparse
import asyncio
import os
import random
import tempfile
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import text, update

from voicebot.bench import postgresql
from voicebot.config import Trunk
from voicebot.outbound import campaigns, lines, queue, upkeep
from voicebot.outbound.lines import Hold, Idle
from voicebot.outbound.policy import Policy, Priority
from voicebot.outbound.ports import DialEnd
from voicebot.outbound.queue import Claim
from voicebot.outcomes import Outcome, Result
from voicebot.store import results, schema
from voicebot.store.bulk import insert_rows
from voicebot.store.database import Database, sync_engine
from voicebot.store.tables import Attempt, Base, Contact, ContactNumber, ContactState, Number, Patient

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)  # 11:00 in Moscow, 20:00 in Kamchatka
_OPEN = ("Europe/Moscow", "Europe/Samara", "Asia/Yekaterinburg", "Asia/Omsk", "Asia/Krasnoyarsk", "Asia/Irkutsk")
_SHUT = "Asia/Kamchatka"
_LINES, _BATCH = 50, 50_000
_PARTS = (0.5, 0.95, 0.99, 1)
_TRUNK = Trunk(name="trunk", lines=_LINES, calls_per_second=1e6)
_OUTCOMES = (Outcome.ANSWERED, Outcome.NO_ANSWER, Outcome.BUSY, Outcome.MACHINE, Outcome.UNREACHABLE)
_TABLES: dict[type[Base], tuple[str, ...]] = {
    Patient: ("id", "surname", "name", "patronymic", "name_key", "gender", "language", "created_at"),
    Number: ("id", "e164", "zone", "do_not_call", "next_call_at"),
    Contact: (
        *("id", "campaign_id", "patient_id", "number_id", "subject", "data", "state", "zone", "priority", "due_at"),
        *("expires_at", "tries", "unfinished", "messages", "why"),
    ),
    ContactNumber: ("contact_id", "position", "number_id", "dead"),
    Attempt: (
        *("id", "number_id", "campaign_id", "node", "trunk", "created_at", "lease_until", "ended_at", "outcome"),
    ),
}


def contact(no: int, campaign: int) -> Iterator[tuple[type[Base], tuple[Any, ...]]]:
    """The rows of one contact; of ten, one may be called."""
    kind, zone = no % 10, _OPEN[no // 10 % len(_OPEN)]
    due, priority, paused, calls = NOW - timedelta(hours=1), Priority.FIRST, None, 0
    if kind < 4:  # it is evening there
        zone, due, priority = _SHUT, NOW - timedelta(hours=5), Priority.EXPIRING
    elif kind < 6:  # called a short while ago, in this campaign or in another
        due = paused = NOW + timedelta(minutes=1 + no % 90)
        calls = 1
    elif kind < 8:  # called twice today
        due, calls = NOW + timedelta(hours=18), 2
    elif kind == 8:  # wants to be called in the evening
        due, priority, calls = NOW + timedelta(hours=6), Priority.CALLBACK, 1
    yield Patient, (no, "Иванов", "Иван", "", "иванов иван", "unknown", "ru", NOW)
    yield Number, (no, f"+7{9_000_000_000 + no}", zone, False, paused)
    state, why = ContactState.WAITING, "repeat" if calls else "first_pass"
    yield (
        Contact,
        (no, campaign, no, no, "", {}, state, zone, priority, due, NOW + timedelta(days=9), calls, 0, 0, why),
    )
    yield ContactNumber, (no, 0, no, False)
    for call in range(calls):
        at = NOW - timedelta(hours=2 - call)
        yield Attempt, (f"{no}-{call}", no, campaign, "n1", "trunk", at, at, at, Outcome.NO_ANSWER)


def fill(database: Database, campaign: int, count: int) -> None:
    numbers = iter(range(1, count + 1))
    while batch := list(islice(numbers, _BATCH)):
        rows: dict[type[Base], list[tuple[Any, ...]]] = {table: [] for table in _TABLES}
        for no in batch:
            for table, row in contact(no, campaign):
                rows[table].append(row)
        with database.sync_write() as session:
            for table, columns in _TABLES.items():
                insert_rows(session, table, columns, rows[table])
    with database.sync_write() as session:
        session.execute(text("ANALYZE"))
    engine = sync_engine(database.url)
    if engine.dialect.name == "postgresql":  # as some minutes later: else it tidies up while claims are timed
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for command in ("VACUUM ANALYZE", "CHECKPOINT"):
                connection.execute(text(command))
    engine.dispose()


class Bench:
    """Claims and finishes, with a watch."""

    def __init__(self, database: Database, campaign: campaigns.CampaignView) -> None:
        self.claims: list[float] = []
        self.finishes: list[float] = []
        self.processor: list[float] = []  # of the claims
        self._database = database
        self._campaign = campaign
        self._at = NOW
        self._dice = random.Random(1)
        self._open: deque[Claim] = deque()

    async def call(self, times: int) -> None:
        """So many claims; the oldest call ends when there is no line left."""
        for no in range(times):
            if len(self._open) == _LINES:
                await self._finish(self._open.popleft())
            claim = await self._claim(f"bench-{self._at.timestamp()}-{no}")
            assert isinstance(claim, Claim), claim
            self._open.append(claim)
        while self._open:
            await self._finish(self._open.popleft())

    async def find(self) -> float:
        """Seconds until somebody behind a long head who may not be called is found."""
        began, no = time.perf_counter(), 0
        while isinstance(claim := await self._claim(f"find-{no}"), Idle):
            assert claim.why is Hold.HEAD, claim
            async with self._database.write() as session:
                await upkeep.clear_head(session, self._campaign, self._at)
            no += 1
        await self._finish(claim)
        return time.perf_counter() - began

    async def _claim(self, attempt: str) -> Claim | Idle:
        self._at += timedelta(milliseconds=10)
        began, worked = time.perf_counter(), time.process_time()
        async with self._database.write() as session:
            claim = await queue.claim(session, self._campaign, attempt_id=attempt, node="n1", trunk=_TRUNK, at=self._at)
        self.claims.append(time.perf_counter() - began)
        self.processor.append(time.process_time() - worked)
        return claim

    async def _finish(self, claim: Claim) -> None:
        outcome = self._dice.choice(_OUTCOMES)
        if outcome is Outcome.ANSWERED:
            await self._record(claim)
        began = time.perf_counter()
        async with self._database.write() as session:
            assert await queue.finish(session, claim.attempt_id, DialEnd(outcome=outcome, ended_at=self._at))
        self.finishes.append(time.perf_counter() - began)

    async def _record(self, claim: Claim) -> None:
        about: dict[str, Any] = {"call_id": claim.attempt_id, "attempt_id": claim.attempt_id, "detail": {}}
        async with self._database.write() as session:
            for contact_id in claim.contacts:
                await results.record(session, contact_id=contact_id, result=Result.CONFIRMED, **about)


def tell(what: str, seconds: Sequence[float]) -> None:
    ordered = sorted(seconds)
    p50, p95, p99, most = (ordered[min(int(len(ordered) * part), len(ordered) - 1)] * 1e3 for part in _PARTS)
    print(f"  {what}: p50 {p50:.1f}, p95 {p95:.1f}, p99 {p99:.1f}, max {most:.1f} ms", flush=True)


async def measure(url: str, count: int, times: int) -> None:
    database = Database(url, timeout=timedelta(minutes=2), clock=lambda: NOW)
    policy = Policy(lines=_LINES, calls_per_second=1e6)
    async with database.write() as session:
        await lines.register(session, [_TRUNK])
        await campaigns.create(session, "bench", scenario="confirmation", policy=policy)
        made = await campaigns.find(session, "bench")
    began = time.perf_counter()
    await asyncio.to_thread(fill, database, made.id, count)
    print(f"  {count} contacts made in {time.perf_counter() - began:.0f} s", flush=True)
    async with database.write() as session:
        await campaigns.start(session, "bench")
    bench = Bench(database, await _found(database))
    await bench.call(20)  # plans and caches
    bench.claims, bench.finishes, bench.processor = [], [], []
    await bench.call(times)
    tell(f"{times} claims", bench.claims)
    tell("their processor time", bench.processor)
    tell(f"{times} finishes", bench.finishes)
    bench.claims = []
    async with database.write() as session:
        barred = update(Number).where(Number.id % 10 == 9, Number.id < count // 2)
        await session.execute(barred.values(do_not_call=True))
    seconds = await bench.find()
    tell(f"{count // 20} barred meanwhile, the way through them took {seconds:.1f} s; claims", bench.claims)
    await database.close()


async def _found(database: Database) -> campaigns.CampaignView:
    async with database.read() as session:
        return await campaigns.find(session, "bench")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("databases", nargs="*", metavar="DATABASE", help="sqlite, postgresql; both by default")
    parser.add_argument("--contacts", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=2000, help="claims and finishes")
    parser.add_argument("--no-fsync", dest="fsync", action="store_false", help="PostgreSQL's commits wait for no disk")
    options = parser.parse_args()
    for name in options.databases or ("sqlite", "postgresql"):
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="voicebot-bench-")))
            server = stack.enter_context(postgresql.running(fsync=options.fsync)) if name == "postgresql" else None
            url = server.url(server.create()) if server else f"sqlite:///{folder / 'store.db'}"
            schema.upgrade(url)
            print(f"{name}, load of the machine {os.getloadavg()[0]:.1f}", flush=True)
            asyncio.run(measure(url, options.contacts, options.times))


if __name__ == "__main__":
    main()
