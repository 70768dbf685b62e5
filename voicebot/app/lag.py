"""How late the event loop is: what blocks it is heard by every caller."""

import asyncio
import time
from collections import deque
from collections.abc import Iterable

_EVERY = 0.05  # seconds between samples
_KEPT = 20_000  # samples: a quarter of an hour and a bit
_RECENT = 100  # samples: five seconds


class LoopLag:
    """Samples by how much a short sleep oversleeps."""

    def __init__(self) -> None:
        self._samples: deque[float] = deque(maxlen=_KEPT)
        self._recent: deque[float] = deque(maxlen=_RECENT)

    async def watch(self) -> None:
        """Until cancelled."""
        while True:
            wanted = time.monotonic() + _EVERY
            await asyncio.sleep(_EVERY)
            self.take([time.monotonic() - wanted])

    def take(self, samples: Iterable[float]) -> None:
        """More of them, in seconds."""
        for sample in samples:
            self._samples.append(sample)
            self._recent.append(sample)

    def percentile_ms(self, share: float) -> float:
        """Milliseconds that `share` (0…1) of the samples stay below; 0 without samples."""
        return _percentile_ms(self._samples, share)

    def recent_ms(self, share: float) -> float:
        """The same of the last five seconds; from any thread."""
        return _percentile_ms(self._recent, share)


def _percentile_ms(samples: Iterable[float], share: float) -> float:
    ordered = sorted(samples)  # one step for the interpreter: nothing is added meanwhile
    return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
