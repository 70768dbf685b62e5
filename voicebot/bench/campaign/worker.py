"""A robot of a simulated campaign in a process of its own, so that it can be killed; and the wire to it.

Lines of JSON. To the robot: its setting, then `{"at", "events"}` for each step, and `{"evidence"}` as an answer.
From it: `{"invite"}`, `{"told"}`, `{"ask"}` (for evidence) as they happen, and `{"quiet"}` with the moment at which it
wants to wake when it has nothing more to do.
"""

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Coroutine, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from voicebot.bench.campaign.network import Event, Invite, Network
from voicebot.bench.campaign.robot import Robot, Setting
from voicebot.errors import CityError
from voicebot.outcomes import Outcome

_FAREWELL = 30.0  # real seconds for writing down that calls were cut off
_LINE = 2**22  # bytes; a step of many events is one line


class Worker:
    """The conductor's side: starts, steps and kills the process."""

    def __init__(self, setting: Setting, network: Network) -> None:
        self.wakes_at: datetime | None = None
        self._setting = setting
        self._network = network
        self._process: asyncio.subprocess.Process | None = None
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the worker

    async def start(self) -> None:
        """Start the process; it recovers what its predecessor left open, and begins to call."""
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", __name__),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=self._errors,
            limit=_LINE,
        )
        await self._exchange(self._setting.as_json())

    async def step(self, moment: datetime, events: Sequence[Event]) -> None:
        """Let it do everything that there is to do at this moment.

        Raises:
            CityError: it died by itself.
        """
        await self._exchange({"at": moment.isoformat(), "events": [event.as_json() for event in events]})

    async def step_and_die(self, moment: datetime, events: Sequence[Event], *, after: float) -> None:
        """The same, but kill -9 in the midst of it, so many real seconds later; what it had dialled is dialled."""
        assert self._process is not None
        self._send({"at": moment.isoformat(), "events": [event.as_json() for event in events]})
        await asyncio.sleep(after)
        self._process.kill()
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            if line.endswith(b"\n"):
                self._hear(json.loads(line))
        await self._process.wait()
        self._errors.close()

    async def close(self) -> None:
        """End the process, in good order as far as it can."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        assert process.stdin is not None
        process.stdin.close()
        try:
            async with asyncio.timeout(_FAREWELL):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
        self._errors.close()

    async def _exchange(self, message: dict[str, Any]) -> None:
        """Send, and serve it until it is quiet."""
        assert self._process is not None and self._process.stdout is not None
        self._send(message)
        while True:
            line = await self._process.stdout.readline()
            if not line:
                self._errors.seek(0)
                told = self._errors.read()[-2000:].decode(errors="replace")
                raise CityError(f"a robot of the simulation died: {told}", place=self._setting.node)
            heard = json.loads(line)
            if "quiet" in heard:
                self.wakes_at = datetime.fromisoformat(heard["quiet"]) if heard["quiet"] else None
                return
            self._hear(heard)

    def _hear(self, message: dict[str, Any]) -> None:
        if "invite" in message:
            call = message["invite"]
            invite = Invite(**call | {"contacts": tuple(call["contacts"])})
            self._network.invite(self._setting.node, invite, datetime.fromisoformat(message["at"]))
        elif "told" in message:
            self._network.told(message["told"])
        elif "ask" in message:
            self._send({"evidence": self._network.evidence(message["ask"]), "attempt": message["ask"]})

    def _send(self, message: dict[str, Any]) -> None:
        assert self._process is not None and self._process.stdin is not None
        self._process.stdin.write(json.dumps(message).encode() + b"\n")


class _Pipe:
    """The robot's side of the wire."""

    def __init__(self) -> None:
        self.asked: dict[str, asyncio.Future[Outcome]] = {}

    def invite(self, invite: Invite, at: datetime) -> None:
        _say({"invite": asdict(invite), "at": at.isoformat()})

    def told(self, attempt: str) -> None:
        _say({"told": attempt})

    async def evidence(self, attempt: str) -> Outcome:
        answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self.asked[attempt] = answer
        _say({"ask": attempt})
        return await answer


def _say(message: dict[str, Any]) -> None:
    """At once and whole, whatever happens to this process next."""
    os.write(sys.stdout.fileno(), json.dumps(message).encode() + b"\n")


async def _serve() -> None:
    """One robot, stepped by the lines of standard input, until that ends."""
    reader = asyncio.StreamReader(limit=_LINE)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    pipe = _Pipe()
    robot = Robot(Setting.from_json(json.loads(await reader.readline())), pipe)
    work = asyncio.create_task(_work(robot, robot.start()))
    try:
        while line := await reader.readline():
            message = json.loads(line)
            if "evidence" in message:
                pipe.asked.pop(message["attempt"]).set_result(Outcome(message["evidence"]))
                continue
            await work
            moment = datetime.fromisoformat(message["at"])
            events = [Event.from_json(event) for event in message["events"]]
            work = asyncio.create_task(_work(robot, robot.step(moment, events)))
        await work
    finally:
        work.cancel()
        await robot.close()


async def _work(robot: Robot, step: Coroutine[Any, Any, None]) -> None:
    await step
    _say({"quiet": robot.wakes_at.isoformat() if robot.wakes_at else None})


if __name__ == "__main__":
    asyncio.run(_serve())
