"""A robot with a scenario of its own beside its Asterisk: where the answers are measured."""

import asyncio
import re
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from voicebot import config
from voicebot.app import sounds
from voicebot.bench import processor
from voicebot.config import Settings, Store
from voicebot.demo.child import child, until_ready
from voicebot.store import schema
from voicebot.telephony.local import LocalAsterisk
from voicebot.telephony.ports import Ports

NUMBER = "+74950000009"  #: of the scenario
_READY = "voicebot.app.service [-] ready"
_READY_LIMIT = 180.0  # seconds; the robot renders what its scenarios say
_LAG = re.compile(r"stopped loop_lag_p99_ms=([0-9.]+)")


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """What runs."""

    folder: Path
    settings: Settings
    sip_port: int  #: of the robot's Asterisk
    robot: Process
    asterisk: LocalAsterisk

    def processor_seconds(self) -> dict[str, float]:
        """Of the robot, its Asterisk, and of this process, which plays the callers."""
        return {
            "robot": processor.seconds(self.robot.pid),
            "asterisk": processor.seconds(self.asterisk.pid or 0),
            "simulator": processor.own_seconds(),
        }


@asynccontextmanager
async def exchange(
    folder: Path, scenario: Mapping[str, Any], *, program: tuple[str, ...] = ("voicebot", "serve")
) -> AsyncIterator[Exchange]:
    """Start all, give it, end all; the folder stays.

    Args:
        program: the robot's module and its arguments.

    Raises:
        VoicebotError: something is missing on this machine, or does not start.
    """
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    file = folder / "workload.yaml"
    file.write_text(yaml.safe_dump(dict(scenario), allow_unicode=True, sort_keys=False), encoding="utf-8")
    ports = Ports.free()
    async with AsyncExitStack() as stack:
        asterisk = LocalAsterisk(folder / "asterisk", ports=ports)
        settings = Settings(
            state_dir=folder,
            store=Store(url=f"sqlite:///{folder / 'voicebot.db'}"),
            ari=asterisk.ari,
            ami=(asterisk.ami,),
            inbound_scenario=str(file),
            speech=config.Speech(voice="espeak"),  # the same voice on every machine
        )
        asterisk.sounds = await sounds.render(settings)
        await asyncio.to_thread(schema.upgrade, settings.store.url)
        await stack.enter_async_context(asterisk)
        log = folder / "robot.log"
        robot = await stack.enter_async_context(child(settings, *program, log=log))
        await until_ready(robot, log, partial(_says_ready, log), limit=_READY_LIMIT, every=0.2)
        yield Exchange(folder=folder, settings=settings, sip_port=ports.sip, robot=robot, asterisk=asterisk)


def loop_lag_p99_ms(folder: Path) -> float:
    """What the robot said of its event loop when it ended."""
    found = _LAG.search((folder / "robot.log").read_text(errors="replace"))
    return float(found[1]) if found else float("nan")


async def _says_ready(log: Path) -> bool:
    return _READY in await asyncio.to_thread(log.read_text, errors="replace")
