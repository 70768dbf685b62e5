"""What Prometheus may ask a robot, on the loopback address: how fast it answers, and how much it carries."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Gauge, Histogram, start_http_server

from voicebot.dialog.turnaround import Turnaround
from voicebot.telephony.ports import LOOPBACK

_BUCKETS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0)  # seconds; 0.4 and 0.7 are promised


class Metrics:
    """One per robot. Holds no names, no numbers and no words."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._replies = Histogram(
            "voicebot_reply_seconds",
            "From the end of an answer to the first frame of the reply, whole and in parts",
            ["part"],
            registry=self._registry,
            buckets=_BUCKETS,
        )

    def replied(self, reply: Turnaround) -> None:
        """The robot has answered."""
        parts = {
            "total": reply.total_ms,
            "end_point": reply.end_point_ms,
            "meaning": reply.meaning_ms,
            "speaking": reply.speaking_ms,
        }
        for part, milliseconds in parts.items():
            self._replies.labels(part).observe(milliseconds / 1000)

    def gauge(self, name: str, about: str, value: Callable[[], float]) -> None:
        """Something that is looked up when it is asked for, as `voicebot_NAME`."""
        Gauge(f"voicebot_{name}", about, registry=self._registry).set_function(value)

    @contextmanager
    def served(self, port: int) -> Iterator[None]:
        """While the block lasts, http://127.0.0.1:PORT/metrics answers; not with port 0.

        Raises:
            OSError: the port is taken.
        """
        if not port:
            yield
            return
        server, thread = start_http_server(port, addr=LOOPBACK, registry=self._registry)
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
