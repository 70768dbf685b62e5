"""Listening to the recording before complaining: it mends what the call tore apart, and never what was said wrongly."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time

import numpy as np
import pytest

from voicebot import resources
from voicebot.simulator.facts import Fact, Hearing, Truth
from voicebot.simulator.persona import Ends
from voicebot.simulator.recogniser import Recogniser
from voicebot.simulator.replay import listen_again
from voicebot.simulator.talk import Ear
from voicebot.simulator.tape import Tape
from voicebot.simulator.transcript import Said
from voicebot.simulator.vocabulary import Vocabulary
from voicebot.simulator.witness import Seen, Witness
from voicebot.speech.audio import FRAME, RATE, silence
from voicebot.speech.voice_espeak import EspeakVoice

TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def recogniser() -> Iterator[Recogniser]:
    with Recogniser(resources.models() / "tiny-ru") as one:
        yield one


async def ear(recogniser: Recogniser) -> Ear:
    vocabulary = Vocabulary.load()
    candidates = vocabulary.candidates(())
    return Ear(decoder=await recogniser.open(vocabulary.heard(candidates)), candidates=candidates, today=TODAY)


def torn_time() -> Tape:
    """The robot stood still for 0.8 s after "часов"."""
    voice, tape = EspeakVoice.open(""), Tape(0.0)
    sound = np.concatenate((voice.render("Вы записаны на десять часов"), silence(0.8), voice.render("тридцать минут.")))
    for start in range(0, len(sound), FRAME):
        tape.heard(sound[start : start + FRAME], start / RATE)
    return tape


def witness(at: time) -> Witness:
    truth = Truth(values={Fact.TIME: frozenset({f"{at:%H:%M}"})})
    ends = Ends.model_validate({"outcome": "answered", "hears": ["time"]})
    invited = datetime(2026, 11, 22, tzinfo=UTC)
    found = Witness(number="+79160000001", caller_id="", invited=invited, seen=Seen.ANSWERED, truth=truth, ends=ends)
    found.said.append(Said(text="алло", started=-0.5, ended=-0.1))
    found.hearings.append(Hearing(kind=Fact.TIME, value="10:00"))
    return found


async def test_a_time_that_came_in_two_pieces_is_one_time(recogniser: Recogniser) -> None:
    told = witness(time(10, 30))
    assert told.errors == ("time: heard 10:00", "time: not heard")
    await listen_again(told, torn_time(), await ear(recogniser))
    assert told.errors == ()
    assert told.facts == {Fact.TIME: ("10:30",)}


async def test_a_wrong_time_stays_wrong(recogniser: Recogniser) -> None:
    told = witness(time(11, 30))
    await listen_again(told, torn_time(), await ear(recogniser))
    assert told.errors == ("time: heard 10:00", "time: not heard")
