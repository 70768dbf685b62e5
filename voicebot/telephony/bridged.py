"""What the two kinds of sound have in common: a media channel in a bridge with the call, phrases out, frames in."""

import asyncio
import logging
import time
from abc import ABC, abstractmethod
from asyncio import Future, Task
from collections.abc import AsyncIterator
from typing import Self

import aiohttp

from voicebot.errors import AriError, MediaError
from voicebot.speech.audio import FRAME_BYTES, Samples, from_bytes
from voicebot.telephony.ari import Ari
from voicebot.telephony.inherited import BRIDGE, MEDIA
from voicebot.telephony.media import Frame, Key, Playback
from voicebot.telephony.outflow import Due, Outflow

log = logging.getLogger(__name__)

_CONNECT_LIMIT = 5.0  # seconds; measured 0.02
_MOST_UNREAD = 250  # frames (5 s) kept for a listener that is late


class BridgedMedia(ABC):
    """Implements `Media`; made by `connect` of a kind of sound."""

    tick: float  #: seconds between two looks at what is due
    grace: float  #: seconds after its computed end at which a phrase counts as heard without Asterisk's word
    module: str  #: of Asterisk, that must be loaded
    ahead: int  #: frames that are sent before they are heard
    takes_back: bool  #: whether Asterisk can be told to drop what it has been sent

    def __init__(self, ari: Ari, channel_id: str) -> None:
        self.ari = ari
        self.media_id = channel_id + MEDIA
        self._channel_id = channel_id
        self._bridge_id = channel_id + BRIDGE
        self._out = Outflow(ahead=self.ahead, takes_back=self.takes_back)
        self._ends: dict[int, tuple[Playback, Future[bool]]] = {}
        self._heard: asyncio.Queue[Frame | Key | None] = asyncio.Queue()
        self._rest = b""
        self._flush_due = False
        self._wake = asyncio.Event()
        self.ready = asyncio.Event()  #: Asterisk takes sound
        self.may_send = True  #: False: Asterisk has enough for now
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
            raise MediaError(what, mend=f"Is {cls.module} loaded?") from None
        except (AriError, OSError, aiohttp.ClientError) as error:
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

    def sounding(self) -> float:
        return self._out.sounding(time.monotonic())

    async def close(self) -> None:
        if not self._closed:
            self._end()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.close_sound()
        self.ari.forget(self.media_id)
        try:
            await self.ari.hang_up(self.media_id)
            await self.ari.destroy_bridge(self._bridge_id)
        except AriError as error:  # an Asterisk that has died took both with it
            log.warning("the sound was not tidied away", extra={"reason": error.what})

    # --- what a kind of sound does ----------------------------------------------------------------------------------

    @abstractmethod
    async def open_sound(self) -> None:
        """Make the media channel `media_id`, and connect to it; `ready` is set now or by `receive`."""

    @abstractmethod
    async def receive(self) -> None:
        """Pass what comes on to `hear`, `press` and `marked`; return when the channel has ended."""

    @abstractmethod
    async def send(self, due: Due, *, flush: bool) -> None:
        """Send what is due; with `flush`, first drop what lies in Asterisk."""

    @abstractmethod
    async def close_sound(self) -> None:
        """Harmless when it is closed, or was never opened."""

    # --- what it tells ----------------------------------------------------------------------------------------------

    def hear(self, data: bytes) -> None:
        """Sound of the other side, of any length."""
        at = time.monotonic()
        data = self._rest + data
        whole = len(data) // FRAME_BYTES * FRAME_BYTES
        for start in range(0, whole, FRAME_BYTES):
            self._heard.put_nowait(Frame(samples=from_bytes(data[start : start + FRAME_BYTES]), at=at))
        self._rest = data[whole:]
        while self._heard.qsize() > _MOST_UNREAD:
            self._heard.get_nowait()

    def press(self, digit: str) -> None:
        """A key of the other side."""
        self._heard.put_nowait(Key(digit=digit, at=time.monotonic()))

    def marked(self, mark: int) -> None:
        """A phrase has been heard to its end; `mark` is its `id`."""
        playback, end = self._ends.get(mark, (None, None))
        if playback and end and not end.done():
            self._out.heard(playback)
            self._settle(playback)

    # --- inside -----------------------------------------------------------------------------------------------------

    async def _open(self) -> None:
        inbox = self.ari.inbox(self.media_id)
        await self.open_sound()
        self._tasks = [asyncio.create_task(self._receive(), name=f"media in {self._channel_id}")]
        # Adding the channel to a bridge before its StasisStart is sometimes refused (422).
        await inbox.wait_for("StasisStart")
        await self.ready.wait()
        await self.ari.create_bridge(self._bridge_id)
        await self.ari.add_to_bridge(self._bridge_id, self._channel_id, self.media_id)
        self._tasks.append(asyncio.create_task(self._send(), name=f"media out {self._channel_id}"))

    async def _receive(self) -> None:
        await self.receive()
        self._end()

    async def _send(self) -> None:
        try:
            while not self._closed:
                self._wake.clear()
                await self._send_due()
                for playback in self._out.overdue(time.monotonic(), self.grace):
                    if self.grace:
                        log.warning("Asterisk did not report the end of a phrase")
                    self._out.heard(playback)
                    self._settle(playback)
                try:
                    await asyncio.wait_for(self._wake.wait(), self.tick)
                except TimeoutError:
                    continue
        except (aiohttp.ClientError, ConnectionError):
            self._end()

    async def _send_due(self) -> None:
        flush, self._flush_due = self._flush_due, False
        await self.send(self._out.take(time.monotonic()) if self.may_send else [], flush=flush)

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
