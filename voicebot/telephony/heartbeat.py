"""The robot's sign of life: a small file, rewritten while the event loop turns."""

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from voicebot.config import Settings


@asynccontextmanager
async def beating(settings: Settings) -> AsyncIterator[None]:
    """Beat for as long as the block lasts; enter it before the application is registered.

    It beats on the event loop on purpose: a robot whose loop is stuck is as dead to its callers as one that is gone.
    """
    file = settings.heartbeat_file
    await asyncio.to_thread(_write, file, settings)
    beater = asyncio.create_task(_beat(file, settings), name="heartbeat")
    try:
        yield
    finally:
        beater.cancel()
        await asyncio.gather(beater, return_exceptions=True)
        await asyncio.to_thread(file.unlink, missing_ok=True)


def age(file: Path) -> float | None:
    """Seconds since the last beat; None when there is no robot, or its file is of before the machine's last start."""
    try:
        seconds = time.monotonic() - float(json.loads(file.read_text(encoding="utf-8"))["at"])
    except (OSError, ValueError, KeyError):
        return None
    return seconds if seconds >= 0 else None


async def _beat(file: Path, settings: Settings) -> None:
    while True:
        await asyncio.sleep(settings.guard.beat.total_seconds())
        await asyncio.to_thread(_write, file, settings)


def _write(file: Path, settings: Settings) -> None:
    sign = {"at": time.monotonic(), "pid": os.getpid(), "node": settings.node, "app": settings.ari.app}
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = file.with_suffix(".new")
    draft.write_text(json.dumps(sign), encoding="utf-8")
    draft.replace(file)
