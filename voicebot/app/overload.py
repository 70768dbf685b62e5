"""Too much to do: no campaign calls are begun until those who are talking are answered in time again."""

import logging
from collections.abc import Callable

from voicebot.app.lag import LoopLag

_log = logging.getLogger(__name__)

# Each alone makes an answer 0.2-0.5 s later than the promised 0.4 s, and from 0.8 s on a talk feels broken.
_MOST_LAG_MS = 200.0  # of the event loop, p95 of the last seconds
_MOST_DELAY = 0.5  # seconds that sound waits for a thread that decodes it


class Overload:
    """Asked before each new call; logs when it begins and when it ends."""

    def __init__(self, lag: LoopLag, ear_delay: Callable[[], float]) -> None:
        """
        Args:
            ear_delay: seconds that sound waits to be decoded.
        """
        self._lag = lag
        self.ear_delay = ear_delay
        self.is_overloaded = False

    def may_call(self, under_way: int) -> bool:
        """Whether one more call may begin; the first always may: what is slow then, no waiting would mend."""
        lag, delay = self._lag.recent_ms(0.95), self.ear_delay()
        overloaded = lag > _MOST_LAG_MS or delay > _MOST_DELAY
        if overloaded != self.is_overloaded:
            self.is_overloaded = overloaded
            about = {"loop_lag_ms": round(lag), "ear_delay_ms": round(1000 * delay), "calls": under_way}
            _log.warning("overload: no new campaign calls" if overloaded else "the overload is over", extra=about)
        return under_way == 0 or not overloaded
