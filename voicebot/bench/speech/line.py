"""What lies between a mouth and the ear: noise, lost packets, codecs that no model of ours was trained through."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np
import soundfile
from numpy.typing import NDArray

from voicebot.errors import SpeechError
from voicebot.speech.audio import FRAME, RATE, Samples
from voicebot.speech.codec import through
from voicebot.speech.sound import SPEECH_LEVEL_DB, even, to_telephone, trim

Line = Callable[[Samples, np.random.Generator], Samples]

_BEFORE, _AFTER = 0.25, 0.4  # seconds of line around speech: what the ear gives its recogniser
_QUIET_DB = -45.0  # a clean line's noise, below the speech
_LOST = 0.05  # of packets
_ECHO_SECONDS, _ECHO_DB = 0.12, -14.0


def load(file: Path) -> Samples:
    """A recording as the telephone carries it, as loud as everybody, without silence around.

    Raises:
        SpeechError: it cannot be read.
    """
    try:
        sound, rate = soundfile.read(file, dtype="float32", always_2d=True)
    except (OSError, soundfile.LibsndfileError) as error:
        raise SpeechError("cannot be read as sound", place=str(file), mend="Remove the cache folder.") from error
    return trim(even(to_telephone(sound.mean(axis=1), rate)))


def on_line(samples: Samples, random: np.random.Generator, *, snr_db: float = -_QUIET_DB) -> Samples:
    """With line before and after it, noise so far below the speech, and through μ-law."""
    pause = [np.zeros(round(seconds * RATE)) for seconds in (_BEFORE, _AFTER)]
    whole = np.concatenate([pause[0], samples.astype(np.float64), pause[1]])
    noise = _hiss(len(whole), random)
    noisy = whole + noise * 32768 * 10 ** ((SPEECH_LEVEL_DB - snr_db) / 20)
    return through(_samples(noisy), "AU", "ULAW")


def noisy(samples: Samples, random: np.random.Generator) -> Samples:
    """10 dB of a room's noise."""
    return on_line(samples, random, snr_db=10)


def lossy(samples: Samples, random: np.random.Generator) -> Samples:
    """Every twentieth packet of 20 ms is lost, and silence in its place."""
    sound = on_line(samples, random)
    for start in range(0, len(sound), FRAME):
        if random.random() < _LOST:
            sound[start : start + FRAME] = 0
    return sound


def echoing(samples: Samples, random: np.random.Generator) -> Samples:
    """The speaker's own echo, from the far end of the line."""
    late = round(_ECHO_SECONDS * RATE)
    echo = np.concatenate([np.zeros(late), samples * 10 ** (_ECHO_DB / 20)])
    echo[: len(samples)] += samples
    return on_line(_samples(echo), random)


def _coded(container: str, codec: str) -> Line:
    def line(samples: Samples, random: np.random.Generator) -> Samples:
        return through(on_line(samples, random), container, codec)

    return line


#: By name. GSM was trained through, the others were not.
LINES: Mapping[str, Line] = MappingProxyType(
    {
        "clean": on_line,
        "noise 10 dB": noisy,
        "loss 5 %": lossy,
        "echo": echoing,
        "GSM": _coded("WAV", "GSM610"),
        "G.721 ADPCM": _coded("AU", "G721_32"),
        "Opus": _coded("OGG", "OPUS"),
    }
)


def _hiss(length: int, random: np.random.Generator) -> NDArray[np.float64]:
    """Noise of a room, louder below 400 Hz, of power 1."""
    spectrum = np.fft.rfft(random.standard_normal(length))
    hertz = np.fft.rfftfreq(length, 1 / RATE)
    shaped = np.fft.irfft(spectrum / np.sqrt(np.maximum(hertz / 400, 1)), length)
    hiss: NDArray[np.float64] = shaped / shaped.std()
    return hiss


def _samples(wave: NDArray[np.float64]) -> Samples:
    return np.clip(np.round(wave), -32768, 32767).astype(np.int16)
