"""Inbound calls: each is answered and talked with in a task of its own."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from voicebot.errors import AriError
from voicebot.telephony.ari import AriEvent
from voicebot.telephony.boundary import hand_over, hold_talk
from voicebot.telephony.call import Call
from voicebot.telephony.leg import RETURNED, Leg
from voicebot.telephony.switchboard import Switchboard

log = logging.getLogger(__name__)

Talk = Callable[[Call, str, str], Awaitable[None]]


class Reception:
    """Takes the calls that enter the application from the dialplan."""

    def __init__(self, board: Switchboard, talk: Talk) -> None:
        """
        Args:
            talk: what to do with an answered call; then the caller's and the dialled number, as the network gave them.
        """
        self._board = board
        self._talk = talk
        self._stopping = False
        self._calls: set[str] = set()  # channels of those in a talk
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def calls(self) -> int:
        """Callers in a talk."""
        return len(self._calls)

    def stop(self) -> None:
        """Who calls from now on gets the operators, as when no robot is there; talks go on."""
        self._stopping = True

    async def drained(self) -> None:
        """Wait until nobody is in a talk."""
        await self._idle.wait()

    async def serve(self) -> None:
        """Until cancelled; callers who are in a talk then are handed over to people."""
        async with asyncio.TaskGroup() as calls:
            async for start in self._board.ari.arrivals():
                calls.create_task(self._take(start), name=f"inbound {start['channel']['id']}")

    async def _take(self, start: AriEvent) -> None:
        channel = start["channel"]
        try:
            async with Leg(self._board.ari, channel["id"]) as leg:
                if start.get("args", [])[:1] != ["inbound"]:
                    await self._release(start)
                    return
                if self._stopping:
                    await self._board.ari.leave(channel["id"])
                    return
                try:
                    with self._counted(channel["id"]):
                        await self._answer(leg, channel)
                    await leg.ended()
                except asyncio.CancelledError:
                    await asyncio.shield(hand_over(self._board, leg))
                    raise
        except AriError as error:
            log.info("an inbound call ended before it was answered", extra={"reason": error.what})
        except Exception:  # one call that goes wrong must not take the others with it
            log.exception("an inbound call could not be taken", extra={"channel": channel["id"]})

    async def _answer(self, leg: Leg, channel: Mapping[str, Any]) -> None:
        # Else no ChannelDestroyed would come for a call that entered by the dialplan.
        await self._board.ari.subscribe(leg.channel_id)
        await self._board.ari.answer(leg.channel_id)
        await leg.until(lambda leg: leg.in_app)
        caller, dialled = channel["caller"]["number"], channel["dialplan"]["exten"]
        await hold_talk(self._board, leg, lambda call: self._talk(call, caller, dialled))

    @contextmanager
    def _counted(self, channel_id: str) -> Iterator[None]:
        self._calls.add(channel_id)
        self._idle.clear()
        try:
            yield
        finally:
            self._calls.discard(channel_id)
            if not self._calls:
                self._idle.set()

    async def _release(self, start: AriEvent) -> None:
        """A call of a robot before us: half-heard talks are not resumed. A caller whom nobody took hears a goodbye;
        somebody who has just answered a dead robot's call is hung up."""
        channel_id = start["channel"]["id"]
        log.warning("a call of an earlier robot", extra={"channel": channel_id, "arguments": start.get("args")})
        if start.get("args", [])[:1] == [RETURNED]:
            await self._board.ari.leave(channel_id)
        else:
            await self._board.ari.hang_up(channel_id)
