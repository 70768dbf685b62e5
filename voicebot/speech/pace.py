"""How long a silence ends an answer: by what its words are, and by how the caller speaks."""

from dataclasses import dataclass
from enum import StrEnum

#: Seconds of silence inside an answer that only slow speakers make. Fluent ones stay below 0.3 s, between the groups
#: of a telephone number too; to the voice detector a pause of 0.45 s is one of 0.44 to 0.78 s (docs/performance.md).
PAUSE = 0.4
_SAME_ANSWER = 0.9  # seconds after an answer in which what follows belongs to it: it was ended too soon


class Ending(StrEnum):
    """What the words of an answer say of its end."""

    OPEN = "open"  #: something is missing, or nothing was understood
    MAY_GO_ON = "may_go_on"  #: an answer to which people add: “да… приду”, “шестьдесят… пять”
    COMPLETE = "complete"


@dataclass(frozen=True, kw_only=True)
class Silences:
    """Seconds that end an answer of each kind."""

    open: float = 0.85
    may_go_on: float = 0.6
    slow: float = 0.5  #: a complete one, of somebody who pauses inside answers
    complete: float = 0.25

    def after(self, ending: Ending) -> float:
        return {Ending.OPEN: self.open, Ending.MAY_GO_ON: self.may_go_on, Ending.COMPLETE: self.complete}[ending]


class Pace:
    """One per call: who has paused inside an answer, or was cut off, is waited for from then on."""

    def __init__(self) -> None:
        self.is_slow = False
        self._ended = float("-inf")

    def needed(self, silences: Silences, ending: Ending, *, paused: bool) -> float:
        """Seconds of silence that end the present answer; `paused`: it has had a pause already."""
        if not paused and not self.is_slow:
            return silences.after(ending)
        return silences.slow if ending is Ending.COMPLETE else silences.open

    def answered(self, started: float, ended: float, longest_pause: float) -> None:
        """An answer with words is over; instants of its first and last voiced sample, seconds of its longest pause."""
        went_on = PAUSE <= started - self._ended < _SAME_ANSWER
        self.is_slow = self.is_slow or went_on or longest_pause >= PAUSE
        self._ended = ended
