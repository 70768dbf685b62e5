"""The sound of one telephone call over RTP (RFC 3550): a packet of 20 ms each 20 ms, whatever there is to say.

A microphone's frame is sent when its last sample was spoken; a frame that arrives is heard from that instant on.
"""

import asyncio
import random
import struct
from collections import deque
from collections.abc import AsyncIterator

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from voicebot.speech.audio import FRAME, FRAME_SECONDS, Samples
from voicebot.speech.codec import ALAW
from voicebot.telephony.media import Frame, Playback
from voicebot.telephony.ports import LOOPBACK

PAYLOAD_TYPE = 8  #: A-law, RFC 3551
_HEADER = struct.Struct("!BBHII")
_VERSION, _MARKER = 0x80, 0x80
_SILENCE: Samples = np.zeros(FRAME, dtype=np.int16)


class Trouble(BaseModel):
    """What happens to packets and to the other side's voice at this telephone."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    echo_db: float | None = Field(None, le=0, description="what is heard comes back, so much softer")
    echo_seconds: float = Field(0.1, ge=0, description="so much later")
    jitter: float = Field(0.0, ge=0, description="seconds by which a packet may be late; their order stays")


NO_TROUBLE = Trouble()


class RtpSound(asyncio.DatagramProtocol):
    """One call's sound; made by `open`."""

    def __init__(self, trouble: Trouble) -> None:
        self._trouble = trouble
        self._dice = random.Random(0)
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.DatagramTransport
        self._there: tuple[str, int] | None = None
        self._heard: asyncio.Queue[Frame | None] = asyncio.Queue()
        self._playing: deque[Playback] = deque()
        self._echo: deque[Samples] = deque([_SILENCE] * round(trouble.echo_seconds / FRAME_SECONDS))
        self._last_heard = _SILENCE
        self._next = 0.0  # instant of the next packet
        self._free_at = 0.0  # before it no packet may overtake another
        self._number = 0
        self._timer: asyncio.TimerHandle | None = None

    @classmethod
    async def open(cls, trouble: Trouble) -> "RtpSound":
        """With a port of its own; nothing is sent before `start`."""
        loop = asyncio.get_running_loop()
        transport, sound = await loop.create_datagram_endpoint(lambda: cls(trouble), local_addr=(LOOPBACK, 0))
        sound._transport = transport
        return sound

    @property
    def port(self) -> int:
        return int(self._transport.get_extra_info("sockname")[1])

    def start(self, there: tuple[str, int]) -> None:
        """Send to this address from now on."""
        self._there = there
        if self._timer is None:
            self._next = self._loop.time()
            self._tick()

    def close(self) -> None:
        """No sound any more; whoever listens hears the end."""
        if self._timer:
            self._timer.cancel()
        self._transport.close()
        self._heard.put_nowait(None)

    async def __aiter__(self) -> AsyncIterator[Frame]:
        """What is heard, until the call ends."""
        while frame := await self._heard.get():
            yield frame

    def play(self, samples: Samples) -> Playback:
        """Say it behind what is being said."""
        playback = Playback(samples)
        self._playing.append(playback)
        return playback

    def flush(self) -> None:
        """Say nothing more."""
        self._playing.clear()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if len(data) < _HEADER.size or data[1] & ~_MARKER != PAYLOAD_TYPE:
            return  # RTCP of another telephone, whose port is the one below: no sound (RFC 5761, 4)
        samples = ALAW.decode(data[_HEADER.size :])
        self._last_heard = samples
        self._heard.put_nowait(Frame(samples=samples, at=self._loop.time()))

    def _tick(self) -> None:
        frame = self._frame()
        if self._trouble.echo_db is not None:
            frame = self._with_echo(frame)
        header = _HEADER.pack(
            _VERSION, PAYLOAD_TYPE | (0 if self._number else _MARKER), self._number % 2**16, self._number * FRAME, 1
        )
        self._send(header + ALAW.encode(frame))
        self._number += 1
        self._next += FRAME_SECONDS
        self._timer = self._loop.call_at(self._next, self._tick)

    def _frame(self) -> Samples:
        """The next 20 ms of what is to be said."""
        parts: list[Samples] = []
        missing = FRAME
        while missing and self._playing:
            playback = self._playing[0]
            if playback.first_frame_at is None:
                playback.first_frame_at = self._next - missing * FRAME_SECONDS / FRAME
            part = playback.samples[playback.sent : playback.sent + missing]
            playback.sent += len(part)
            missing -= len(part)
            parts.append(part)
            if playback.sent == len(playback.samples):
                playback.finished = True
                self._playing.popleft()
        return np.concatenate([*parts, _SILENCE[:missing]])

    def _with_echo(self, frame: Samples) -> Samples:
        assert self._trouble.echo_db is not None
        self._echo.append(self._last_heard)
        self._last_heard = _SILENCE
        echo = self._echo.popleft()[:FRAME] * 10 ** (self._trouble.echo_db / 20)
        mixed: Samples = (frame + np.pad(echo, (0, FRAME - len(echo)))).clip(-32768, 32767).astype(np.int16)
        return mixed

    def _send(self, packet: bytes) -> None:
        if not self._trouble.jitter:
            self._transport.sendto(packet, self._there)
            return
        at = max(self._free_at, self._loop.time() + self._dice.uniform(0, self._trouble.jitter))
        self._free_at = at
        self._loop.call_at(at, self._arrive, packet)

    def _arrive(self, packet: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.sendto(packet, self._there)
