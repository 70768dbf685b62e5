"""Asterisk's REST interface: typed requests, and one inbox of events per channel."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from datetime import datetime
from types import TracebackType
from typing import Any, Self, TypeAlias

import aioari
import aiohttp

from voicebot import config
from voicebot.errors import AriError, AriNotFound
from voicebot.telephony.ari_client import HttpClient, open_client, socket_url, translated
from voicebot.telephony.inherited import OWNER

log = logging.getLogger(__name__)

AriEvent: TypeAlias = dict[str, Any]  #: as Asterisk sends it

#: Put into an inbox when the channel ended unseen: Asterisk died, or the connection to it was away.
CHANNEL_LOST = "ChannelLost"
_BACK_OFF = (0.1, 5.0)  # seconds: first and longest


class Inbox:
    """The events of one channel, in order. `async for` ends when it is closed."""

    def __init__(self, channel_id: str) -> None:
        self.channel_id = channel_id
        self._queue: asyncio.Queue[AriEvent | None] = asyncio.Queue()

    def put(self, event: AriEvent) -> None:
        self._queue.put_nowait(event)

    def close(self) -> None:
        self._queue.put_nowait(None)

    async def __aiter__(self) -> AsyncIterator[AriEvent]:
        while (event := await self._queue.get()) is not None:
            yield event

    async def wait_for(self, *types: str) -> AriEvent:
        """The next event of one of these types; those before it are dropped.

        Raises:
            AriError: the channel ended first.
        """
        async for event in self:
            if event["type"] in types:
                return event
            if event["type"] in ("ChannelDestroyed", CHANNEL_LOST):
                break
        raise AriError(f"the channel ended before {' or '.join(types)}", place=self.channel_id)


class Ari:
    """One connection to one Asterisk, for one Stasis application; reconnects by itself.

    async with Ari(settings.ari) as ari:
        async for start in ari.arrivals(): …
    """

    def __init__(self, settings: config.Ari) -> None:
        self.settings = settings
        self.app = settings.app
        self._inboxes: dict[str, Inbox] = {}
        self._arrivals: asyncio.Queue[AriEvent] = asyncio.Queue()
        self._client: aioari.Client
        self._http: HttpClient
        self._events: aiohttp.ClientWebSocketResponse
        self._reader: asyncio.Task[None]

    async def __aenter__(self) -> Self:
        """
        Raises:
            AriError: unreachable, or the user or password is wrong.
        """
        self._client, self._http = await open_client(self.settings)
        try:
            self._events = await self._listen()
        except BaseException:
            await self._http.close()
            raise
        self._reader = asyncio.create_task(self._read(), name="ari events")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._reader.cancel()
        await asyncio.gather(self._reader, return_exceptions=True)
        await self._events.close()
        await self._http.close()
        for inbox in self._inboxes.values():
            inbox.close()

    async def failed(self) -> None:
        """Wait until the connection is given up for good.

        Raises:
            AriError: another robot has taken the application's name.
        """
        await asyncio.shield(self._reader)

    # --- events -----------------------------------------------------------------------------------------------------

    async def arrivals(self) -> AsyncIterator[AriEvent]:
        """`StasisStart` of channels that nobody had an inbox for: inbound calls. Their inbox is open already."""
        while True:
            yield await self._arrivals.get()

    def inbox(self, channel_id: str) -> Inbox:
        """The channel's inbox; open it before the request that makes the channel, so that no event is missed."""
        return self._inboxes.setdefault(channel_id, Inbox(channel_id))

    def forget(self, channel_id: str) -> None:
        """The channel's inbox is no longer wanted."""
        if inbox := self._inboxes.pop(channel_id, None):
            inbox.close()

    # --- channels ---------------------------------------------------------------------------------------------------

    async def originate(
        self,
        endpoint: str,
        *,
        channel_id: str,
        ring_timeout: float,
        caller_id: str = "",
        arguments: str = "",
    ) -> None:
        """Dial; the called channel enters the application when it answers. Open its inbox first.

        Args:
            ring_timeout: seconds, at least 1 (Asterisk counts whole ones).
        """
        given = {"callerId": caller_id, "appArgs": arguments}
        await self._request(
            "channels",
            "originate",
            endpoint=endpoint,
            app=self.app,
            channelId=channel_id,
            timeout=max(1, round(ring_timeout)),
            variables={OWNER: self.app},
            **{key: value for key, value in given.items() if value},
        )
        # Keeps its ChannelDestroyed coming after it has left the application for the operators' queue.
        await self._quietly_subscribe(channel_id)

    async def answer(self, channel_id: str) -> None:
        await self._request("channels", "answer", channelId=channel_id)

    async def ring(self, channel_id: str) -> None:
        """Let the caller hear ringing."""
        await self._request("channels", "ring", channelId=channel_id)

    async def send_keys(self, channel_id: str, digits: str) -> None:
        """Press DTMF keys towards the channel's other side."""
        await self._request("channels", "sendDTMF", channelId=channel_id, dtmf=digits)

    async def hang_up(self, channel_id: str, *, cause: int | None = None) -> None:
        """End it; harmless when it has ended.

        Args:
            cause: Q.850, before the answer: 17 becomes SIP 486, 21 403, 1 404, 34 503.
        """
        reason = {"reason_code": str(cause)} if cause is not None else {}
        try:
            await self._request("channels", "hangup", channelId=channel_id, **reason)
        except AriNotFound:
            log.debug("hang-up of a channel that has ended", extra={"channel": channel_id})

    async def continue_in_dialplan(self, channel_id: str, context: str, extension: str = "s") -> None:
        """Hand the channel to the dialplan; its `StasisEnd` follows."""
        place = {"context": context, "extension": extension, "priority": 1}
        await self._request("channels", "continueInDialplan", channelId=channel_id, **place)

    async def leave(self, channel_id: str) -> None:
        """Let the dialplan go on behind its `Stasis()`."""
        await self._request("channels", "continueInDialplan", channelId=channel_id)

    async def set_variable(self, channel_id: str, name: str, value: str) -> None:
        await self._request("channels", "setChannelVar", channelId=channel_id, variable=name, value=value)

    async def get_variable(self, channel_id: str, name: str) -> str:
        """A channel variable or function; empty when it is not set."""
        answer = await self._request("channels", "getChannelVar", channelId=channel_id, variable=name)
        return str(answer["value"])

    async def running_since(self) -> datetime:
        """When this Asterisk was started."""
        told = await self._request("asterisk", "getInfo", only="status")
        return datetime.strptime(told["status"]["startup_time"], "%Y-%m-%dT%H:%M:%S.%f%z")

    async def channels(self) -> list[AriEvent]:
        """All channels of this Asterisk."""
        return [channel.json for channel in await self._request("channels", "list")]

    async def subscribe(self, channel_id: str) -> None:
        """Go on getting the channel's events after it has left the application."""
        source = f"channel:{channel_id}"
        await self._request("applications", "subscribe", applicationName=self.app, eventSource=source)

    # --- sound ------------------------------------------------------------------------------------------------------

    async def create_media(self, channel_id: str) -> str:
        """A media channel of 8 kHz signed linear sound; returns the id that its socket is opened with.

        Its `StasisStart` comes only after the socket has been opened.
        """
        created = await self._request(
            "channels",
            "externalMedia",
            channelId=channel_id,
            app=self.app,
            external_host="INCOMING",
            encapsulation="none",
            transport="websocket",
            connection_type="server",
            format="slin",
            transport_data="f(json)",
        )
        variables = created.json.get("channelvars", {})
        name = "MEDIA_WEBSOCKET_CONNECTION_ID"
        return str(variables.get(name) or await self.get_variable(channel_id, name))

    async def create_audiosocket(self, channel_id: str, address: str, call: str) -> None:
        """A media channel of 8 kHz signed linear sound, for which Asterisk connects to an AudioSocket server.

        Args:
            address: host and port of the server.
            call: the UUID by which Asterisk names the call there.
        """
        await self._request(
            "channels",
            "externalMedia",
            channelId=channel_id,
            app=self.app,
            external_host=address,
            encapsulation="audiosocket",
            transport="tcp",
            format="slin",
            data=call,
        )

    async def open_media_socket(self, connection_id: str) -> aiohttp.ClientWebSocketResponse:
        """
        Raises:
            AriError: Asterisk does not take it.
        """
        with translated(self.settings):
            url = socket_url(self.settings, f"media/{connection_id}")
            return await self._http.session.ws_connect(url, protocols=("media",), max_msg_size=0)

    async def create_bridge(self, bridge_id: str) -> None:
        await self._request("bridges", "createWithId", bridgeId=bridge_id, type="mixing")

    async def add_to_bridge(self, bridge_id: str, *channel_ids: str) -> None:
        """Every channel must have had its `StasisStart`."""
        await self._request("bridges", "addChannel", bridgeId=bridge_id, channel=list(channel_ids))

    async def bridges(self) -> list[str]:
        """The ids of all bridges of this Asterisk."""
        return [bridge.id for bridge in await self._request("bridges", "list")]

    async def destroy_bridge(self, bridge_id: str) -> None:
        """Harmless when it is gone."""
        try:
            await self._request("bridges", "destroy", bridgeId=bridge_id)
        except AriNotFound:
            log.debug("a bridge that is gone", extra={"bridge": bridge_id})

    # --- inside -----------------------------------------------------------------------------------------------------

    async def _request(self, resource: str, operation: str, **arguments: Any) -> Any:
        if self._http.session.closed:
            raise AriError("the connection to ARI has been closed", place=self.settings.url)
        with translated(self.settings):
            return await getattr(getattr(self._client, resource), operation)(**arguments)

    async def _quietly_subscribe(self, channel_id: str) -> None:
        try:
            await self.subscribe(channel_id)
        except AriError:
            log.debug("the channel ended at once", extra={"channel": channel_id})

    async def _listen(self) -> aiohttp.ClientWebSocketResponse:
        with translated(self.settings):
            events: aiohttp.ClientWebSocketResponse = await self._client.swagger.events.eventWebsocket(app=self.app)
            return events

    async def _read(self) -> None:
        while True:
            async for message in self._events:
                if message.type is aiohttp.WSMsgType.TEXT:
                    self._dispatch(json.loads(message.data))
            log.warning("the connection to ARI is lost", extra={"url": self.settings.url})
            self._events = await self._reconnect()

    async def _reconnect(self) -> aiohttp.ClientWebSocketResponse:
        pause, longest = _BACK_OFF
        while True:
            try:
                events = await self._listen()
                alive = {channel["id"] for channel in await self.channels()}
            except AriError as error:
                log.warning("ARI is away", extra={"reason": error.what})
                await asyncio.sleep(pause)
                pause = min(2 * pause, longest)
                continue
            log.info("connected to ARI again", extra={"channels": len(alive)})
            self._declare_lost(alive)
            return events

    def _declare_lost(self, alive: set[str]) -> None:
        for channel_id, inbox in self._inboxes.items():
            if channel_id not in alive:
                inbox.put({"type": CHANNEL_LOST, "channel": {"id": channel_id}})

    def _dispatch(self, event: AriEvent) -> None:
        if event["type"] == "ApplicationReplaced":
            mend = "Give every robot a name of its own in [ari] app."
            raise AriError("another robot has taken the application", place=self.app, mend=mend)
        channel_id = (event.get("peer") or event.get("channel") or {}).get("id", "")
        inbox = self._inboxes.get(channel_id)
        if inbox is None and event["type"] == "StasisStart":
            inbox = self.inbox(channel_id)
            self._arrivals.put_nowait(event)
        if inbox is not None:
            inbox.put(event)
