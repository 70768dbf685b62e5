"""What a bad line makes of a voice."""

import numpy as np
import pytest

from voicebot.simulator.line import Line
from voicebot.speech.audio import FRAME, RATE, Samples, level_db
from voicebot.speech.codec import ALAW, through

_AT = np.arange(20 * RATE) / RATE
VOICE: Samples = (8000 * np.sin(2 * np.pi * 300 * _AT) * (1 + np.sin(2 * np.pi * 3 * _AT)) / 2 + 100).astype(np.int16)


def test_a_good_line_changes_nothing() -> None:
    assert np.array_equal(Line().carry(VOICE), VOICE)


def test_loss_silences_its_share_of_frames_and_keeps_the_time() -> None:
    carried = Line(loss=0.1).carry(VOICE)
    lost = [not np.any(carried[start : start + FRAME]) for start in range(0, len(carried), FRAME)]
    assert len(carried) == len(VOICE)
    assert sum(lost) / len(lost) == pytest.approx(0.1, abs=0.03)


def test_late_frames_shift_what_follows_and_lose_nothing() -> None:
    carried = Line(late=0.05).carry(VOICE)
    frames = carried.reshape(-1, FRAME)
    assert np.array_equal(frames[np.any(frames, axis=1)].reshape(-1), VOICE)
    assert 0.02 < len(carried) / len(VOICE) - 1 < 0.3


def test_loudness_and_clipping_are_in_decibels() -> None:
    assert level_db(Line(gain_db=-15).carry(VOICE)) == pytest.approx(level_db(VOICE) - 15, abs=0.1)
    assert np.abs(Line(clip_db=-20).carry(VOICE)).max() == pytest.approx(3277, abs=2)


def test_the_codec_of_mobile_telephones_changes_the_sound_and_not_the_time() -> None:
    carried = Line(gsm=True).carry(VOICE)
    assert len(carried) == len(VOICE)
    likeness = np.corrcoef(carried, VOICE)[0, 1]
    assert 0.9 < likeness < 0.9999


def test_two_tables_do_what_the_codec_does() -> None:
    coded = ALAW.encode(VOICE)
    assert len(coded) == len(VOICE)
    assert np.array_equal(ALAW.decode(coded), through(VOICE, "AU", "ALAW"))
