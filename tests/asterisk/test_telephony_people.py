"""Hand-over to a person, and calls that come in."""

import asyncio
import re
from datetime import timedelta
from pathlib import Path

import pytest
import soundfile

from voicebot.config import Operators
from voicebot.dialog.ports import Handover, Prompt
from voicebot.errors import HungUp
from voicebot.outbound.ports import Dialling
from voicebot.outcomes import Outcome
from voicebot.telephony import handover
from voicebot.telephony.call import Call
from voicebot.telephony.dialler import PbxDialler
from voicebot.telephony.inbound import Reception
from voicebot.telephony.local import LocalAsterisk

from .boards import cleared, switchboard
from .sound import own_pair, recorded, strength, voiced

pytestmark = pytest.mark.asterisk

TOLD = Handover(call_id="attempt", reason="operator", facts={"врач": "кардиолог", "дата": "24 ноября; 15:30, вторник"})
NOBODY = {"operators": ["PJSIP/absent@trunk"]}


def dialling(number: str) -> Dialling:
    return Dialling(attempt_id="attempt", number=number, trunk="trunk", ring_timeout=timedelta(seconds=10))


async def test_an_operator_takes_the_call_and_is_told_all(
    robot_asterisk: LocalAsterisk, network: LocalAsterisk, tmp_path: Path
) -> None:
    taken: list[bool] = []

    async def talk(call: Call, _attempt_id: str) -> None:
        taken.append(await call.transfer(TOLD))
        await call.hang_up()

    async with switchboard(robot_asterisk, tmp_path, record=True) as board:
        loop = asyncio.get_running_loop()
        began = loop.time()
        end = await asyncio.wait_for(PbxDialler(board, talk).dial(dialling("+79990000002")), 15)
        await cleared(board.ari)
        lasted = loop.time() - began
    assert taken == [True]
    assert end.outcome is Outcome.ANSWERED
    assert lasted > 2.4  # the operator hung up after two seconds, not the robot
    header = re.findall(r"handover=(\S+)", network.log_file.read_text())
    assert [handover.decode(text) for text in header] == [TOLD]


@own_pair(NOBODY)
async def test_a_caller_whom_nobody_takes_comes_back_to_the_robot(
    robot_asterisk: LocalAsterisk, network: LocalAsterisk, tmp_path: Path
) -> None:
    taken: list[bool] = []

    async def talk(call: Call, _attempt_id: str) -> None:
        await call.say(Prompt(fragments=("440 0.5",)))
        taken.append(await call.transfer(TOLD))
        await call.say(Prompt(fragments=("600 0.5",)))

    async with switchboard(robot_asterisk, tmp_path, record=True) as board:
        settings = board.settings.model_copy(update={"operators": Operators(wait=timedelta(seconds=1))})
        object.__setattr__(board, "settings", settings)
        await asyncio.wait_for(PbxDialler(board, talk).dial(dialling("+79990000002")), 15)
        both, _ = soundfile.read(settings.recordings_dir / "attempt.flac", dtype="int16")
    assert taken == [False]
    heard = await recorded(network, "heard.wav")
    assert voiced(heard, 440) == pytest.approx(0.5, abs=0.08)
    assert voiced(heard, 600) == pytest.approx(0.5, abs=0.08)
    assert strength(both[:, 1], 440) > 0.3 and strength(both[:, 1], 600) > 0.3


@own_pair(NOBODY)
async def test_a_caller_who_gives_up_waiting_has_hung_up(
    robot_asterisk: LocalAsterisk, network: LocalAsterisk, tmp_path: Path
) -> None:
    raised: list[str] = []

    async def talk(call: Call, _attempt_id: str) -> None:
        with pytest.raises(HungUp) as caught:
            await call.transfer(TOLD)
        raised.append(caught.typename)

    async with switchboard(robot_asterisk, tmp_path) as board:
        await asyncio.wait_for(PbxDialler(board, talk).dial(dialling("+79990000003")), 15)
        # the hang-up of a caller in the queue ends the ringing at the operator's too
        await cleared(board.ari)
    assert raised == ["HungUp"]


async def test_a_caller_is_answered_and_talked_with(
    robot_asterisk: LocalAsterisk, network: LocalAsterisk, tmp_path: Path
) -> None:
    taken: list[tuple[str, str]] = []

    async def talk(call: Call, caller: str, dialled: str) -> None:
        taken.append((caller, dialled))
        await call.say(Prompt(fragments=("440 1",)))

    async with switchboard(robot_asterisk, tmp_path) as board:
        serving = asyncio.create_task(Reception(board, talk).serve())
        await network.command("channel originate PJSIP/+74950000001@trunk extension s@caller")
        heard = await recorded(network, "caller-heard.wav")
        serving.cancel()
        await cleared(board.ari)
    assert [dialled for _, dialled in taken] == ["+74950000001"]
    assert voiced(heard, 440) == pytest.approx(1.0, abs=0.08)


async def test_a_robot_that_stops_finishes_the_talk_and_leaves_new_callers_to_people(
    robot_asterisk: LocalAsterisk, network: LocalAsterisk, tmp_path: Path
) -> None:
    said: list[float | None] = []
    talking = asyncio.Event()

    async def talk(call: Call, _caller: str, _dialled: str) -> None:
        talking.set()
        said.append(await call.say(Prompt(fragments=("440 1",))))

    async with switchboard(robot_asterisk, tmp_path) as board:
        reception = Reception(board, talk)
        serving = asyncio.create_task(reception.serve())
        await network.command("channel originate PJSIP/+74950000001@trunk extension s@caller")
        await asyncio.wait_for(talking.wait(), 15)
        reception.stop()
        await asyncio.wait_for(reception.drained(), 15)
        assert len(said) == 1 and said[0]
        await recorded(network, "caller-heard.wav")
        await network.command("channel originate PJSIP/+74950000001@trunk extension s@caller")
        heard = await recorded(network, "caller-heard.wav")
        serving.cancel()
    assert len(said) == 1
    assert voiced(heard, 700) == pytest.approx(1.0, abs=0.08)


async def test_a_caller_without_a_robot_hears_an_apology_and_gets_a_person(
    robot_asterisk: LocalAsterisk, network: LocalAsterisk
) -> None:
    await network.command("channel originate PJSIP/+74950000001@trunk extension s@caller")
    heard = await recorded(network, "caller-heard.wav")
    assert voiced(heard, 700) == pytest.approx(1.0, abs=0.08)
    assert "handover=" in network.log_file.read_text()


@own_pair(NOBODY | {"operators_wait": 1})
async def test_a_caller_without_robot_or_person_hears_a_goodbye(
    robot_asterisk: LocalAsterisk, network: LocalAsterisk
) -> None:
    await network.command("channel originate PJSIP/+74950000001@trunk extension s@caller")
    heard = await recorded(network, "caller-heard.wav")
    assert voiced(heard, 900) == pytest.approx(0.5, abs=0.08)
