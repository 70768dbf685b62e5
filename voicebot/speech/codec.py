"""What a codec leaves of speech."""

import io
from functools import cached_property

import numpy as np
import soundfile
from numpy.typing import NDArray

from voicebot.speech.audio import RATE, Samples


def through(samples: Samples, container: str, codec: str) -> Samples:
    """Coded and decoded, by libsndfile's names of container and codec: `AU` and `ULAW`, `WAV` and `GSM610` …

    int16 at 8 kHz; a codec of blocks may give a few samples more or fewer.
    """
    coded = io.BytesIO()
    soundfile.write(coded, samples, RATE, format=container, subtype=codec)
    coded.seek(0)
    decoded: Samples = np.asarray(soundfile.read(coded, dtype="int16")[0])
    return decoded


class Companded:
    """A codec of a byte a sample (ITU-T G.711), fast enough for each frame of many calls: two tables."""

    def __init__(self, name: str) -> None:
        self._name = name  # libsndfile's

    def encode(self, samples: Samples) -> bytes:
        """A byte for each."""
        return self._bytes[samples.astype(np.int32) + 32768].tobytes()

    def decode(self, coded: bytes) -> Samples:
        """int16 at 8 kHz."""
        return self._samples[np.frombuffer(coded, dtype=np.uint8)]

    @cached_property
    def _bytes(self) -> NDArray[np.uint8]:
        coded = io.BytesIO()
        every = np.arange(-32768, 32768).astype(np.int16)
        soundfile.write(coded, every, RATE, format="RAW", subtype=self._name)
        return np.frombuffer(coded.getvalue(), dtype=np.uint8)

    @cached_property
    def _samples(self) -> Samples:
        every = io.BytesIO(bytes(range(256)))
        raw = {"samplerate": RATE, "channels": 1, "format": "RAW", "subtype": self._name}
        return np.asarray(soundfile.read(every, dtype="int16", **raw)[0])


ALAW = Companded("ALAW")
