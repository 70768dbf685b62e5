"""A robot dies in its talks: nobody is left in silence, no line stays taken."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest

from voicebot.config import Recording, Settings
from voicebot.telephony.ari import Ari
from voicebot.telephony.guard import run_guard
from voicebot.telephony.inbound import Reception
from voicebot.telephony.local import LocalAsterisk
from voicebot.telephony.succession import release_inherited

from .boards import cleared, switchboard
from .sound import frames, idle, own_pair, recorded, strength, voiced

pytestmark = pytest.mark.asterisk

TALKS, RINGS = "+79990000002", "+79990000180"


def settings_of(asterisk: LocalAsterisk, folder: Path) -> Settings:
    return Settings(
        ari=asterisk.ari, ami=(asterisk.ami,), state_dir=folder / "state", recording=Recording(enabled=False)
    )


@asynccontextmanager
async def robot(settings: Settings, *numbers: str, talks: int = 1) -> AsyncIterator[asyncio.subprocess.Process]:
    """A robot process in so many talks."""
    plain = settings.model_dump(mode="json", include={"state_dir", "recording"})
    plain["ari"] = settings.ari.model_dump(mode="json") | {"password": settings.ari.password.get_secret_value()}
    plain["ami"] = [ami.model_dump(mode="json") | {"secret": ami.secret.get_secret_value()} for ami in settings.ami]
    file = settings.state_dir.parent / "settings.json"
    await asyncio.to_thread(file.write_text, json.dumps(plain))
    module = "tests.asterisk.mortal_robot"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, str(file), *numbers, stdout=PIPE, cwd=Path(__file__).parents[2]
    )
    try:
        assert process.stdout
        async with asyncio.timeout(90):
            for _ in range(talks):
                assert await process.stdout.readline() == b"talking\n"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@asynccontextmanager
async def guarding(settings: Settings) -> AsyncIterator[None]:
    task = asyncio.create_task(run_guard(settings))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def gap(file: Path, first: float, second: float) -> float:
    """Seconds between the end of one tone and the beginning of another in a recording."""
    heard = [(strength(part, first) > 0.5, strength(part, second) > 0.5) for part in frames(file)]
    ends = max(index for index, (one, _) in enumerate(heard) if one)
    begins = min(index for index, (_, other) in enumerate(heard) if other)
    return 0.02 * (begins - ends)


async def test_a_patient_hears_the_apology_soon_after_the_robot_was_killed(
    robot_asterisk: LocalAsterisk, network: LocalAsterisk, tmp_path: Path
) -> None:
    settings = settings_of(robot_asterisk, tmp_path)
    async with guarding(settings), robot(settings, TALKS, RINGS) as process:
        assert process.pid
        os.kill(process.pid, signal.SIGKILL)
        taken = await idle(robot_asterisk, within=30)
    heard = await recorded(network, "heard.wav")
    assert voiced(heard, 700) == pytest.approx(1.0, abs=0.1)
    silence = gap(heard, 440, 700)
    print(f"silence {silence:.2f} s, lines free after {taken:.1f} s")  # noqa: T201
    assert silence <= 5


async def test_a_caller_hears_the_apology_when_the_robot_is_stuck(
    robot_asterisk: LocalAsterisk, network: LocalAsterisk, tmp_path: Path
) -> None:
    settings = settings_of(robot_asterisk, tmp_path)
    async with guarding(settings):
        call = asyncio.create_task(network.command("channel originate PJSIP/+74950000001@trunk extension s@caller"))
        async with robot(settings, TALKS) as process:
            await call
            os.kill(process.pid, signal.SIGSTOP)
            await idle(robot_asterisk, within=30)
            os.kill(process.pid, signal.SIGCONT)
    heard = await recorded(network, "heard.wav")
    assert voiced(heard, 700) == pytest.approx(1.0, abs=0.1)
    assert np.isfinite(gap(heard, 440, 700))


@own_pair()
async def test_the_guard_leaves_a_living_robot_alone_and_outlives_asterisk(
    robot_asterisk: LocalAsterisk, network: LocalAsterisk, tmp_path: Path
) -> None:
    settings = settings_of(robot_asterisk, tmp_path)
    fast = settings.model_copy(update={"guard": settings.guard.model_copy(update={"timeout": settings.guard.beat * 3})})
    async with guarding(fast):
        async with robot(settings, TALKS):
            await asyncio.sleep(2.5)
            assert "2 active channels" in await robot_asterisk.command("core show channels count")
            robot_asterisk.kill()
            await robot_asterisk.stop()
            await robot_asterisk.start()
            await network.command("channel request hangup all")
            await idle(network, within=5)
        async with robot(settings, TALKS) as second:
            second.kill()
            await idle(robot_asterisk, within=30)
    assert voiced(await recorded(network, "heard.wav"), 700) == pytest.approx(1.0, abs=0.1)


async def test_a_robot_that_starts_again_at_once_releases_the_old_ones_calls(
    robot_asterisk: LocalAsterisk, network: LocalAsterisk, tmp_path: Path
) -> None:
    settings = settings_of(robot_asterisk, tmp_path)
    async with robot(settings, TALKS, RINGS) as process:
        process.kill()
        await process.wait()
        async with Ari(settings.ari) as ari:
            found = await release_inherited(ari, settings.guard.context)
            assert sorted(found) == [f"attempt{TALKS}", f"attempt{RINGS}"]
            await cleared(ari, within=30)
    assert voiced(await recorded(network, "heard.wav"), 700) == pytest.approx(1.0, abs=0.1)


@own_pair({"operators": ["PJSIP/absent@trunk"], "operators_wait": 1})
async def test_a_caller_who_comes_back_to_a_new_robot_hears_a_goodbye(
    robot_asterisk: LocalAsterisk, network: LocalAsterisk, tmp_path: Path
) -> None:
    async def talk(*_arguments: object) -> None:
        raise AssertionError("a talk that another robot began must not be resumed")

    async with switchboard(robot_asterisk, tmp_path) as board:
        serving = asyncio.create_task(Reception(board, talk).serve())
        await robot_asterisk.command(f"channel originate PJSIP/{TALKS}@trunk extension s@operators")
        heard = await recorded(network, "heard.wav")
        serving.cancel()
    assert voiced(heard, 900) == pytest.approx(0.5, abs=0.08)
