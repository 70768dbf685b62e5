"""The machine's clock, in the clinic's zone."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class SystemClock:
    """Implements `Clock`: people say "tomorrow" and "at five" in the clinic's zone."""

    zone: ZoneInfo

    def now(self) -> datetime:
        return datetime.now(self.zone)
