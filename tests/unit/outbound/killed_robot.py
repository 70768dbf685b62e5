"""A robot that calls and will be killed: `python killed_robot.py DATABASE-URL WITNESS-FILE`."""

import asyncio
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from voicebot.config import Trunk
from voicebot.outbound.dispatcher import Dispatcher
from voicebot.outbound.ports import DialEnd, Dialling
from voicebot.outcomes import Outcome
from voicebot.store.database import Database


class Clock:
    """A Monday morning, from there on as time goes."""

    def __init__(self) -> None:
        self.started = time.monotonic()

    def now(self) -> datetime:
        return datetime(2026, 11, 23, 9, 30, tzinfo=UTC) + timedelta(seconds=time.monotonic() - self.started)


class Network:
    """Every second number is busy at once, the others ring for ever."""

    def __init__(self, witness: Path, clock: Clock) -> None:
        self.witness = witness
        self.clock = clock

    async def dial(self, dialling: Dialling) -> DialEnd:
        with self.witness.open("a") as file:
            file.write(f"{dialling.number}\n")
        if int(dialling.number[-1]) % 2:
            await asyncio.sleep(3600)
        return DialEnd(outcome=Outcome.BUSY, ended_at=self.clock.now())


async def main() -> None:
    clock = Clock()
    database = Database(sys.argv[1], clock=clock.now)
    trunk = Trunk(lines=4, calls_per_second=1e6)
    network = Network(Path(sys.argv[2]), clock)
    await Dispatcher(database, network, clock, node="n1", trunks=[trunk]).run()


if __name__ == "__main__":
    asyncio.run(main())
