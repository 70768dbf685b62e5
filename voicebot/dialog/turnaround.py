"""How long the other side waited for the robot's reply, and what took the time."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from voicebot.dialog.ports import Reply


@dataclass(frozen=True, kw_only=True)
class Turnaround:
    """From the last voiced sample of an answer to the first frame of what was said then; in milliseconds."""

    end_point_ms: int  #: until the answer's end was decided and its text settled
    meaning_ms: int  #: until it was understood, and so what comes next
    speaking_ms: int  #: until the first frame was sent: what was understood is stored, the phrase is there

    @property
    def total_ms(self) -> int:
        return self.end_point_ms + self.meaning_ms + self.speaking_ms


Observer: TypeAlias = Callable[[Turnaround], None]


def unobserved(_turnaround: Turnaround) -> None:
    """Nobody wants to know."""


class Stopwatch:
    """Told of every instant of a talk, in order; all are `time.monotonic()` seconds."""

    def __init__(self) -> None:
        self._answer: tuple[float, float, float] | None = None  # ended, decided, understood
        self._last: Turnaround | None = None

    def understood(self, reply: Reply) -> None:
        """What to say to this reply is known now."""
        ended, decided = reply.voice_ended, reply.decided
        self._answer = None if ended is None or decided is None else (ended, decided, time.monotonic())

    def spoke(self, started: float | None) -> Turnaround | None:
        """The robot's phrase began: gives the turnaround when it was the first after an answer."""
        if started is None or self._answer is None:
            return None
        ended, decided, understood = self._answer
        self._answer = None
        self._last = Turnaround(
            end_point_ms=_milliseconds(decided - ended),
            meaning_ms=_milliseconds(understood - decided),
            speaking_ms=_milliseconds(started - understood),
        )
        return self._last

    def taken(self) -> Turnaround | None:
        """The last turnaround, once."""
        last, self._last = self._last, None
        return last


def _milliseconds(seconds: float) -> int:
    return round(1000 * seconds)
