"""The guard: a small process that takes callers over when the robot dies.

A call inside the robot's application stays there in silence when the robot is gone, for ever. While there is no fresh
heartbeat, whatever the reason (killed, stuck, stopped with calls left over), the guard sends every caller of that robot
to `[robot-lost]`, and hangs up what rings for nobody. It speaks AMI only.
"""

import asyncio
import logging
import time

from voicebot.config import Settings
from voicebot.errors import AmiError
from voicebot.telephony import heartbeat
from voicebot.telephony.ami import Ami
from voicebot.telephony.inherited import OWNER, Fate, Seen

log = logging.getLogger(__name__)

_LOOKS_PER_BEAT = 2


async def run_guard(settings: Settings) -> None:
    """Watch until cancelled. The robot's own Asterisk is the first of `[[ami]]`; it may restart meanwhile.

    Raises:
        AmiError: at the start AMI is not reachable, or refuses the user or secret.
    """
    async with Ami(settings.ami[0]) as ami:
        await Guard(ami, settings).watch()


class Guard:
    """Watches one robot."""

    def __init__(self, ami: Ami, settings: Settings) -> None:
        self._ami = ami
        self._settings = settings
        self._last_sign = time.monotonic()  # a robot that is starting just now has as long as one that went silent
        self._lost = False

    async def watch(self) -> None:
        """Until cancelled."""
        pause = self._settings.guard.beat.total_seconds() / _LOOKS_PER_BEAT
        while True:
            await self._look()
            await asyncio.sleep(pause)

    async def _look(self) -> None:
        age = await asyncio.to_thread(heartbeat.age, self._settings.heartbeat_file)
        if age is not None:
            self._last_sign = max(self._last_sign, time.monotonic() - age)
        lost = time.monotonic() - self._last_sign > self._settings.guard.timeout.total_seconds()
        if lost != self._lost:
            self._lost = lost
            log.warning("the robot is gone" if lost else "the robot is back", extra={"node": self._settings.node})
        if lost:
            try:
                await self._take_over()
            except AmiError as error:
                log.warning("AMI is away", extra={"reason": error.what})

    async def _take_over(self) -> None:
        for row in await self._ami.items("CoreShowChannels"):
            seen = Seen.by_ami(row)
            fate = seen.fate(self._settings.ari.app)
            if fate is Fate.UNKNOWN and await self._owner(seen) == self._settings.ari.app:
                fate = Fate.HANG_UP
            try:
                await self._do(fate, seen)
            except AmiError as error:
                log.info("a channel has ended meanwhile", extra={"channel": seen.channel_id, "reason": error.what})

    async def _do(self, fate: Fate | None, seen: Seen) -> None:
        if fate is Fate.RESCUE:
            place = {"Context": self._settings.guard.context, "Exten": "s", "Priority": "1"}
            await self._ami.action("Redirect", Channel=seen.channel_id, **place)
            log.warning("a caller is taken over", extra={"channel": seen.channel_id})
        elif fate is Fate.HANG_UP:
            await self._ami.action("Hangup", Channel=seen.channel_id)

    async def _owner(self, seen: Seen) -> str:
        try:
            answer = await self._ami.action("Getvar", Channel=seen.channel_id, Variable=OWNER)
        except AmiError:
            return ""
        return str(answer.get("Value", ""))
