"""Threads that decode, and how long sound waits for one of them."""

import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from threading import Lock
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_WINDOW = 5.0  # seconds that a delay is remembered for


class Workers(ThreadPoolExecutor):
    """An executor that measures its own queue."""

    def __init__(self, threads: int) -> None:
        super().__init__(threads, thread_name_prefix="ear")
        self._guard = Lock()
        self._waiting: dict[object, float] = {}  # job → when it came
        self._waited: deque[tuple[float, float]] = deque()  # when it began, how long it had waited

    def submit(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        job = object()
        with self._guard:
            self._waiting[job] = time.monotonic()
        return super().submit(self._begin, job, partial(work, *args, **kwargs))

    def delay(self) -> float:
        """The longest that a job has waited in the last seconds, or waits now; in seconds."""
        now = time.monotonic()
        with self._guard:
            while self._waited and self._waited[0][0] < now - _WINDOW:
                self._waited.popleft()
            waited = [seconds for _, seconds in self._waited]
            return max([*waited, *(now - came for came in self._waiting.values())], default=0.0)

    def _begin(self, job: object, work: Callable[[], T]) -> T:
        now = time.monotonic()
        with self._guard:
            self._waited.append((now, now - self._waiting.pop(job)))
        return work()
