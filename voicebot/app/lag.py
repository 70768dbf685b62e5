"""How late the event loop is: what blocks it is heard by every caller."""

import asyncio
import time
from collections import deque

_EVERY = 0.05  # seconds between samples
_KEPT = 20_000  # samples: a quarter of an hour and a bit


class LoopLag:
    """Samples by how much a short sleep oversleeps."""

    def __init__(self) -> None:
        self._samples: deque[float] = deque(maxlen=_KEPT)

    async def watch(self) -> None:
        """Until cancelled."""
        while True:
            wanted = time.monotonic() + _EVERY
            await asyncio.sleep(_EVERY)
            self._samples.append(time.monotonic() - wanted)

    def percentile_ms(self, share: float) -> float:
        """Milliseconds that `share` (0…1) of the samples stay below; 0 without samples."""
        ordered = sorted(self._samples)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
