"""Dialling out: what becomes of an attempt, from real SIP answers."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import soundfile

from voicebot.config import MediaKind
from voicebot.dialog import filler
from voicebot.dialog.ports import Listening, Prompt, ReplyKind
from voicebot.errors import HungUp
from voicebot.outbound.ports import DialEnd, Dialling
from voicebot.outcomes import Outcome
from voicebot.speech.audio import Samples
from voicebot.telephony.call import Call
from voicebot.telephony.dialler import PbxDialler
from voicebot.telephony.local import LocalAsterisk

from .boards import Tones, cleared, switchboard
from .sound import own_pair, recorded, strength, voiced

pytestmark = pytest.mark.asterisk

OUTCOMES = {
    "+79990000486": Outcome.BUSY,
    "+79990000403": Outcome.REJECTED,
    "+79990000404": Outcome.INVALID_NUMBER,
    "+79990000484": Outcome.INVALID_NUMBER,
    "+79990000503": Outcome.CONGESTION,
    "+79990000480": Outcome.NO_ANSWER,
    "+79990000180": Outcome.NO_ANSWER,  # rings until our own limit
    "+79990000003": Outcome.ANSWERED,
}


def dialling(number: str, ring: float = 10) -> Dialling:
    return Dialling(attempt_id=f"attempt{number}", number=number, trunk="trunk", ring_timeout=timedelta(seconds=ring))


async def hear_out(call: Call, _attempt_id: str) -> None:
    await call.say(Prompt(fragments=("440 5",)))


async def test_every_answer_of_the_network_has_its_outcome(
    robot_asterisk: LocalAsterisk, network: LocalAsterisk, tmp_path: Path
) -> None:
    async with switchboard(robot_asterisk, tmp_path) as board:
        dialler = PbxDialler(board, hear_out)
        ends = await asyncio.gather(*(dialler.dial(dialling(number, ring=2)) for number in OUTCOMES))
        assert dict(zip(OUTCOMES, (end.outcome for end in ends), strict=True)) == OUTCOMES
        await cleared(board.ari)


class Told(Tones):
    """Knows when the filler was wanted."""

    def __init__(self) -> None:
        self.filled = asyncio.Event()

    async def speech(self, fragments: Sequence[str]) -> Samples:
        if fragments == ("440 0.5",):
            self.filled.set()
        return await super().speech(fragments)


async def test_a_slow_action_is_covered_by_one_filler_and_then_the_talk_goes_on(
    robot_asterisk: LocalAsterisk, network: LocalAsterisk, tmp_path: Path
) -> None:
    phrases = Told()

    async def talk(call: Call, _attempt_id: str) -> None:
        await filler.covered(phrases.filled.wait(), call, ["440 0.5", "700 0.5"])
        await call.say(Prompt(fragments=("600 0.3",)))

    async with switchboard(robot_asterisk, tmp_path) as board:
        await PbxDialler(replace(board, phrases=phrases), talk).dial(dialling("+79990000002"))
    heard = await recorded(network, "heard.wav")
    assert [voiced(heard, hertz) for hertz in (440, 600, 700)] == pytest.approx([0.5, 0.3, 0], abs=0.08)


@own_pair()
async def test_a_silent_network_is_no_answer(
    robot_asterisk: LocalAsterisk, network: LocalAsterisk, tmp_path: Path
) -> None:
    network.kill()
    async with switchboard(robot_asterisk, tmp_path) as board:
        end = await PbxDialler(board, hear_out).dial(dialling("+79990000001", ring=2))
    assert (end.outcome, end.cause, end.tech_cause) == (Outcome.NO_ANSWER, 19, 480)


async def test_a_destination_outside_the_allow_list_is_not_dialled(
    robot_asterisk: LocalAsterisk, tmp_path: Path
) -> None:
    async with switchboard(robot_asterisk, tmp_path) as board:
        end = await PbxDialler(board, hear_out).dial(dialling("+44123456789"))
    assert end.outcome is Outcome.BLOCKED
    assert not robot_asterisk.cel_file.is_file() or not robot_asterisk.cel_file.read_text()


async def test_the_talk_happens_on_an_answered_call(
    robot_asterisk: LocalAsterisk, network: LocalAsterisk, tmp_path: Path
) -> None:
    instants: list[float | None] = []

    async def talk(call: Call, attempt_id: str) -> None:
        assert call.call_id == attempt_id
        instants.append(await call.say(Prompt(fragments=("440 1",))))
        instants.append(time.monotonic())

    async with switchboard(robot_asterisk, tmp_path, record=True) as board:
        before = datetime.now(UTC)
        end = await PbxDialler(board, talk).dial(dialling("+79990000002"))
        assert end.outcome is Outcome.ANSWERED
        assert end.answered_at and before <= end.answered_at <= end.ended_at
        await cleared(board.ari)
        file = board.settings.recordings_dir / "attempt+79990000002.flac"
    assert instants[0] and instants[1] and instants[1] - instants[0] == pytest.approx(1.0, abs=0.1)
    assert voiced(await recorded(network, "heard.wav"), 440) == pytest.approx(1.0, abs=0.08)
    both, rate = soundfile.read(file, dtype="int16")
    assert rate == 8000
    assert strength(both[:, 0], 1004) > 0.9  # the callee
    assert strength(both[:, 1], 440) > 0.9  # the robot


@pytest.mark.parametrize("media", MediaKind)
async def test_a_key_answers_a_question_and_stops_the_prompt(
    media: MediaKind, robot_asterisk: LocalAsterisk, network: LocalAsterisk, tmp_path: Path
) -> None:
    replies = []

    async def talk(call: Call, _attempt_id: str) -> None:
        replies.append(await call.ask(Prompt(fragments=("440 20",)), Listening(keys="0123456789", max_keys=3)))

    async with switchboard(robot_asterisk, tmp_path, media=media) as board:
        await PbxDialler(board, talk).dial(dialling("+79990000004"))
        await cleared(board.ari)
    assert [(reply.kind, reply.keys) for reply in replies] == [(ReplyKind.KEYS, "5")]


async def test_silence_after_the_question_is_a_reply(
    robot_asterisk: LocalAsterisk, network: LocalAsterisk, tmp_path: Path
) -> None:
    replies = []

    async def talk(call: Call, _attempt_id: str) -> None:
        listening = Listening(no_input=timedelta(seconds=0.5))
        began = time.monotonic()
        replies.append((await call.ask(Prompt(fragments=("440 1",)), listening), time.monotonic() - began))

    async with switchboard(robot_asterisk, tmp_path) as board:
        await PbxDialler(board, talk).dial(dialling("+79990000001"))
    [(reply, lasted)] = replies
    assert reply.kind is ReplyKind.SILENCE
    assert lasted > 1.4


async def test_every_wait_ends_when_the_callee_hangs_up(
    robot_asterisk: LocalAsterisk, network: LocalAsterisk, tmp_path: Path
) -> None:
    raised: list[str] = []

    async def talk(call: Call, _attempt_id: str) -> None:
        for work in (
            lambda: call.ask(Prompt(fragments=("440 20",)), Listening()),
            lambda: call.say(Prompt(fragments=("440 20",))),
        ):
            with pytest.raises(HungUp) as caught:
                await work()
            raised.append(caught.typename)
        await call.hang_up()

    async with switchboard(robot_asterisk, tmp_path) as board:
        end = await asyncio.wait_for(PbxDialler(board, talk).dial(dialling("+79990000003")), 10)
        await cleared(board.ari)
    assert raised == ["HungUp", "HungUp"]
    assert end.outcome is Outcome.ANSWERED


async def test_a_talk_that_fails_hands_the_patient_over(
    robot_asterisk: LocalAsterisk, network: LocalAsterisk, tmp_path: Path
) -> None:
    async def talk(_call: Call, _attempt_id: str) -> None:
        raise RuntimeError("broken")

    async with switchboard(robot_asterisk, tmp_path) as board:
        task = asyncio.create_task(PbxDialler(board, talk).dial(dialling("+79990000002")))
        end: DialEnd = await asyncio.wait_for(task, 20)
    assert end.outcome is Outcome.ANSWERED
    heard = await recorded(network, "heard.wav")
    assert voiced(heard, 700) == pytest.approx(1.0, abs=0.1)  # the apology
    assert "handover" in network.log_file.read_text()  # then an operator was rung


async def test_cancelling_hangs_up_first(robot_asterisk: LocalAsterisk, network: LocalAsterisk, tmp_path: Path) -> None:
    async with switchboard(robot_asterisk, tmp_path) as board:
        tasks = [
            asyncio.create_task(PbxDialler(board, hear_out).dial(dialling(number)))
            for number in ("+79990000180", "+79990000001")
        ]
        await asyncio.sleep(1.0)
        assert len(await board.ari.channels()) == 3  # one rings; the other talks, with a media channel
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await cleared(board.ari)


@own_pair()
async def test_asterisks_death_ends_talks_and_leaves_what_rang_unproven(
    robot_asterisk: LocalAsterisk, network: LocalAsterisk, tmp_path: Path
) -> None:
    async with switchboard(robot_asterisk, tmp_path) as board:
        talked = asyncio.create_task(PbxDialler(board, hear_out).dial(dialling("+79990000001")))
        rang = asyncio.create_task(PbxDialler(board, hear_out).dial(dialling("+79990000180")))
        await asyncio.sleep(1.0)
        robot_asterisk.kill()
        await robot_asterisk.stop()
        await robot_asterisk.start()
        ends = await asyncio.wait_for(asyncio.gather(talked, rang), 20)
    assert [end.outcome for end in ends] == [Outcome.ANSWERED, Outcome.LOST]
