"""Everything that a demonstration needs, started: the city, the robot's Asterisk, the robot and its guard."""

import asyncio
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import select

from voicebot import config
from voicebot.app import sounds
from voicebot.app.clock import open_clock
from voicebot.config import Clinic, Settings, Store, Trunk
from voicebot.demo import cast, telephones
from voicebot.demo.cast import Member
from voicebot.demo.child import child, until_ready
from voicebot.demo.sabotage import Sabotage
from voicebot.dialog.ports import Clock
from voicebot.simulator.city import City
from voicebot.store import schema
from voicebot.store.database import Database
from voicebot.store.tables import Node
from voicebot.telephony.local import LocalAsterisk
from voicebot.telephony.ports import LOOPBACK, Ports

_READY_LIMIT = 120.0  # seconds; the robot loads its models and reads its scenarios, on a busy machine too
_RING_TIMEOUT = timedelta(seconds=6)
_MORNING = 10  # o'clock, when the demonstration begins, whatever time it is
_SPEED = 90.0  # an hour's pause passes in forty seconds


@dataclass(frozen=True, kw_only=True)
class Stage:
    """What runs, and where it leaves its traces."""

    folder: Path
    settings: Settings
    clock: Clock
    today: date  #: the simulated one
    database: Database
    city: City
    asterisk: LocalAsterisk
    robot: Process
    guard: Process


@asynccontextmanager
async def stage(
    folder: Path,
    people: Sequence[Member],
    *,
    lines: int = 2,
    seed: int = 0,
    speed: float = _SPEED,
    sabotage: Sabotage | None = None,
) -> AsyncIterator[Stage]:
    """Start all, give it, end all; the folder stays. The robot's clock is simulated: it is morning, and hours fly.

    Args:
        seed: another one gives other voices.
        speed: so many simulated seconds pass in a real one.

    Raises:
        VoicebotError: something is missing on this machine, or does not start.
    """
    robot_ports, city_ports = Ports.free(), Ports.free()
    async with AsyncExitStack() as stack:
        asterisk = LocalAsterisk(folder / "asterisk", values={"trunk_port": city_ports.sip}, ports=robot_ports)
        settings = _settings(folder, asterisk, people, lines, speed)
        clock = open_clock(settings)
        today = clock.now().date()
        asterisk.sounds = await sounds.render(settings)
        subscribers = telephones.called(people, today, seed)
        await asyncio.to_thread(cast.write_lists, people, today, folder)
        city = City(
            folder / "city", robot=(LOOPBACK, robot_ports.sip), subscribers=subscribers, ports=city_ports, today=today
        )
        await asyncio.to_thread(schema.upgrade, settings.store.url)
        database = Database(settings.store.url, timeout=timedelta(seconds=10), clock=clock.now)
        stack.push_async_callback(database.close)
        await stack.enter_async_context(city)
        await stack.enter_async_context(asterisk)
        program = ("voicebot.demo.sabotage", sabotage) if sabotage else ("voicebot", "serve")
        robot = await stack.enter_async_context(child(settings, *program, log=folder / "robot.log"))
        takes_calls = partial(_takes_calls, database)
        await until_ready(robot, folder / "robot.log", takes_calls, limit=_READY_LIMIT, every=0.1)
        guard = await stack.enter_async_context(child(settings, "voicebot", "guard", log=folder / "guard.log"))
        yield Stage(
            folder=folder,
            settings=settings,
            clock=clock,
            today=today,
            database=database,
            city=city,
            asterisk=asterisk,
            robot=robot,
            guard=guard,
        )


def _settings(folder: Path, asterisk: LocalAsterisk, people: Sequence[Member], lines: int, speed: float) -> Settings:
    now = datetime.now(UTC)
    morning = now.astimezone(Clinic().zone).replace(hour=_MORNING, minute=0, second=0, microsecond=0)
    trunk = Trunk(lines=lines, caller_id=cast.HOTLINE, ring_timeout=_RING_TIMEOUT)
    return Settings(
        state_dir=folder,
        store=Store(url=f"sqlite:///{folder / 'voicebot.db'}"),
        ari=asterisk.ari,
        ami=(asterisk.ami,),
        trunks=(trunk,),
        inbound_numbers={cast.line_in(name): name for name in cast.scenarios(people, calls=True)},
        # The patients' ears were measured with this voice (docs/simulator.md), whatever else is installed.
        speech=config.Speech(voice="espeak"),
        clock=config.Clock(speed=speed, real=now, simulated=morning),
    )


async def _takes_calls(database: Database) -> bool:
    async with database.read() as session:
        return bool(await session.scalar(select(Node.name)))
