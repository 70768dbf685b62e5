"""Two robots, each a process of its own, on one PostgreSQL; one of them is killed in the midst of its calls."""

import asyncio
import json
import signal
import sys
import time
from asyncio.subprocess import Process
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from calling_robot import LINES, SPEED, Clock
from queue_world import World, wait_for
from sqlalchemy import func, select

from voicebot.bench.checker import Listed, Record, Talk, check
from voicebot.bench.checker_rules import Rules
from voicebot.outbound.policy import Policy
from voicebot.outcomes import Outcome
from voicebot.store.tables import CampaignState, ContactState, Line

ROBOT = Path(__file__).with_name("calling_robot.py")
POLICY = Policy.model_validate(
    {
        "windows": {"mon-sun": "00:00-24:00"},
        "max_attempts": 99,  # so that chance never makes anybody be given up
        "another_part_of_day": False,
        "pauses": {"busy": "1m", "no_answer": "90s", "congestion": "30s", "lost": "2m"},
        **dict.fromkeys(("per_day", "per_week", "per_month"), 99),
        "lines": LINES,
        "calls_per_second": 1e6,
    }
)


async def start(url: str, node: str, log: Path, clock: Clock) -> Process:
    return await asyncio.create_subprocess_exec(sys.executable, str(ROBOT), url, node, str(log), str(clock.began))


def stands_in_a_call(robot: Process, log: Path) -> bool:
    """Stop the robot where it is; where it is in no call, let it go on."""
    robot.send_signal(signal.SIGSTOP)
    told = log.read_text()
    if told.count("number") > told.count("outcome"):
        return True
    robot.send_signal(signal.SIGCONT)
    return False


def records(logs: list[Path], killed: dict[str, datetime]) -> list[Record]:
    """Calls of a killed robot that have no end ended with it."""
    calls: dict[str, dict[str, Any]] = {}
    for log in logs:
        for line in log.read_text().splitlines():
            told = json.loads(line)
            calls.setdefault(told["id"], {}).update(told)
    return [record(call, killed) for call in calls.values()]


def record(call: dict[str, Any], killed: dict[str, datetime]) -> Record:
    ended_at = call.get("ended_at") or killed[call["node"]].isoformat()
    outcome = call.get("outcome", Outcome.LOST.value)
    talks = tuple(Talk(contact=key, result="confirmed") for key in call["contacts"] if outcome == "answered")
    return Record(
        number=call["number"],
        campaign="c",
        at=datetime.fromisoformat(call["at"]),
        ended_at=datetime.fromisoformat(ended_at),
        outcome=outcome,
        node=call["node"],
        contacts=tuple(call["contacts"]),
        talks=talks,
    )


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
async def test_when_one_of_two_robots_is_killed_the_other_goes_on_without_a_second_call(
    world: World, url: str, tmp_path: Path
) -> None:
    clock = Clock(time.time())
    world.time.moment = clock.now()
    numbers = [f"+7916000{no:04}" for no in range(20)]
    await world.campaign(numbers + numbers[:3], policy=POLICY)
    logs = [tmp_path / "n1.jsonl", tmp_path / "n2.jsonl"]
    robots = [await start(url, log.stem, log, clock) for log in logs]
    try:
        await wait_for(lambda: all(log.exists() and log.read_text().count("number") >= 4 for log in logs))
        await wait_for(lambda: stands_in_a_call(robots[0], logs[0]))
        robots[0].kill()  # -9; some of its calls ring, some talk, some are being claimed
        await robots[0].wait()
        killed = clock.now()
        await wait_for(world.has_ended)
    finally:
        for robot in robots:
            if robot.returncode is None:
                robot.kill()
                await robot.wait()
    seen = records(logs, {"n1": killed, "n2": clock.now()})
    contacts = [
        Listed(id=contact.id, campaign="c", numbers=(numbers[(contact.id - 1) % 20],), zone="Europe/Moscow")
        for contact in await world.contacts()
    ]
    found = check(
        seen, contacts, {"c": Rules.read(POLICY.model_dump(mode="json"))}, slack=timedelta(seconds=SPEED / 10)
    )
    assert found.as_json() == dict.fromkeys(("double_dials", "forgotten", "caps", "windows"), 0), found.examples
    assert {contact.state for contact in await world.contacts()} == {ContactState.DONE}
    assert await world.state() is CampaignState.FINISHED
    assert Outcome.LOST in {attempt.outcome for attempt in await world.attempts()}
    async with world.database.read() as session:
        assert await session.scalar(select(func.count(Line.attempt_id))) == 0
