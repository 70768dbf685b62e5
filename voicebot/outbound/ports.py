"""What the queue needs from telephony."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from voicebot.outcomes import Outcome


@dataclass(frozen=True, kw_only=True)
class Dialling:
    """One number to dial; the attempt is committed before, and its id becomes the channel's id."""

    attempt_id: str
    number: str  #: E.164
    trunk: str  #: name of a trunk in the settings
    ring_timeout: timedelta


@dataclass(frozen=True, kw_only=True)
class DialEnd:
    """How the dialling ended; given when the line is free again."""

    outcome: Outcome
    ended_at: datetime
    answered_at: datetime | None = None
    cause: int | None = None  #: ISDN cause (Q.850)
    tech_cause: int | None = None  #: SIP status


class Dialler(Protocol):
    """Dials, lets the talk happen, and says how it ended."""

    async def dial(self, dialling: Dialling) -> DialEnd:
        """Return after the channel is destroyed; a cancelled task hangs the channel up first."""
