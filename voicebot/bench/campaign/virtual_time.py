"""Time that stands while a robot works, and goes on to the next thing when it waits."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

_SLOWER = 4
_LONGEST = timedelta(minutes=1)  # between two looks of an idle robot


@dataclass(eq=False)
class _Sleeper:
    until: datetime
    asked: timedelta
    waker: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class VirtualTime:
    """The clock of one robot, and what it sleeps by; somebody else moves it.

    A robot that looks for work every half second through a night would be all that a simulation does. So a sleep
    whose robot did nothing since its last one takes four times as long, up to a minute; a call's beginning or end
    shortens it again.
    """

    def __init__(self, moment: datetime, zone: ZoneInfo) -> None:
        self._moment = moment.astimezone(zone)
        self._zone = zone
        self._sleepers: set[_Sleeper] = set()
        self._idle = timedelta(0)

    def now(self) -> datetime:
        return self._moment

    @property
    def wakes_at(self) -> datetime | None:
        """When the first sleeper wakes; None: nobody sleeps."""
        return min((sleeper.until for sleeper in self._sleepers), default=None)

    def is_busy(self) -> None:
        """Something happened: robots look as often as they mean to."""
        self._idle = timedelta(0)
        for sleeper in self._sleepers:
            sleeper.until = min(sleeper.until, self._moment + sleeper.asked)

    def move(self, moment: datetime) -> None:
        """It is so late now; wakes those whose time has come."""
        self._moment = max(self._moment, moment.astimezone(self._zone))
        for sleeper in self._sleepers:
            if sleeper.until <= self._moment and not sleeper.waker.done():
                sleeper.waker.set_result(None)

    async def sleep(self, seconds: float) -> None:
        """In the place of `asyncio.sleep`."""
        asked = timedelta(seconds=seconds)
        sleeper = _Sleeper(until=self._moment + max(asked, self._idle), asked=asked)
        self._idle = min(_LONGEST, _SLOWER * max(asked, self._idle))
        self._sleepers.add(sleeper)
        try:
            await sleeper.waker
        finally:
            self._sleepers.discard(sleeper)
