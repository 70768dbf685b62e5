"""One channel of the city's Asterisk, and whether the other side is still there."""

import asyncio
from types import TracebackType
from typing import Self

from voicebot.telephony.ari import CHANNEL_LOST, Ari
from voicebot.telephony.media_websocket import MediaWebsocket

_ENDS = frozenset(("StasisEnd", "ChannelDestroyed", CHANNEL_LOST))


class Connection:
    """async with Connection(ari, channel_id) as line: … ; hung up at the end."""

    def __init__(self, ari: Ari, channel_id: str) -> None:
        self._ari = ari
        self._channel_id = channel_id
        self._inbox = ari.inbox(channel_id)
        self._entered = asyncio.Event()
        self._gone = asyncio.Event()
        self._media: MediaWebsocket | None = None
        self._watcher: asyncio.Task[None]

    async def __aenter__(self) -> Self:
        self._watcher = asyncio.create_task(self._watch(), name=f"city call {self._channel_id}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._watcher.cancel()
        await asyncio.gather(self._watcher, return_exceptions=True)
        if self._media:
            await self._media.close()
        await self._ari.hang_up(self._channel_id)
        self._ari.forget(self._channel_id)

    async def stays(self, seconds: float | None) -> bool:
        """Wait so long (None: for ever); False as soon as the other side is gone."""
        try:
            async with asyncio.timeout(seconds):
                await self._gone.wait()
        except TimeoutError:
            return True
        return False

    async def is_answered(self) -> bool:
        """Wait until a call that the city has placed is answered; False if it is not."""
        waits = [asyncio.ensure_future(event.wait()) for event in (self._entered, self._gone)]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        return self._entered.is_set()

    async def ring(self) -> None:
        await self._ari.ring(self._channel_id)

    async def refuse(self, status: int) -> None:
        """With a SIP status."""
        await self._ari.continue_in_dialplan(self._channel_id, "refuse", str(status))

    async def answer(self) -> None:
        await self._ari.answer(self._channel_id)

    async def sound(self) -> MediaWebsocket:
        """The call's sound; it ends when the other side hangs up."""
        self._media = await MediaWebsocket.connect(self._ari, self._channel_id)
        if self._gone.is_set():
            await self._media.close()
        return self._media

    async def press(self, keys: str) -> None:
        """Send DTMF."""
        await self._ari.send_keys(self._channel_id, keys)

    async def variable(self, name: str) -> str:
        return await self._ari.get_variable(self._channel_id, name)

    async def _watch(self) -> None:
        async for event in self._inbox:
            if event["type"] == "StasisStart":
                self._entered.set()
            if event["type"] in _ENDS:
                self._gone.set()
                if self._media:
                    await self._media.close()
