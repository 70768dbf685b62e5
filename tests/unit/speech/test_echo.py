"""The robot's own voice that comes back, and callers who speak into a prompt."""

from collections.abc import Iterator

import numpy as np
import pytest

from voicebot.speech.audio import FRAME, RATE, Samples, level_db, rms
from voicebot.speech.codec import through
from voicebot.speech.echo import EchoGate

SECONDS = 8


def voice(seed: int) -> Samples:
    """Syllables of different loudness with gaps between them."""
    dice = np.random.default_rng(seed)
    knots = np.arange(0, SECONDS * RATE, RATE // 8)
    loudness = np.interp(np.arange(SECONDS * RATE), knots, dice.random(len(knots)) ** 2)
    return (5000 * loudness * dice.standard_normal(SECONDS * RATE)).clip(-32768, 32767).astype(np.int16)


def noise(seed: int) -> Samples:
    return (100 * np.random.default_rng(seed).standard_normal(SECONDS * RATE)).astype(np.int16)


def late(samples: Samples, milliseconds: int, decibels: float) -> Samples:
    shift = milliseconds * RATE // 1000
    return (np.pad(samples, (shift, 0))[: len(samples)] * 10 ** (decibels / 20)).astype(np.int16)


def frames(samples: Samples) -> Iterator[Samples]:
    yield from samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)


def passed(gate: EchoGate, came: Samples, played: Samples) -> Samples:
    """What is left of it, after the two seconds in which the gate may learn."""
    left = [gate.passed(frame, rms(said)) for frame, said in zip(frames(came), frames(played), strict=True)]
    return np.concatenate(left[100:])


@pytest.mark.parametrize(("milliseconds", "decibels"), [(30, -12), (100, -25), (310, -20), (480, -15)])
def test_an_echo_is_known_by_its_loudness_and_lowered_to_the_noise(milliseconds: int, decibels: int) -> None:
    gate, robot = EchoGate(), voice(1)
    came = through(late(robot, milliseconds, decibels) + noise(2), "AU", "ALAW")
    left = passed(gate, came, robot)
    assert 20 * np.log10(gate.gain) == pytest.approx(decibels, abs=4)  # under noise it seems softer
    assert level_db(left) < level_db(noise(2)) + 3


@pytest.mark.parametrize("seed", range(10))
def test_who_speaks_into_the_prompt_is_no_echo(seed: int) -> None:
    gate, caller = EchoGate(), voice(100 + seed)
    assert np.array_equal(passed(gate, caller, voice(seed)), caller[100 * FRAME :])
    assert gate.gain == 0


def test_a_caller_is_heard_over_the_echo_of_the_prompt() -> None:
    gate, robot = EchoGate(), voice(1)
    caller = np.concatenate([np.zeros(SECONDS * RATE // 2, dtype=np.int16), voice(7)[: SECONDS * RATE // 2]])
    left = passed(gate, late(robot, 100, -25) + noise(2) + caller, robot)[-SECONDS * RATE // 2 :]
    assert gate.gain > 0
    assert level_db(left) == pytest.approx(level_db(caller[SECONDS * RATE // 2 :]), abs=0.5)


def test_nothing_is_changed_while_the_robot_is_silent() -> None:
    gate, robot = EchoGate(), voice(1)
    passed(gate, late(robot, 100, -12), robot)
    assert gate.gain > 0
    silent = np.zeros(SECONDS * RATE, dtype=np.int16)
    assert np.array_equal(passed(gate, noise(3), silent), noise(3)[100 * FRAME :])
