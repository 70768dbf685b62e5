"""Asterisk's manager interface: actions, lists and events of one named server; reconnects by itself."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self, TypeAlias

from panoramisk import Manager

from voicebot.config import Ami as AmiSettings
from voicebot.errors import AmiError

log = logging.getLogger(__name__)

AmiEvent: TypeAlias = dict[str, Any]  #: header → value

_BANNER = b"Asterisk Call Manager"
_END = b"\r\n\r\n"


class _Manager(Manager):  # type: ignore[misc]
    """panoramisk's, which would otherwise go on reconnecting after it was closed."""

    closed = False

    def connect(self, *arguments: Any, **options: Any) -> "asyncio.Task[Any] | None":
        return None if self.closed else super().connect(*arguments, **options)

    def connection_made(self, future: "asyncio.Future[Any]") -> None:
        super().connection_made(future)
        if self.closed:
            super().close()

    def close(self) -> None:
        self.closed = True
        super().close()


class Ami:
    """One manager connection.

    async with Ami(settings.ami[0]) as ami:
        await ami.action("Hangup", Channel="call-17")
    """

    def __init__(self, settings: AmiSettings) -> None:
        self.settings = settings
        self._manager: _Manager
        self._listeners: list[tuple[frozenset[str], asyncio.Queue[AmiEvent]]] = []
        self._logged_in = asyncio.Event()

    async def __aenter__(self) -> Self:
        """
        Raises:
            AmiError: unreachable, no AMI there, or the user or secret is wrong.
        """
        await self._check_login()
        self._manager = _Manager(
            host=self.settings.host,
            port=self.settings.port,
            username=self.settings.user,
            secret=self.settings.secret.get_secret_value(),
            reconnect_timeout=1,
            on_login=lambda _manager: self._logged_in.set(),
            on_disconnect=lambda _manager, _reason: self._logged_in.clear(),
        )
        self._manager.register_event("*", self._dispatch)
        self._manager.connect()
        try:
            async with asyncio.timeout(self.settings.timeout.total_seconds()):
                await self._logged_in.wait()
        except TimeoutError:
            await self.__aexit__(None, None, None)
            raise self._silent() from None
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._manager.close()

    @property
    def connected(self) -> bool:
        return self._logged_in.is_set()

    async def action(self, name: str, **headers: str) -> AmiEvent:
        """Do it; the answer's headers.

        Raises:
            AmiError: refused, or no answer in time.
        """
        return (await self._send(name, headers))[0]

    async def items(self, name: str, **headers: str) -> list[AmiEvent]:
        """The items of a list action such as `CoreShowChannels`.

        Raises:
            AmiError: refused, or no answer in time.
        """
        return [item for item in (await self._send(name, headers))[1:] if not item["Event"].endswith("Complete")]

    @contextmanager
    def events(self, *names: str) -> Iterator[asyncio.Queue[AmiEvent]]:
        """A queue that gets these events for as long as the block lasts."""
        listener = (frozenset(names), asyncio.Queue[AmiEvent]())
        self._listeners.append(listener)
        try:
            yield listener[1]
        finally:
            self._listeners.remove(listener)

    async def _send(self, name: str, headers: dict[str, str]) -> list[AmiEvent]:
        # A line break in a value would be an action of its own.
        safe = {key: " ".join(value.splitlines()) for key, value in headers.items()}
        try:
            async with asyncio.timeout(self.settings.timeout.total_seconds()):
                await self._logged_in.wait()
                answer = await self._manager.send_action({"Action": name, **safe})
        except TimeoutError:
            raise self._silent() from None
        messages = answer if isinstance(answer, list) else [answer]
        if not messages[0].success:
            raise AmiError(f"AMI refuses {name}: {messages[0].message}", place=self.settings.name)
        return [dict(message) for message in messages]

    def _dispatch(self, _manager: Manager, event: Any) -> None:
        for names, queue in self._listeners:
            if event.event in names:
                queue.put_nowait(dict(event))

    async def _check_login(self) -> None:
        """panoramisk alone would try a wrong password for ever."""
        secret = self.settings.secret.get_secret_value()
        login = f"Action: Login\r\nUsername: {self.settings.user}\r\nSecret: {secret}\r\nEvents: off\r\n\r\n"
        try:
            async with asyncio.timeout(self.settings.timeout.total_seconds()):
                reader, writer = await asyncio.open_connection(self.settings.host, self.settings.port)
                try:
                    banner = await reader.readline()
                    writer.write(login.encode())
                    answer = await reader.readuntil(_END) if banner.startswith(_BANNER) else b""
                finally:
                    writer.close()
        except TimeoutError:
            raise self._silent() from None
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            mend = "Does Asterisk run, and are [[ami]] host and port right?"
            raise AmiError(f"AMI is not reachable ({error})", place=self._place, mend=mend) from None
        if not banner.startswith(_BANNER):
            raise AmiError("this is not an AMI port", place=self._place, mend="Check [[ami]] port.")
        if b"Response: Success" not in answer:
            mend = "Compare [[ami]] user and secret with Asterisk's manager.conf (and its permit lines)."
            raise AmiError(f"AMI refuses the user {self.settings.user!r} or the secret", place=self._place, mend=mend)

    @property
    def _place(self) -> str:
        return f"{self.settings.host}:{self.settings.port}"

    def _silent(self) -> AmiError:
        limit = self.settings.timeout.total_seconds()
        mend = "Does Asterisk run, and are [[ami]] host and port right?"
        return AmiError(f"AMI does not answer within {limit:g} s", place=self._place, mend=mend)
