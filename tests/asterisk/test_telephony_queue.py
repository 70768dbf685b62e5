"""Which people a call goes to, and who is served first: over a real queue."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from voicebot.config import Operators
from voicebot.dialog.ports import Handover
from voicebot.outbound.ports import Dialling
from voicebot.telephony import handover
from voicebot.telephony.call import Call
from voicebot.telephony.dialler import PbxDialler
from voicebot.telephony.local import LocalAsterisk

from .boards import switchboard
from .sound import own_pair

pytestmark = pytest.mark.asterisk

OPERATOR = "PJSIP/operator@trunk"
OPERATORS = Operators(groups={"child": "child"}, wait=timedelta(minutes=5))
#: What the robot knows of each caller.
FACTS: dict[str, dict[str, str]] = {
    "plain": {},
    "insured": {"priority": "5"},
    "vip": {"priority": "10"},
    "child": {"group": "child"},
}


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await true():  # noqa: ASYNC110 (the queue is asked: nobody tells who waits in it)
            await asyncio.sleep(0.1)


@own_pair({"operators": [OPERATOR]})
async def test_a_group_has_people_of_its_own_and_in_a_queue_the_important_are_served_first(
    robot_asterisk: LocalAsterisk, network: LocalAsterisk, tmp_path: Path
) -> None:
    async def talk(call: Call, attempt_id: str) -> None:
        await call.transfer(Handover(call_id=attempt_id, reason="operator", facts=FACTS[attempt_id]))
        await call.hang_up()

    async def in_queue(number: int) -> bool:
        shown = await robot_asterisk.command("queue show operators")
        return len(re.findall(r"\(wait: ", shown)) == number

    async with switchboard(robot_asterisk, tmp_path) as board:
        settings = board.settings.model_copy(update={"operators": OPERATORS})
        object.__setattr__(board, "settings", settings)
        await robot_asterisk.command(
            f"dialplan add extension child,1,Dial({OPERATOR},,b(operators-header^s^1)) into operators"
        )
        await robot_asterisk.command(f"queue pause member {OPERATOR} queue operators")
        dialler = PbxDialler(board, talk)
        async with asyncio.TaskGroup() as calls:
            for waiting, one in enumerate(FACTS, start=1):
                dialling = Dialling(
                    attempt_id=one, number="+79990000002", trunk="trunk", ring_timeout=timedelta(seconds=10)
                )
                calls.create_task(dialler.dial(dialling))
                if one != "child":
                    await until(partial(in_queue, waiting))
            await until(partial(logged, network, 1))
            await robot_asterisk.command(f"queue unpause member {OPERATOR} queue operators")
    served = [one.call_id for one in told(network)]
    assert served == ["child", "vip", "insured", "plain"]


def told(network: LocalAsterisk) -> list[Handover]:
    """What operators were told, in the order in which their telephones rang, each once."""
    found = map(handover.decode, re.findall(r"handover=(\S+)", network.log_file.read_text()))
    return list({one.call_id: one for one in found}.values())


async def logged(network: LocalAsterisk, number: int) -> bool:
    return len(told(network)) >= number
