"""Time that stands while a robot works, and goes on to the next thing when it waits."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

_LOOK = timedelta(seconds=0.5)  # a sleep so long is no waiting for something, but for another look whether there is any
_FIRST = timedelta(seconds=10)
_SLOWER = 3
_LONGEST = timedelta(minutes=1)  # between two looks of an idle robot


@dataclass(eq=False)
class _Sleeper:
    until: datetime
    waker: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class VirtualTime:
    """The clock of one robot, and what it sleeps by; somebody else moves it.

    A robot that looks for work every half second through a day would be all that a simulation does. What it waits for
    wakes it: a call's end, the next moment at which the trunk takes a call. So another look comes after ten seconds,
    and later and later, up to a minute, while no call begins; people who become due meanwhile wait so long.
    """

    def __init__(self, moment: datetime, zone: ZoneInfo) -> None:
        self._moment = moment.astimezone(zone)
        self._zone = zone
        self._sleepers: set[_Sleeper] = set()
        self._idle = _FIRST

    def now(self) -> datetime:
        return self._moment

    @property
    def wakes_at(self) -> datetime | None:
        """When the first sleeper wakes; None: nobody sleeps."""
        return min((sleeper.until for sleeper in self._sleepers), default=None)

    def is_busy(self) -> None:
        """A call begins: there is work."""
        self._idle = _FIRST

    def move(self, moment: datetime) -> None:
        """It is so late now; wakes those whose time has come."""
        self._moment = max(self._moment, moment.astimezone(self._zone))
        for sleeper in self._sleepers:
            if sleeper.until <= self._moment and not sleeper.waker.done():
                sleeper.waker.set_result(None)

    async def sleep(self, seconds: float) -> None:
        """In the place of `asyncio.sleep`."""
        length = timedelta(seconds=seconds)
        if length >= _LOOK:
            length = max(length, self._idle)
            self._idle = min(_LONGEST, _SLOWER * self._idle)
        sleeper = _Sleeper(until=self._moment + length)
        self._sleepers.add(sleeper)
        try:
            await sleeper.waker
        finally:
            self._sleepers.discard(sleeper)
