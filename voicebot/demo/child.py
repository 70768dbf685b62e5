"""The robot's processes, as children of the demonstration."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from voicebot import config
from voicebot.config import Settings
from voicebot.errors import VoicebotError

_STOP_LIMIT = 15.0  # seconds for an orderly end


@asynccontextmanager
async def child(settings: Settings, *arguments: str, log: Path) -> AsyncIterator[Process]:
    """`python -m ARGUMENTS` with these settings in its environment, its output in `log`; ended with the block."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("VOICEBOT_")}
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            *arguments,
            env={**own, **config.to_environment(settings)},
            stdin=DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        yield process
    finally:
        await _end(process)


async def until_ready(
    robot: Process, log: Path, is_ready: Callable[[], Awaitable[bool]], *, limit: float, every: float
) -> None:
    """Wait until the robot takes calls; asks every so many seconds, `limit` of them in all.

    Raises:
        VoicebotError: it has ended, or is not ready in time; tells the last line of its log.
    """
    try:
        async with asyncio.timeout(limit):
            while robot.returncode is None:
                if await is_ready():
                    return
                await asyncio.sleep(every)
    except TimeoutError:
        pass
    last = (await asyncio.to_thread(log.read_text, errors="replace")).strip().splitlines()
    raise VoicebotError(f"the robot does not start: {last[-1] if last else 'it said nothing'}", place=str(log))


async def _end(process: Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(_STOP_LIMIT):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
