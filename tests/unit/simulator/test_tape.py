"""The recording of a call."""

from pathlib import Path

import numpy as np
import soundfile

from voicebot.simulator.tape import Tape
from voicebot.speech.audio import FRAME, RATE, Samples, silence


def loud(seconds: float) -> Samples:
    return np.full(round(seconds * RATE), 5000, dtype=np.int16)


def recording(tape: Tape, folder: Path) -> Samples:
    tape.write(folder / "deep" / "call.wav")
    samples, rate = soundfile.read(folder / "deep" / "call.wav", dtype="int16")
    assert rate == RATE
    return np.asarray(samples)


def test_frames_that_come_unevenly_make_one_sound(tmp_path: Path) -> None:
    tape = Tape(10.0)
    for index, jitter in enumerate((0.0, 0.012, -0.005, 0.03, 0.0)):
        tape.heard(loud(0.02), 11.0 + index * 0.02 + jitter)
    heard = recording(tape, tmp_path)[:, 0]
    assert np.flatnonzero(heard)[0] == RATE
    assert np.count_nonzero(heard) == 5 * FRAME
    assert heard[RATE : RATE + 5 * FRAME].all()


def test_in_silence_the_clock_is_right(tmp_path: Path) -> None:
    tape = Tape(10.0)
    for _ in range(5):
        tape.heard(silence(0.02), 10.0)  # a burst at the beginning
    tape.heard(silence(0.02), 10.05)
    tape.heard(loud(0.02), 10.07)
    assert np.flatnonzero(recording(tape, tmp_path)[:, 0])[0] == round(0.07 * RATE)


def test_both_sides_lie_on_one_clock(tmp_path: Path) -> None:
    tape = Tape(10.0)
    tape.said(loud(0.5), 10.2)
    tape.heard(loud(0.5), 11.0)
    both = recording(tape, tmp_path)
    assert [int(np.flatnonzero(both[:, side])[0]) for side in (0, 1)] == [RATE, round(0.2 * RATE)]
    assert len(both) == round(1.5 * RATE)
