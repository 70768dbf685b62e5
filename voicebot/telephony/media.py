"""The audio connection of one call to Asterisk: frames in, phrases out. Two implementations speak it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Protocol

from voicebot.speech.audio import Samples


@dataclass(frozen=True, kw_only=True)
class Frame:
    """20 ms of the caller's voice, and when it came (`time.monotonic()`)."""

    samples: Samples
    at: float


@dataclass(frozen=True, kw_only=True)
class Key:
    """A DTMF key of the caller."""

    digit: str
    at: float


@dataclass(eq=False)
class Playback:
    """One phrase on its way to the caller's ear."""

    samples: Samples
    sent: int = 0  #: samples given to Asterisk and not taken back
    first_frame_at: float | None = None  #: `time.monotonic()` of the first frame
    finished: bool = False  #: heard to the end (not flushed)
    extra: dict[str, float] = field(default_factory=dict)


class Media(Protocol):
    """Sound of one call, 8 kHz mono both ways."""

    def __aiter__(self) -> AsyncIterator[Frame | Key]:
        """What the caller says, until the call ends."""

    def play(self, samples: Samples) -> Playback:
        """Queue a phrase behind those that are playing."""

    async def played(self, playback: Playback) -> bool:
        """Wait until it was heard; False if it was flushed or the call ended first."""

    def flush(self) -> None:
        """Silence now: drop all queued sound, here and inside Asterisk."""

    def duck(self, decibels: float) -> None:
        """Attenuate what is played from now on by so many dB (0: back to full)."""

    def hold(self, on: bool) -> None:
        """Pause the playback where it is, or go on."""

    def go_back(self, playback: Playback, sample: int) -> None:
        """Go on from this sample of it, which the caller has heard before."""

    def position(self, playback: Playback) -> float:
        """Seconds of it that the caller has heard, as far as is known."""

    def sounding(self) -> float:
        """RMS of what the caller hears from the robot just now, on the samples' scale; 0 in silence."""

    async def close(self) -> None:
        """End the connection; harmless when it has ended."""
