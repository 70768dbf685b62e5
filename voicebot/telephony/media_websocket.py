"""Sound over Asterisk's media WebSocket (chan_websocket): Asterisk paces, a flush is immediate."""

import json
import logging
from typing import Any

import aiohttp

from voicebot.speech.audio import FRAME
from voicebot.telephony.ari import Ari
from voicebot.telephony.bridged import BridgedMedia
from voicebot.telephony.media import Playback
from voicebot.telephony.outflow import AHEAD, Due

log = logging.getLogger(__name__)

_MESSAGE = 50 * FRAME  # samples; Asterisk refuses messages of 64 kB and more


class MediaWebsocket(BridgedMedia):
    """Implements `Media`; made by `connect`."""

    tick = 0.4  # two seconds lie ahead
    grace = 1.0
    module = "chan_websocket"
    ahead = AHEAD
    takes_back = True

    def __init__(self, ari: Ari, channel_id: str) -> None:
        super().__init__(ari, channel_id)
        self._socket: aiohttp.ClientWebSocketResponse | None = None

    async def open_sound(self) -> None:
        connection = await self.ari.create_media(self.media_id)
        self._socket = await self.ari.open_media_socket(connection)

    async def receive(self) -> None:
        assert self._socket
        async for message in self._socket:
            if message.type is aiohttp.WSMsgType.BINARY:
                self.hear(message.data)
            elif message.type is aiohttp.WSMsgType.TEXT:
                self._obey(json.loads(message.data))

    async def send(self, due: Due, *, flush: bool) -> None:
        assert self._socket
        if flush:
            await self._socket.send_json({"command": "FLUSH_MEDIA"})
        for one in due:
            if isinstance(one, Playback):
                await self._socket.send_json({"command": "MARK_MEDIA", "correlation_id": str(id(one))})
                continue
            for start in range(0, len(one), _MESSAGE):
                part = one[start : start + _MESSAGE]
                await self._socket.send_bytes(part.astype("<i2", copy=False).tobytes())

    async def close_sound(self) -> None:
        if self._socket:
            await self._socket.close()

    def _obey(self, event: dict[str, Any]) -> None:
        match event.get("event"):
            case "MEDIA_START":
                self.ready.set()
            case "DTMF_END":
                self.press(event["digit"])
            case "MEDIA_XOFF":
                self.may_send = False
            case "MEDIA_XON":
                self.may_send = True
            case "MEDIA_MARK_PROCESSED":
                self.marked(int(event["correlation_id"]))
            case "ERROR":
                log.error("Asterisk refuses a media command", extra={"event": event})
