"""Moves virtual time for the robots of a simulated campaign, and kills them when it is told to.

Time stands while any robot works; when all have nothing left to do at this moment, it goes on to whatever comes
next: an event of the network, or a robot's own look for work. Robots that have something to do at the same moment do
it at once, side by side, and meet at the store.
"""

import asyncio
import random
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from voicebot.bench.campaign.network import Event, Invite, Network
from voicebot.bench.campaign.robot import Robot, Setting
from voicebot.bench.campaign.worker import Worker
from voicebot.errors import CityError, ConfigError
from voicebot.outcomes import Outcome

_AWAY = timedelta(hours=2)  # how long a dead node stays away
_WITHIN = 0.02  # real seconds in which a robot is killed after it was given something to do
_LONGEST = timedelta(days=400)  # a list that takes longer will not end


class Dies(StrEnum):
    """What is killed."""

    ROBOT = "robot"  #: the process; it is started again at once
    NODE = "node"  #: the machine; it comes back after two hours


@dataclass(frozen=True)
class Crash:
    """kill -9 when so many calls have been made, in all."""

    dies: Dies
    calls: int

    @classmethod
    def read(cls, text: str) -> Self:
        """Of `robot@500`.

        Raises:
            ConfigError: it is none.
        """
        match = re.fullmatch(r"(robot|node)@(\d+)", text.strip())
        if match is None:
            raise ConfigError(f"{text!r} is no crash", place="--crash", mend="Write robot@500 or node@2000.")
        return cls(Dies(match[1]), int(match[2]))


class Conductor:
    """Runs robots until the campaign is over.

    `next_due` is asked when no call is under way: when anybody may be called again, or None when the campaign is over.
    Robots live in processes of their own when there are several, or when one is to be killed.
    """

    def __init__(
        self,
        network: Network,
        settings: Sequence[Setting],
        *,
        crashes: Sequence[Crash] = (),
        seed: int,
        next_due: Callable[[datetime], Awaitable[datetime | None]],
        progress: Callable[[datetime], None],
    ) -> None:
        self._network = network
        self._settings = {setting.node: setting for setting in settings}
        self._crashes = sorted(crashes, key=lambda crash: crash.calls)
        self._apart = len(settings) > 1 or bool(crashes)
        self._dice = random.Random(seed)
        self._next_due = next_due
        self._progress = progress
        self._robots: dict[str, Robot | Worker] = {}
        self._back: dict[str, datetime] = {}  # when dead nodes come back
        self.now = settings[0].start

    async def run(self) -> None:
        """Until the campaign is over.

        Raises:
            CityError: it does not end, or a robot died by itself.
        """
        end = self.now + _LONGEST
        try:
            for node in self._settings:
                await self._start(node)
            while (moment := await self._next()) is not None:
                self.now = moment
                if self.now > end:
                    raise CityError(f"the campaign has not ended after {_LONGEST.days} days", place="simulation")
                await self._step()
                self._progress(self.now)
            self._network.flush()
        finally:
            for robot in self._robots.values():
                await robot.close()

    async def _next(self) -> datetime | None:
        """The moment to go on to; None: the campaign is over."""
        moments = [self._network.next_at, *self._back.values(), *(robot.wakes_at for robot in self._robots.values())]
        soonest = max(self.now, min(moment for moment in moments if moment is not None))
        if self._network.calls:
            return soonest
        # Looks for work that is not there are passed over: nothing changes before somebody may be called again.
        due = await self._next_due(self.now)
        return None if due is None else max(soonest, min([due, *self._back.values()]))

    async def _step(self) -> None:
        """Everything that happens at this moment."""
        for node in [node for node, back in self._back.items() if back <= self.now]:
            del self._back[node]
            await self._start(node)
        events = self._network.happen(self.now)
        crash = self._next_crash()
        victim = self._dice.choice(sorted(events)) if crash and events else None
        async with asyncio.TaskGroup() as together:
            for node, robot in tuple(self._robots.items()):
                if node == victim:
                    assert crash is not None and isinstance(robot, Worker)
                    together.create_task(self._kill(node, robot, crash, events[node]))
                elif node in events or (robot.wakes_at is not None and robot.wakes_at <= self.now):
                    together.create_task(robot.step(self.now, events.get(node, ())))

    def _next_crash(self) -> Crash | None:
        return next((crash for crash in self._crashes if crash.calls <= self._network.invites), None)

    async def _kill(self, node: str, robot: Worker, crash: Crash, events: Sequence[Event]) -> None:
        self._crashes.remove(crash)
        del self._robots[node]
        await robot.step_and_die(self.now, events, after=self._dice.uniform(0, _WITHIN))
        self._network.cut(node, self.now)
        if crash.dies is Dies.NODE:
            self._back[node] = self.now + _AWAY
        else:
            await self._start(node)

    async def _start(self, node: str) -> None:
        setting = replace(self._settings[node], start=self.now)
        robot: Robot | Worker
        robot = Worker(setting, self._network) if self._apart else Robot(setting, _Local(self._network, setting))
        self._robots[node] = robot
        await robot.start()


class _Local:
    """The wire of a robot in this process."""

    def __init__(self, network: Network, setting: Setting) -> None:
        self._network = network
        self._node = setting.node

    def invite(self, invite: Invite, at: datetime) -> None:
        self._network.invite(self._node, invite, at)

    def told(self, attempt: str) -> None:
        self._network.told(attempt)

    async def evidence(self, attempt: str) -> Outcome:
        return self._network.evidence(attempt)
