"""The circuit breaker of a trunk: when the network refuses call after call, it is given a rest, then one probe."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from voicebot.outcomes import Outcome

THRESHOLD = 5  #: so many refusals in a row, and the trunk rests
_FIRST_REST = timedelta(seconds=30)
_LONGEST_REST = timedelta(minutes=15)
#: What the network, not the subscriber, says no with.
REFUSALS = frozenset({Outcome.CONGESTION, Outcome.FAILED})
#: Outcomes that say nothing about the network: no call came about, or nobody saw how it ended.
_SILENT = frozenset({Outcome.CANCELLED, Outcome.NOT_DIALLED, Outcome.BLOCKED, Outcome.LOST})


@dataclass(frozen=True, kw_only=True)
class Health:
    """How a trunk does."""

    failures: int = 0  #: refusals in a row
    broken_until: datetime | None = None  #: no call before it; then one, as a probe

    @property
    def is_broken(self) -> bool:
        return self.failures >= THRESHOLD

    def rests_until(self, at: datetime) -> datetime | None:
        """When the trunk may be tried again; None: now."""
        if not self.is_broken or self.broken_until is None or self.broken_until <= at:
            return None
        # A clock that was set back must not prolong the rest.
        return min(self.broken_until, at + self._rest)

    def begun(self, at: datetime) -> "Health":
        """After a call began: on a broken trunk it is the probe, and no other begins for a while."""
        return self._broken(self.failures, at) if self.is_broken else self

    def ended(self, outcome: Outcome, *, began: datetime, at: datetime) -> "Health":
        """After a call ended; what began before the trunk broke says nothing new."""
        if outcome in _SILENT:
            return self
        if outcome not in REFUSALS:
            return Health()
        if self.broken_until is not None and began < self.broken_until - self._rest:
            return self
        return self._broken(self.failures + 1, at)

    @property
    def _rest(self) -> timedelta:
        doublings = min(max(self.failures - THRESHOLD, 0), 10)
        return min(_LONGEST_REST, _FIRST_REST * (1 << doublings))

    def _broken(self, failures: int, at: datetime) -> "Health":
        health = Health(failures=failures)
        return Health(failures=failures, broken_until=at + health._rest) if health.is_broken else health
