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

#: Somebody talks and somebody's telephone rings when the blow falls; the others wait.
WHO = ("confirms", "no_answer", "no_answer", "confirms", "no_answer", 486, 603, "confirms")
LINES = 3
_END = {"confirms": Outcome.ANSWERED, "no_answer": Outcome.NO_ANSWER, 486: Outcome.BUSY, 603: Outcome.REJECTED}


async def until(holds: Callable[[], bool], seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 (the city tells nobody)
            await asyncio.sleep(0.1)


def seen_as(on: Stage, seen: Seen) -> list[Witness]:
    return [one for one in on.city.witnesses() if one.seen is seen and one.ended_at is None]


async def talk_and_ringing(on: Stage) -> set[str]:
    """Wait until the robot talks with somebody and other telephones ring for ever; gives the numbers of these."""
    quiet = {f"+7916{index:07}" for index, kind in enumerate(WHO) if kind == "no_answer"}
    await until(lambda: any(one.number in quiet for one in seen_as(on, Seen.RANG)), 30)
    async with asyncio.timeout(20):
        while True:
            async with on.database.read() as session:
                if await session.scalar(select(Call.id).where(Call.answered_at.is_not(None))):
                    break
            await asyncio.sleep(0.05)
    return {one.number for one in seen_as(on, Seen.RANG)} & quiet


def outcomes(ringing: set[str], their_end: Outcome) -> dict[str, list[Outcome]]:
    """One attempt for everybody; those whose telephone rang when the blow fell ended so."""
    numbers = {f"+7916{index:07}": _END[kind] for index, kind in enumerate(WHO)}
    return {number: [their_end if number in ringing else end] for number, end in numbers.items()}


async def test_a_robot_killed_in_its_calls_knows_afterwards_how_they_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # They still ring when the next robot has started, however slow the machine.
    monkeypatch.setattr("voicebot.demo.stage._RING_TIMEOUT", timedelta(seconds=40))
    async with street(tmp_path, WHO, lines=LINES) as (on, _):
        await begin(on, lines=LINES)
        ringing = await talk_and_ringing(on)
        on.robot.kill()
        await on.robot.wait()
        async with child(on.settings, "voicebot", "serve", log=on.folder / "robot-2.log"):
            await over(on, timedelta(minutes=3))
            assert await taken_lines(on) == 0
            found, seen = await ended(on), invites(on)
        await idle(on.asterisk, within=30)
    assert ringing
    assert {number: [one.outcome for one in ends] for number, ends in found.items()} == outcomes(
        ringing, Outcome.CANCELLED
    )
    assert seen.pop("operator")  # who was in the talk got a person
    assert {number: len(calls) for number, calls in seen.items()} == dict.fromkeys(found, 1)


async def test_an_asterisk_killed_in_its_calls_loses_what_rang_and_calls_nobody_twice(tmp_path: Path) -> None:
    async with street(tmp_path, WHO, lines=LINES) as (on, _):
        await begin(on, lines=LINES)
        ringing = await talk_and_ringing(on)
        on.asterisk.kill()
        await on.asterisk.stop()
        await on.asterisk.start()
        await over(on, timedelta(minutes=3))
        assert await taken_lines(on) == 0
        found, seen = await ended(on), invites(on)
    assert ringing
    assert {number: [one.outcome for one in ends] for number, ends in found.items()} == outcomes(ringing, Outcome.LOST)
    assert {number: len(calls) for number, calls in seen.items()} == dict.fromkeys(found, 1)
