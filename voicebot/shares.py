"""So many of so many, with the interval in which the true share lies."""

from dataclasses import asdict, dataclass
from math import sqrt
from typing import Any

_Z = 1.96  # 95 %


@dataclass(frozen=True, kw_only=True)
class Share:
    """So many of so many."""

    hits: int
    of: int

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's, 95 %; of nothing everything is possible."""
        if not self.of:
            return 0.0, 1.0
        share, square = self.hits / self.of, _Z * _Z
        middle, spread = (
            share + square / (2 * self.of),
            _Z * sqrt(share * (1 - share) / self.of + square / (4 * self.of**2)),
        )
        scale = 1 + square / self.of
        return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)

    def as_json(self) -> dict[str, Any]:
        low, high = self.interval
        return {**asdict(self), "wilson": [round(low, 4), round(high, 4)]}
