"""What became of a call is read from Asterisk's own log, whoever was killed in it."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from voicebot.app.clock import SystemClock
from voicebot.app.evidence import AsteriskEvidence
from voicebot.outbound.recovery import OpenAttempt
from voicebot.outcomes import Outcome
from voicebot.telephony.ari import Ari
from voicebot.telephony.cel import CelLog
from voicebot.telephony.local import LocalAsterisk
from voicebot.telephony.succession import release_inherited

from .sound import idle, own_pair
from .test_telephony_guard import RINGS, TALKS, robot, settings_of

pytestmark = pytest.mark.asterisk

NODE = "n1"
BUSY = "+79990000486"


@asynccontextmanager
async def succeeded(asterisk: LocalAsterisk, folder: Path) -> AsyncIterator[AsteriskEvidence]:
    """The next robot has connected, and released what it found."""
    settings = settings_of(asterisk, folder)
    async with Ari(settings.ari) as ari:
        await release_inherited(ari, settings.guard.context)
        yield AsteriskEvidence(
            log=CelLog(asterisk.cel_file), ari=ari, clock=SystemClock(ZoneInfo("Europe/Moscow")), node=NODE
        )


def attempt(number: str, *, node: str = NODE, at: datetime) -> OpenAttempt:
    return OpenAttempt(id=f"attempt{number}", node=node, created_at=at)


async def some_earlier_call(asterisk: LocalAsterisk) -> datetime:
    """So that the log reaches back before what the test does."""
    await asterisk.command(f"channel originate PJSIP/{BUSY}@trunk application Wait 1")
    await idle(asterisk)
    await asyncio.sleep(2.5)  # the evidence allows for two seconds between two readings of the clock
    return datetime.now(UTC)


async def test_a_robot_killed_while_one_telephone_rang_and_another_talked(
    robot_asterisk: LocalAsterisk, network: LocalAsterisk, tmp_path: Path
) -> None:
    began = await some_earlier_call(robot_asterisk)
    async with robot(settings_of(robot_asterisk, tmp_path), TALKS, RINGS) as process:
        process.kill()
        await process.wait()
        async with succeeded(robot_asterisk, tmp_path) as evidence:
            talked, rang = attempt(TALKS, at=began), attempt(RINGS, at=began)
            assert await evidence(talked) is Outcome.ANSWERED
            assert await evidence(rang) is Outcome.CANCELLED
            never = OpenAttempt(id=uuid.uuid4().hex, node=NODE, created_at=datetime.now(UTC))
            assert await evidence(never) is Outcome.NOT_DIALLED
            elsewhere = attempt(TALKS, node="n2", at=began)
            assert await evidence(elsewhere) is None
        await idle(robot_asterisk, within=30)


async def test_a_refusal_that_came_when_the_robot_was_dead_is_known(
    robot_asterisk: LocalAsterisk, network: LocalAsterisk, tmp_path: Path
) -> None:
    began = await some_earlier_call(robot_asterisk)
    settings = settings_of(robot_asterisk, tmp_path)
    async with Ari(settings.ari) as ari:
        await ari.originate(
            f"PJSIP/{BUSY}@trunk", channel_id=f"attempt{BUSY}", ring_timeout=10, caller_id="+74950000000"
        )
    await idle(robot_asterisk)
    async with succeeded(robot_asterisk, tmp_path) as evidence:
        assert await evidence(attempt(BUSY, at=began)) is Outcome.BUSY


@own_pair()
async def test_an_asterisk_killed_in_its_calls_proves_the_talk_and_nothing_else(
    robot_asterisk: LocalAsterisk, network: LocalAsterisk, tmp_path: Path
) -> None:
    began = await some_earlier_call(robot_asterisk)
    async with robot(settings_of(robot_asterisk, tmp_path), TALKS, RINGS) as process:
        robot_asterisk.kill()
        await robot_asterisk.stop()
        process.kill()
        await robot_asterisk.start()
        async with succeeded(robot_asterisk, tmp_path) as evidence:
            assert await evidence(attempt(TALKS, at=began)) is Outcome.ANSWERED
            assert await evidence(attempt(RINGS, at=began)) is None
            # Asterisk may have dialled this one in its last moment.
            assert await evidence(OpenAttempt(id=uuid.uuid4().hex, node=NODE, created_at=began)) is None
        await idle(robot_asterisk, within=30)
