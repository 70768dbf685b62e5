"""Robot and Asterisk are killed in the middle of calls: nobody is called twice, nobody forgotten, no line is lost."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from voicebot.demo.child import child
from voicebot.demo.stage import Stage
from voicebot.outcomes import Outcome
from voicebot.simulator.witness import Seen, Witness
from voicebot.store.tables import Call

from .sound import idle
from .street import begin, ended, invites, over, street, taken_lines

pytestmark = [pytest.mark.asterisk, pytest.mark.slow]

WHO = ("confirms", "no_answer", "no_answer", "confirms", 486, 603, "confirms")
LINES = 3  # the first three are under way when the blow falls, the others wait


async def until(holds: Callable[[], bool], seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 (the city tells nobody)
            await asyncio.sleep(0.1)


def seen_as(on: Stage, seen: Seen) -> list[Witness]:
    return [one for one in on.city.witnesses() if one.seen is seen and one.ended_at is None]


async def talk_and_ringing(on: Stage) -> None:
    """Wait until the robot talks with the first patient, and the telephones of the next two ring."""
    await until(lambda: bool(seen_as(on, Seen.ANSWERED)) and len(seen_as(on, Seen.RANG)) == 2, 30)
    async with asyncio.timeout(10):
        while True:
            async with on.database.read() as session:
                if await session.scalar(select(Call.id).where(Call.answered_at.is_not(None))):
                    return
            await asyncio.sleep(0.05)


async def test_a_robot_killed_in_its_calls_knows_afterwards_how_they_ended(tmp_path: Path) -> None:
    async with street(tmp_path, WHO, lines=LINES) as (on, members):
        await begin(on, lines=LINES)
        await talk_and_ringing(on)
        on.robot.kill()
        await on.robot.wait()
        async with child(on.settings, "voicebot", "serve", log=on.folder / "robot-2.log"):
            await over(on, timedelta(minutes=2))
            assert await taken_lines(on) == 0
            found, seen = await ended(on), invites(on)
        await idle(on.asterisk, within=30)
        calls = {number: len(witnesses) for number, witnesses in seen.items()}
    outcomes = [[one.outcome for one in found[member.number]] for member in members]
    assert outcomes == [
        [Outcome.ANSWERED],
        [Outcome.CANCELLED],
        [Outcome.CANCELLED],
        *([Outcome.ANSWERED], [Outcome.BUSY], [Outcome.REJECTED], [Outcome.ANSWERED]),
    ]
    assert calls == {member.number: 1 for member in members}


async def test_an_asterisk_killed_in_its_calls_loses_what_rang_and_calls_nobody_twice(tmp_path: Path) -> None:
    async with street(tmp_path, WHO, lines=LINES) as (on, members):
        await begin(on, lines=LINES)
        await talk_and_ringing(on)
        on.asterisk.kill()
        await on.asterisk.stop()
        await on.asterisk.start()
        await over(on, timedelta(minutes=2))
        assert await taken_lines(on) == 0
        found, seen = await ended(on), invites(on)
    outcomes = [[one.outcome for one in found[member.number]] for member in members]
    assert outcomes == [
        [Outcome.ANSWERED],
        [Outcome.LOST],
        [Outcome.LOST],
        *([Outcome.ANSWERED], [Outcome.BUSY], [Outcome.REJECTED], [Outcome.ANSWERED]),
    ]
    assert {number: len(witnesses) for number, witnesses in seen.items()} == {member.number: 1 for member in members}
