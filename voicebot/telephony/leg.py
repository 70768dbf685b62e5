"""One channel as ARI's events tell of it: entered, left, came back, ended."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from voicebot.errors import AriError
from voicebot.telephony.ari import CHANNEL_LOST, Ari, AriEvent

log = logging.getLogger(__name__)

_END_LIMIT = 5.0  # seconds that a channel may take to end after it was hung up; measured 0.01
RETURNED = "returned"  #: first argument of `Stasis` when nobody took a transferred call, see dialplans/operators.conf


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How a channel ended."""

    at: datetime
    lost: bool = False  #: nobody saw it: Asterisk died, or the connection to it was away
    cause: int | None = None  #: Q.850
    tech_cause: int | None = None  #: SIP status


class Leg:
    """Follows a channel for as long as the block lasts; enter it before the request that makes the channel."""

    def __init__(self, ari: Ari, channel_id: str) -> None:
        self.channel_id = channel_id
        self.entered_at: datetime | None = None  #: first entry into the application: the answer of a dialled call
        self.in_app = False
        self.returned = False  #: came back from the operators
        self.machine = False  #: it was no person that answered
        self.ending: Ending | None = None
        self._ari = ari
        self._changed = asyncio.Condition()
        self._follower: asyncio.Task[None]

    async def __aenter__(self) -> Self:
        self._ari.inbox(self.channel_id)
        self._follower = asyncio.create_task(self._follow(), name=f"leg {self.channel_id}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._follower.cancel()
        await asyncio.gather(self._follower, return_exceptions=True)
        self._ari.forget(self.channel_id)

    async def until(self, reached: Callable[["Leg"], bool]) -> None:
        """Wait until it is so; the leg's ending ends every wait."""
        async with self._changed:
            await self._changed.wait_for(lambda: reached(self) or self.ending is not None)

    async def ended(self) -> Ending:
        """Wait for the end."""
        await self.until(lambda leg: leg.ending is not None)
        assert self.ending
        return self.ending

    async def hang_up(self) -> None:
        """End it, and wait until it has ended; harmless when it has."""
        if self.ending:
            return
        try:
            await self._ari.hang_up(self.channel_id)
            async with asyncio.timeout(_END_LIMIT):
                await self.ended()
        except AriError as error:  # an Asterisk that has died took the channel with it
            log.warning("not hung up", extra={"channel": self.channel_id, "reason": error.what})
        except TimeoutError:
            log.exception("Asterisk does not say that a channel has ended", extra={"channel": self.channel_id})

    async def _follow(self) -> None:
        async for event in self._ari.inbox(self.channel_id):
            async with self._changed:
                self._take(event)
                self._changed.notify_all()

    def _take(self, event: AriEvent) -> None:
        match event["type"]:
            case "StasisStart":
                self.in_app = True
                self.returned = event.get("args", [])[:1] == [RETURNED]
                self.entered_at = self.entered_at or datetime.now(UTC)
            case "StasisEnd":
                self.in_app = False
            case "ChannelDestroyed":
                cause, tech_cause = event.get("cause"), event.get("tech_cause")
                self.ending = Ending(at=datetime.now(UTC), cause=cause or None, tech_cause=tech_cause or None)
            case lost if lost == CHANNEL_LOST:
                self.ending = Ending(at=datetime.now(UTC), lost=True)
