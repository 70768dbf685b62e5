"""A beep is one steady tone and silence; voices, keys and music are not."""

import numpy as np
import pytest

from voicebot.speech.audio import FRAME, RATE, Samples
from voicebot.speech.beep import Beep, BeepDetector, Signal

NOISE = np.random.default_rng(1)


def tone(*hertz: float, seconds: float = 0.4, level: float = 6000) -> Samples:
    at = np.arange(round(seconds * RATE)) / RATE
    return (level * sum(np.sin(2 * np.pi * one * at) for one in hertz) / len(hertz)).astype(np.int16)


def quiet(seconds: float) -> Samples:
    return NOISE.normal(0, 40, round(seconds * RATE)).astype(np.int16)


def heard(*parts: Samples) -> list[Beep | Signal]:
    line = np.concatenate(parts)
    detector = BeepDetector()
    frames = (line[start : start + FRAME] for start in range(0, len(line) - FRAME + 1, FRAME))
    found = [detector.hear(frame, (index + 1) * FRAME / RATE) for index, frame in enumerate(frames)]
    return [beep for beep in found if beep]


@pytest.mark.parametrize("hertz", [425, 700, 1000, 1400, 1900])
def test_a_beep_is_heard_with_its_pitch_end_and_length(hertz: float) -> None:
    (beep,) = heard(quiet(1), tone(hertz), quiet(1))
    assert isinstance(beep, Beep)
    assert beep.hertz == pytest.approx(hertz, abs=8)
    assert beep.at == pytest.approx(1.4, abs=0.03)
    assert beep.seconds == pytest.approx(0.4, abs=0.05)


@pytest.mark.parametrize("seconds", [0.16, 0.2, 1.5])
def test_short_and_long_ones_too(seconds: float) -> None:
    assert len(heard(quiet(0.5), tone(1000, seconds=seconds), quiet(0.5))) == 1


def test_two_beeps_are_two() -> None:
    assert len(heard(quiet(0.5), tone(1000), quiet(0.4), tone(1000), quiet(0.4))) == 2


@pytest.mark.parametrize(
    "sound",
    [
        tone(770, 1336),  # a key
        tone(1000, seconds=0.08),
        tone(1000, seconds=4),  # a dial tone
        tone(300),
        np.concatenate([tone(hertz, seconds=0.25) for hertz in (523, 587, 659, 698, 784)] * 2),
        NOISE.normal(0, 4000, RATE).astype(np.int16),
    ],
    ids=["key", "click", "dial tone", "hum", "melody", "noise"],
)
def test_other_sounds_are_none(sound: Samples) -> None:
    assert heard(quiet(0.5), sound, tone(650, 1200, seconds=0.3), quiet(0.5)) == []


def test_a_beep_that_is_followed_by_other_sound_is_none() -> None:
    assert heard(quiet(0.5), tone(1000), NOISE.normal(0, 4000, RATE).astype(np.int16), quiet(0.5)) == []


@pytest.mark.parametrize(
    "sound",
    [
        tone(2100, seconds=3),
        tone(1100, seconds=3),
        np.concatenate([tone(hz, seconds=0.33) for hz in (950, 1400, 1800)]),
    ],
    ids=["fax", "modem", "special information"],
)
@pytest.mark.parametrize("after", [quiet(0.5), NOISE.normal(0, 4000, RATE).astype(np.int16)], ids=["quiet", "speech"])
def test_a_signal_is_told_once(sound: Samples, after: Samples) -> None:
    (signal,) = heard(quiet(0.5), sound, after)
    assert isinstance(signal, Signal)


def test_tones_in_another_order_are_no_signal() -> None:
    heights = [tone(hertz, seconds=0.33) for hertz in (1800, 1400, 950)]
    assert not any(isinstance(one, Signal) for one in heard(quiet(0.5), *heights, quiet(0.5)))
