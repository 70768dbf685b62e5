"""Sound over AudioSocket, for an Asterisk without `chan_websocket`: the robot keeps the pace itself.

Asterisk connects to a socket of ours. A packet is a type (1 byte), a length (2 bytes, big endian) and the payload:
0x01 the call's UUID, 0x10 signed linear sound at 8 kHz, 0x03 a DTMF key, 0x00 the end. Asterisk queues nothing: what is
sent early is heard early, so a robot that is late leaves a hole.
"""

import asyncio
import uuid
from asyncio import StreamReader, StreamWriter

from voicebot.speech.audio import FRAME_BYTES, FRAME_SECONDS
from voicebot.telephony.ari import Ari
from voicebot.telephony.bridged import BridgedMedia
from voicebot.telephony.media import Playback
from voicebot.telephony.outflow import Due
from voicebot.telephony.ports import LOOPBACK

_END, _UUID, _KEY, _SOUND = 0x00, 0x01, 0x03, 0x10
_HEADER = 3  # bytes


class MediaAudiosocket(BridgedMedia):
    """Implements `Media`; made by `connect`."""

    tick = FRAME_SECONDS
    grace = 0.0  # nobody reports the end of a phrase: the pace tells it
    module = "chan_audiosocket"
    ahead = 2  # one frame is on its way while the next is due
    takes_back = False

    def __init__(self, ari: Ari, channel_id: str) -> None:
        super().__init__(ari, channel_id)
        self._id = uuid.uuid4()
        self._connected: asyncio.Future[tuple[StreamReader, StreamWriter]]
        self._reader: StreamReader
        self._writer: StreamWriter | None = None

    async def open_sound(self) -> None:
        self._connected = asyncio.get_running_loop().create_future()
        server = await asyncio.start_server(self._accept, LOOPBACK, 0)
        try:
            port = server.sockets[0].getsockname()[1]
            await self.ari.create_audiosocket(self.media_id, f"{LOOPBACK}:{port}", str(self._id))
            self._reader, self._writer = await self._connected
        finally:
            server.close()
        self.ready.set()

    async def receive(self) -> None:
        try:
            while (packet := await _packet(self._reader)) and packet[0] != _END:
                kind, payload = packet
                if kind == _SOUND:
                    self.hear(payload)
                elif kind == _KEY:
                    self.press(payload.decode("ascii"))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the channel has ended

    async def send(self, due: Due, *, flush: bool) -> None:
        assert self._writer
        for sound in (one for one in due if not isinstance(one, Playback)):
            raw = sound.astype("<i2", copy=False).tobytes()
            for start in range(0, len(raw), FRAME_BYTES):
                frame = raw[start : start + FRAME_BYTES]
                self._writer.write(bytes([_SOUND]) + len(frame).to_bytes(2, "big") + frame)
        await self._writer.drain()

    async def close_sound(self) -> None:
        if self._writer:
            self._writer.close()

    async def _accept(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Only who names the call's UUID is this call."""
        try:
            packet = await _packet(reader)
        except (asyncio.IncompleteReadError, ConnectionError):
            packet = None
        if packet == (_UUID, self._id.bytes) and not self._connected.done():
            self._connected.set_result((reader, writer))
        else:
            writer.close()


async def _packet(reader: StreamReader) -> tuple[int, bytes]:
    header = await reader.readexactly(_HEADER)
    return header[0], await reader.readexactly(int.from_bytes(header[1:], "big"))
