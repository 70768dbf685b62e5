"""What time it is for the robot, in the clinic's zone."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from voicebot import config
from voicebot.dialog.ports import Clock


class RobotClock(Clock, Protocol):
    """A clock that can also tell what it showed at another instant."""

    def at(self, real: datetime) -> datetime:
        """What the robot took for the time at this instant of the machine's clock; aware."""


@dataclass(frozen=True)
class SystemClock:
    """The machine's clock; people say "tomorrow" and "at five" in the clinic's zone."""

    zone: ZoneInfo

    def now(self) -> datetime:
        return datetime.now(self.zone)

    def at(self, real: datetime) -> datetime:
        return real.astimezone(self.zone)


@dataclass(frozen=True)
class SimulatedClock:
    """A clock that runs `speed` times as fast, and showed `simulated` at the instant `real`."""

    zone: ZoneInfo
    speed: float
    real: datetime
    simulated: datetime

    def now(self) -> datetime:
        return self.at(datetime.now(UTC))

    def at(self, real: datetime) -> datetime:
        return (self.simulated + (real - self.real) * self.speed).astimezone(self.zone)


def open_clock(settings: config.Settings) -> RobotClock:
    """The clock that the settings ask for."""
    wanted = settings.clock
    if wanted.real is None or wanted.simulated is None:
        return SystemClock(settings.clinic.zone)
    return SimulatedClock(settings.clinic.zone, wanted.speed, wanted.real, wanted.simulated)
