"""What a person sends into the line."""

from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile

from voicebot.simulator.line import Line as Wire
from voicebot.simulator.mouth import Mouth
from voicebot.simulator.persona import persona
from voicebot.simulator.subscriber import Subscriber
from voicebot.simulator.tape import Tape
from voicebot.simulator.voices import Studio, Voice
from voicebot.speech.audio import RATE, Samples, level_db, silence
from voicebot.telephony.media import Frame, Key, Playback


class Line:
    """Media that plays at once."""

    def __init__(self) -> None:
        self.played_: list[Samples] = []
        self.flushes = 0

    async def __aiter__(self) -> AsyncIterator[Frame | Key]:
        return
        yield

    def play(self, samples: Samples) -> Playback:
        self.played_.append(samples)
        return Playback(samples, sent=len(samples), first_frame_at=100.0, finished=True)

    async def played(self, playback: Playback) -> bool:
        return playback.finished

    def flush(self) -> None:
        self.flushes += 1

    def duck(self, decibels: float) -> None: ...

    def hold(self, on: bool) -> None: ...

    def position(self, playback: Playback) -> float:
        return len(playback.samples) / RATE

    def sounding(self) -> float:
        return 0.0

    async def close(self) -> None: ...


class Prompter(Studio):
    """Half a second of tone for every phrase."""

    def __init__(self) -> None: ...

    async def phrase(self, voice: Voice, text: str) -> Samples:
        tone = (8000 * np.sin(2 * np.pi * 300 * np.arange(RATE // 2) / RATE)).astype(np.int16)
        return np.concatenate([tone, silence(0.1)])


async def test_what_was_said_ends_with_its_last_voiced_sample(tmp_path: Path) -> None:
    line, tape = Line(), Tape(99.0)
    said = await Mouth(line, Voice(), Prompter(), tape, Wire()).say("да", is_greeting=True)
    assert said
    assert (said.text, said.started, said.is_greeting) == ("да", 100.0, True)
    assert said.ended == pytest.approx(100.5, abs=0.006)
    tape.write(tmp_path / "call.wav")
    recording, _ = soundfile.read(tmp_path / "call.wav", dtype="int16")
    assert not recording[:, 0].any()
    assert not recording[:RATE, 1].any()
    assert len(line.played_) == 1


async def test_noise_is_there_before_while_and_after_a_noisy_person_speaks() -> None:
    line = Line()
    mouth = Mouth(line, Voice(noise_db=-45), Prompter(), Tape(99.0), Wire())
    mouth.begin()
    await mouth.say("да")
    before, phrase, after = line.played_
    assert line.flushes == 1
    assert level_db(before) == pytest.approx(-45, abs=0.5)
    assert level_db(after) == pytest.approx(-45, abs=0.5)
    assert level_db(phrase[-RATE // 10 :]) == pytest.approx(-45, abs=1.5)
    assert len(after) > 60 * RATE


def test_a_persona_changes_the_voice_it_is_played_with() -> None:
    slow = Subscriber(number="1", persona=persona("slow_elderly"), voice=Voice(variant="f4", pitch=42))
    assert slow.sound == Voice(variant="f4", words_per_minute=110, pitch=42)
    noisy = Subscriber(number="1", persona=persona("noisy_street"), voice=Voice(variant="f4"))
    assert noisy.sound == Voice(variant="f4", noise_db=-45)


def test_fifteen_people_have_voices_of_their_own_and_neighbours_sound_different() -> None:
    voices = [Voice.numbered(number) for number in range(15)]
    assert len(set(voices)) == 15
    assert all(one.variant != other.variant for one, other in pairwise(voices))
