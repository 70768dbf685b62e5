"""What was said and heard in a call, with instants (`time.monotonic()`)."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Said:
    """What the person said (or which keys they pressed)."""

    text: str
    started: float
    ended: float  #: last voiced sample
    is_greeting: bool = False
    asks_again: bool = False  #: a repetition is the right answer


@dataclass(frozen=True, kw_only=True)
class HeardPart:
    """A part of the robot's phrase, between two short pauses."""

    text: str  #: without the words that were not recognised
    started: float
    ended: float


@dataclass(frozen=True, kw_only=True)
class Heard:
    """A phrase of the robot."""

    parts: tuple[HeardPart, ...]
    decided: float  #: when the person had understood it

    @property
    def text(self) -> str:
        return " ".join(part.text for part in self.parts if part.text)

    @property
    def started(self) -> float:
        return self.parts[0].started

    @property
    def ended(self) -> float:
        return self.parts[-1].ended
