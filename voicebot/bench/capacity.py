"""How many callers who speak at once one machine carries, the callers themselves included."""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voicebot.bench.answers import Answers, measure
from voicebot.bench.exchange import loop_lag_p99_ms
from voicebot.bench.turns import company, robot
from voicebot.bench.workload import Workload

LEVELS = (10, 20, 30, 40, 50)
_VOICES = 15  # different callers; more phone with the voice of another
_APART = 0.25  # seconds between two calls' beginnings
_LAG_MS = 20.0  # of the robot's event loop, p99


@dataclass(frozen=True, kw_only=True)
class Level:
    """So many calls at once."""

    calls: int
    answers: Answers
    cpu: Mapping[str, float]  #: by program, in cores, from the first call to the last
    loop_lag_p99_ms: float
    load: float  #: of the machine before

    @property
    def broken(self) -> list[str]:
        """The promises that were not kept."""
        late = self.loop_lag_p99_ms > _LAG_MS
        return self.answers.broken + ([f"loop lag {self.loop_lag_p99_ms} ms"] if late else [])

    def as_json(self) -> dict[str, Any]:
        return {
            **self.answers.as_json(),
            "calls": self.calls,
            "cpu": {name: round(cores, 2) for name, cores in self.cpu.items()},
            "loop_lag_p99_ms": self.loop_lag_p99_ms,
            "load": round(self.load, 1),
            "broken": self.broken,
        }


async def measure_levels(folder: Path, levels: Sequence[int]) -> list[Level]:
    """Each level with a robot of its own, until one breaks a promise.

    Raises:
        VoicebotError: something is missing on this machine, or does not start.
    """
    found: list[Level] = []
    for calls in levels:
        found.append(await _measure(folder / f"{calls}", calls))
        if found[-1].broken:
            break
    return found


def held(levels: Sequence[Level]) -> int:
    """The largest number of calls that broke nothing."""
    return max((level.calls for level in levels if not level.broken), default=0)


async def _measure(folder: Path, calls: int) -> Level:
    load = os.getloadavg()[0]
    workload = Workload.load()
    order = workload.orders["capacity"]
    async with robot(folder, workload, order) as (on, known):
        people = await company(workload, order, min(calls, _VOICES), known)
        began, before = time.monotonic(), on.processor_seconds()
        callers = await people.phone(on, calls, calls, apart=_APART)
        took, after = time.monotonic() - began, on.processor_seconds()
    return Level(
        calls=calls,
        answers=measure(callers, workload),
        cpu=dict(_cores(before, after, took)),
        loop_lag_p99_ms=loop_lag_p99_ms(folder),
        load=load,
    )


def _cores(before: Mapping[str, float], after: Mapping[str, float], seconds: float) -> Iterator[tuple[str, float]]:
    for name, used in after.items():
        yield name, (used - before[name]) / seconds
