import numpy as np
import pytest

from voicebot.speech.audio import RATE, level_db
from voicebot.speech.sound import SPEECH_LEVEL_DB, even, faded, to_telephone, trim


def tone(hertz: float, rate: int, seconds: float = 0.5) -> np.ndarray:
    return np.sin(2 * np.pi * hertz * np.arange(round(rate * seconds)) / rate).astype(np.float32)


def loudest(wave: np.ndarray) -> float:
    return float(np.abs(np.fft.rfft(wave)).argmax() / len(wave) * RATE)


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 24000, 44100, 48000])
def test_a_tone_keeps_its_pitch_length_and_loudness_at_8_kilohertz(rate: int) -> None:
    out = to_telephone(tone(1000, rate), rate)
    assert abs(len(out) - RATE // 2) <= 1
    assert loudest(out) == pytest.approx(1000, abs=3)
    assert np.sqrt(np.mean(out[400:-400] ** 2)) == pytest.approx(np.sqrt(0.5), rel=0.01)


@pytest.mark.parametrize("hertz", [30, 3950, 4500, 7000])
def test_what_a_telephone_does_not_carry_is_gone_and_not_folded_back(hertz: float) -> None:
    assert np.abs(to_telephone(tone(hertz, 22050), 22050)[800:-800]).max() < 0.01


@pytest.mark.parametrize("loudness", [0.01, 0.1, 0.9])
def test_quiet_and_loud_voices_come_out_equally_loud(loudness: float) -> None:
    assert level_db(even(tone(500, RATE) * loudness)) == pytest.approx(SPEECH_LEVEL_DB, abs=0.2)


def test_pauses_do_not_make_a_phrase_louder() -> None:
    with_pauses = np.concatenate([tone(500, RATE), np.zeros(RATE, dtype=np.float32), tone(500, RATE)])
    assert level_db(even(with_pauses)[: RATE // 2]) == pytest.approx(SPEECH_LEVEL_DB, abs=0.2)


def test_sharp_peaks_are_not_clipped() -> None:
    clicks = np.zeros(RATE, dtype=np.float32)
    clicks[::160] = 0.5
    assert np.abs(even(clicks)).max() < 32767 * 0.9


def test_silence_stays_silence() -> None:
    assert not even(np.zeros(100, dtype=np.float32)).any()
    assert len(even(np.zeros(0, dtype=np.float32))) == 0
    assert len(trim(np.zeros(100, dtype=np.int16))) == 0


def test_silence_around_a_phrase_is_cut_off() -> None:
    phrase = (tone(500, RATE) * 8000).astype(np.int16)
    quiet = np.zeros(3000, dtype=np.int16)
    assert len(trim(np.concatenate([quiet, phrase, quiet]))) == pytest.approx(len(phrase), abs=170)


def test_faded_edges_begin_and_end_at_zero() -> None:
    edged = faded(np.full(1000, 10000, dtype=np.int16))
    assert (edged[0], edged[-1], edged[500]) == (0, 0, 10000)
