"""What a codec leaves of speech."""

import io

import numpy as np
import soundfile

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
