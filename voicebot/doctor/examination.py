"""All checks of a machine, side by side."""

import asyncio
from pathlib import Path

from voicebot import config
from voicebot.config import Settings
from voicebot.doctor import asterisk, machine, manager, speech, store
from voicebot.doctor.check import Check, failed, ok
from voicebot.errors import ConfigError


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
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(asyncio.to_thread(machine.checks, settings, file)),
            group.create_task(asyncio.to_thread(store.checks, settings.store)),
            group.create_task(asterisk.checks(settings)),
            group.create_task(manager.checks(settings.ami)),
            group.create_task(asyncio.to_thread(speech.checks, settings.speech)),
        ]
    return [check for task in tasks for check in task.result()]
