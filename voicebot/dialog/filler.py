"""“Секундочку”: what the other side hears while something takes its time."""

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Protocol, TypeVar, runtime_checkable

from voicebot.dialog.ports import Line, Prompt
from voicebot.errors import VoicebotError

AFTER = 1.5  #: seconds of work before the first filler
AGAIN = 6.0  #: seconds from one to the next
_TURN = 0.1  # seconds between two looks whether the other side still speaks

T = TypeVar("T")


@runtime_checkable
class Heard(Protocol):
    """A line that knows whether somebody speaks on it."""

    def is_speaking(self) -> bool:
        """Whether the other side speaks now."""


async def covered(work: Awaitable[T], line: Line, texts: Sequence[str]) -> T:
    """Do the work; when it takes long say these texts, each once, one after the other, never into the other's speech.

    Nobody waits at a line that is not heard (a terminal, a written talk): there nothing is said. Whoever hangs up while
    one is said does not stop the work: what was begun is finished first.

    Raises:
        HungUp: the other side is gone.
    """
    if not isinstance(line, Heard):
        return await work
    working = asyncio.ensure_future(work)
    try:
        pause = AFTER
        for text in texts:
            await _wait(working, pause)
            while not working.done() and line.is_speaking():
                await _wait(working, _TURN)
            if working.done():
                break
            await line.say(Prompt(fragments=(text,)))
            pause = AGAIN
        return await working
    except VoicebotError:
        await asyncio.gather(working, return_exceptions=True)
        raise
    finally:
        if not working.done():
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)


async def _wait(working: asyncio.Future[T], seconds: float) -> None:
    await asyncio.wait({working}, timeout=seconds)
