import numpy as np
import pytest
from telephone_lines import HELD_OUT, frames, noise, on_telephone, spoken

from voicebot.speech.audio import FRAME, level_db
from voicebot.speech.vad import NoiseGate


def judged(samples: np.ndarray) -> list[bool]:
    gate = NoiseGate()
    return [gate.voiced(frame) for frame in frames(samples)]


@pytest.mark.parametrize("level", [-70, -50, -45, -40, -30])
def test_line_noise_is_no_voice(level: float) -> None:
    assert sum(judged(noise(4, level))) == 0


def test_digital_silence_is_no_voice() -> None:
    assert not any(judged(np.zeros(16000, dtype=np.int16)))


@pytest.mark.parametrize("voice", HELD_OUT)
@pytest.mark.parametrize("snr", [60, 25, 15])
def test_the_voice_ends_where_the_word_ends(voice: str, snr: float) -> None:
    word = spoken("хорошо", voice)
    said = judged(on_telephone(np.concatenate([word, np.zeros(4000, dtype=np.int16)]), snr))
    loud = [at for at, frame in enumerate(frames(word)) if level_db(frame) > -40]
    last = max(at for at, voiced in enumerate(said) if voiced)
    assert -6 <= last - loud[-1] <= 3  # webrtcvad alone: 5 to 8 frames late


def test_who_speaks_already_when_the_ear_opens_is_heard() -> None:
    speech = spoken("двадцать четвёртого ноября")[FRAME * 26 :]
    assert sum(judged(on_telephone(speech))[:40]) >= 5  # it is still learning the line's noise


def test_a_quiet_voice_is_heard_once_the_line_is_known() -> None:
    quiet = np.concatenate([np.zeros(8000), spoken("конечно") * 0.06]).astype(np.int16)
    assert sum(judged(on_telephone(quiet, 45))) >= 5


@pytest.mark.parametrize("frames_of_nothing", [3, 6, 20])
def test_a_street_that_begins_after_some_frames_of_nothing_is_no_voice(frames_of_nothing: int) -> None:
    nothing = np.full(frames_of_nothing * FRAME, 8, dtype=np.int16)  # what an idle A-law line sends
    assert sum(judged(np.concatenate([nothing, noise(4, -45)]))) == 0
