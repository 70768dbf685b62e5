"""All checks of a machine, side by side."""

import asyncio
import logging
from collections.abc import Awaitable
from pathlib import Path

from voicebot import config
from voicebot.config import Settings
from voicebot.doctor import asterisk, machine, manager, speech, store
from voicebot.doctor.check import Check, fail, failed, ok
from voicebot.errors import ConfigError

_log = logging.getLogger(__name__)


async def examine(path: Path | None) -> list[Check]:
    """Look at everything; changes nothing but a trial file and the state directory itself.

    `path`: the settings file, None for the usual places. Wrong settings end the examination with that one finding.
    """
    try:
        settings = config.load(path)
    except ConfigError as error:
        return [failed("settings", error)]
    file = config.file_of(path)
    first = ok("settings", str(file) if file else "no file: defaults and environment")
    return [first, *await _all(settings, file)]


async def _all(settings: Settings, file: Path | None) -> list[Check]:
    looks = {
        "machine": asyncio.to_thread(machine.checks, settings, file),
        "database": asyncio.to_thread(store.checks, settings.store),
        "asterisk": asterisk.checks(settings),
        "ami": manager.checks(settings.ami),
        "speech": asyncio.to_thread(speech.checks, settings.speech),
    }
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_to_the_end(name, look)) for name, look in looks.items()]
    return [check for task in tasks for check in task.result()]


async def _to_the_end(name: str, look: Awaitable[list[Check]]) -> list[Check]:
    """A check that breaks is a finding itself: the others are wanted all the more."""
    try:
        return await look
    except Exception as error:
        _log.exception("a check broke")
        return [fail(name, f"this check broke: {error!r}", "Please report it, with the output of voicebot -v doctor.")]
