"""Who has answered a dialled call: with a person the talk goes on, with a machine it is broken off."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from typing import Protocol, runtime_checkable

from voicebot.dialog.machine_watch import Watch
from voicebot.dialog.ports import Line
from voicebot.errors import MachineAnswered, VoicebotError
from voicebot.speech.audio import Samples
from voicebot.speech.ear import Ears

_log = logging.getLogger(__name__)


@runtime_checkable
class Telephone(Line, Protocol):
    """A line with sound on it; a terminal has none."""

    def overheard(self, by: Callable[[Samples, float, bool], None]) -> AbstractContextManager[None]:
        """While the block lasts, `by` gets every 20 ms: samples, the instant of their end, whether the robot speaks."""

    def break_off(self, error: VoicebotError) -> None:
        """Be silent; the `say` or `ask` under way, else the next one, raises the error."""


@asynccontextmanager
async def listening_along(line: Line, ears: Ears | None, is_settled: Callable[[], bool]) -> AsyncIterator[Watch | None]:
    """Inside the block, the line raises `MachineAnswered` as soon as it is sure that there is a machine.

    Gives None where nothing can be heard.

    Args:
        is_settled: the talk has achieved something already, so it was with a person.
    """
    if ears is None or not isinstance(line, Telephone):
        yield None
        return
    async with Watch(ears) as watch:
        with line.overheard(watch.hear):
            breaking = asyncio.create_task(_break_off(line, watch, is_settled), name=f"machine {line.call_id}")
            try:
                yield watch
            finally:
                breaking.cancel()
                await asyncio.gather(breaking, return_exceptions=True)


async def _break_off(line: Telephone, watch: Watch, is_settled: Callable[[], bool]) -> None:
    verdict = await watch.machine()
    about = {"after_s": round(verdict.after, 1), "signs": ",".join(verdict.signs)}
    if is_settled():
        _log.warning("signs of a machine in a talk that has a result", extra=about)
        return
    _log.info("a machine has answered", extra=about)
    line.break_off(MachineAnswered("a machine has answered", place=line.call_id))
