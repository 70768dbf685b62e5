"""Sound over Asterisk's media WebSocket (chan_websocket): Asterisk paces, a flush is immediate."""

import asyncio
import json
import logging
import time
from asyncio import Future, Task
from collections.abc import AsyncIterator
from typing import Any, Self

import aiohttp

from voicebot.errors import AriError, MediaError
from voicebot.speech.audio import FRAME, FRAME_BYTES, Samples, from_bytes
from voicebot.telephony.ari import Ari
from voicebot.telephony.inherited import BRIDGE, MEDIA
from voicebot.telephony.media import Frame, Key, Playback
from voicebot.telephony.outflow import Outflow

log = logging.getLogger(__name__)

_CONNECT_LIMIT = 5.0  # seconds; measured 0.02
_TICK = 0.4  # seconds between two looks at what is due; two seconds lie ahead
_MESSAGE = 50 * FRAME  # samples; Asterisk refuses messages of 64 kB and more
_GRACE = 1.0  # seconds after which a phrase counts as heard without Asterisk's word
_MOST_UNREAD = 250  # frames (5 s) kept for a listener that is late


class MediaWebsocket:
    """Implements `Media`; made by `connect`."""

    def __init__(self, ari: Ari, channel_id: str) -> None:
        self._ari = ari
        self._channel_id = channel_id
        self._media_id = channel_id + MEDIA
        self._bridge_id = channel_id + BRIDGE
        self._socket: aiohttp.ClientWebSocketResponse
        self._out = Outflow()
        self._ends: dict[int, tuple[Playback, Future[bool]]] = {}
        self._heard: asyncio.Queue[Frame | Key | None] = asyncio.Queue()
        self._rest = b""
        self._flush_due = False
        self._wake = asyncio.Event()
        self._started = asyncio.Event()
        self._may_send = True
        self._closed = False
        self._tasks: list[Task[None]] = []

    @classmethod
    async def connect(cls, ari: Ari, channel_id: str) -> Self:
        """Give the channel (which must be in the application) sound: a media channel and a bridge around both.

        Raises:
            MediaError: Asterisk did not connect in time, or the channel has ended.
        """
        media = cls(ari, channel_id)
        try:
            async with asyncio.timeout(_CONNECT_LIMIT):
                await media._open()
        except TimeoutError:
            await media.close()
            what = f"Asterisk did not connect the sound within {_CONNECT_LIMIT:g} s"
            raise MediaError(what, mend="Is chan_websocket loaded?") from None
        except (AriError, aiohttp.ClientError) as error:
            await media.close()
            raise MediaError(f"the call has no sound: {error}") from error
        except BaseException:
            await media.close()
            raise
        return media

    async def __aiter__(self) -> AsyncIterator[Frame | Key]:
        while (heard := await self._heard.get()) is not None:
            yield heard

    def play(self, samples: Samples) -> Playback:
        playback = Playback(samples)
        end: Future[bool] = asyncio.get_running_loop().create_future()
        if self._closed or not len(samples):
            playback.finished = not self._closed
            end.set_result(playback.finished)
        elif self._out.add(playback, time.monotonic()):
            self._flush_due = True
        self._ends[id(playback)] = (playback, end)
        self._wake.set()
        return playback

    async def played(self, playback: Playback) -> bool:
        _, end = self._ends[id(playback)]
        return await asyncio.shield(end)

    def flush(self) -> None:
        self._flush_due = True
        self._wake.set()
        for playback in self._out.clear(time.monotonic()):
            self._settle(playback)

    def duck(self, decibels: float) -> None:
        self._out.duck(decibels)
        self._again()

    def hold(self, on: bool) -> None:
        self._out.hold(on)
        self._again()

    def go_back(self, playback: Playback, sample: int) -> None:
        self._again()
        self._out.go_back(playback, sample)

    def position(self, playback: Playback) -> float:
        return self._out.position(playback, time.monotonic())

    async def close(self) -> None:
        if not self._closed:
            self._end()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if hasattr(self, "_socket"):
            await self._socket.close()
        self._ari.forget(self._media_id)
        try:
            await self._ari.hang_up(self._media_id)
            await self._ari.destroy_bridge(self._bridge_id)
        except AriError as error:  # an Asterisk that has died took both with it
            log.warning("the sound was not tidied away", extra={"reason": error.what})

    # --- inside -----------------------------------------------------------------------------------------------------

    async def _open(self) -> None:
        inbox = self._ari.inbox(self._media_id)
        connection = await self._ari.create_media(self._media_id)
        self._socket = await self._ari.open_media_socket(connection)
        self._tasks = [asyncio.create_task(self._receive(), name=f"media in {self._channel_id}")]
        # Adding the channel to a bridge before its StasisStart is sometimes refused (422).
        await inbox.wait_for("StasisStart")
        await self._started.wait()
        await self._ari.create_bridge(self._bridge_id)
        await self._ari.add_to_bridge(self._bridge_id, self._channel_id, self._media_id)
        self._tasks.append(asyncio.create_task(self._send(), name=f"media out {self._channel_id}"))

    async def _receive(self) -> None:
        async for message in self._socket:
            if message.type is aiohttp.WSMsgType.BINARY:
                self._hear(message.data)
            elif message.type is aiohttp.WSMsgType.TEXT:
                self._obey(json.loads(message.data))
        self._end()

    def _hear(self, data: bytes) -> None:
        at = time.monotonic()
        data = self._rest + data
        whole = len(data) // FRAME_BYTES * FRAME_BYTES
        for start in range(0, whole, FRAME_BYTES):
            self._heard.put_nowait(Frame(samples=from_bytes(data[start : start + FRAME_BYTES]), at=at))
        self._rest = data[whole:]
        while self._heard.qsize() > _MOST_UNREAD:
            self._heard.get_nowait()

    def _obey(self, event: dict[str, Any]) -> None:
        match event.get("event"):
            case "MEDIA_START":
                self._started.set()
            case "DTMF_END":
                self._heard.put_nowait(Key(digit=event["digit"], at=time.monotonic()))
            case "MEDIA_XOFF":
                self._may_send = False
            case "MEDIA_XON":
                self._may_send = True
            case "MEDIA_MARK_PROCESSED":
                playback, end = self._ends.get(int(event["correlation_id"]), (None, None))
                if playback and end and not end.done():
                    self._out.heard(playback)
                    self._settle(playback)
            case "ERROR":
                log.error("Asterisk refuses a media command", extra={"event": event})

    async def _send(self) -> None:
        try:
            while not self._closed:
                self._wake.clear()
                if self._may_send:
                    await self._send_due()
                for playback in self._out.overdue(time.monotonic(), _GRACE):
                    log.warning("Asterisk did not report the end of a phrase")
                    self._out.heard(playback)
                    self._settle(playback)
                try:
                    await asyncio.wait_for(self._wake.wait(), _TICK)
                except TimeoutError:
                    continue
        except (aiohttp.ClientError, ConnectionError):
            self._end()

    async def _send_due(self) -> None:
        if self._flush_due:
            self._flush_due = False
            await self._socket.send_json({"command": "FLUSH_MEDIA"})
        for due in self._out.take(time.monotonic()):
            if isinstance(due, Playback):
                await self._socket.send_json({"command": "MARK_MEDIA", "correlation_id": str(id(due))})
                continue
            for start in range(0, len(due), _MESSAGE):
                part = due[start : start + _MESSAGE]
                await self._socket.send_bytes(part.astype("<i2", copy=False).tobytes())

    def _again(self) -> None:
        """What lies unheard in Asterisk is sent anew, as it is to sound from now on."""
        if self._out.rewind(time.monotonic()):
            self._flush_due = True
        self._wake.set()

    def _settle(self, playback: Playback) -> None:
        _, end = self._ends[id(playback)]
        if not end.done():
            end.set_result(playback.finished)

    def _end(self) -> None:
        self._closed = True
        self._wake.set()
        self._heard.put_nowait(None)
        for playback in self._out.clear(time.monotonic()):
            self._settle(playback)
