"""One of several robots on one store: `python calling_robot.py DATABASE-URL NODE LOG BEGAN`; calls until it is killed.

LOG: what its telephones saw, JSON lines. BEGAN: the second (`time.time()`) at which it was Monday morning.
"""

import asyncio
import json
import random
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from queue_world import open_call

from voicebot.config import Trunk
from voicebot.outbound.dispatcher import Dispatcher
from voicebot.outbound.ports import DialEnd, Dialling
from voicebot.outcomes import Outcome, Result
from voicebot.store import attempts, results
from voicebot.store.database import Database

MORNING = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
SPEED = 20.0  # simulated seconds in a real one
LEASE = timedelta(seconds=120)  # six real ones
LINES = 4
_OUTCOMES = (Outcome.BUSY, Outcome.NO_ANSWER, Outcome.CONGESTION, *(Outcome.ANSWERED,) * 3)


class Clock:
    """The same in all robots."""

    def __init__(self, began: float) -> None:
        self.began = began

    def now(self) -> datetime:
        return MORNING + timedelta(seconds=(time.time() - self.began) * SPEED)


class Phones:
    """Ring for a while; half of them answer."""

    def __init__(self, database: Database, clock: Clock, node: str, log: Path) -> None:
        self.database, self.clock, self.node, self.log = database, clock, node, log
        self.dice = random.Random(node)

    async def dial(self, dialling: Dialling) -> DialEnd:
        started = self.clock.now()
        async with self.database.read() as session:
            attempt = await attempts.get(session, dialling.attempt_id)
        contacts = [contact.id for contact in attempt.contacts]
        self.tell(id=attempt.id, number=dialling.number, at=started.isoformat(), contacts=contacts)
        await asyncio.sleep(self.dice.uniform(0.2, 1.5))
        outcome = self.dice.choice(_OUTCOMES)
        if outcome is Outcome.ANSWERED:
            async with self.database.write() as session:
                await open_call(session, attempt.id, dialling.number, self.clock.now())
                about: dict[str, Any] = {"call_id": attempt.id, "attempt_id": attempt.id, "detail": {}}
                for contact in contacts:
                    await results.record(session, contact_id=contact, result=Result.CONFIRMED, **about)
        ended = self.clock.now()
        self.tell(id=attempt.id, outcome=outcome.value, ended_at=ended.isoformat())
        return DialEnd(outcome=outcome, ended_at=ended)

    def tell(self, **line: Any) -> None:
        with self.log.open("a") as file:
            file.write(json.dumps({**line, "node": self.node}) + "\n")


async def main(url: str, node: str, log: str, began: str) -> None:
    clock = Clock(float(began))
    database = Database(url, timeout=timedelta(seconds=20), clock=clock.now)
    phones = Phones(database, clock, node, Path(log))
    trunk = Trunk(name="t", lines=LINES, calls_per_second=1e6)
    await Dispatcher(database, phones, clock, node=node, trunks=[trunk], lease=LEASE).run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
