"""The sound that the whole project handles: 8 kHz, mono, 16-bit, in frames of 20 ms."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

RATE = 8000  #: samples per second
FRAME = 160  #: samples in 20 ms
FRAME_SECONDS = FRAME / RATE
FRAME_BYTES = 2 * FRAME

Samples: TypeAlias = NDArray[np.int16]  #: shape (n,), at RATE


def from_bytes(raw: bytes) -> Samples:
    """Signed 16-bit little-endian (Asterisk's `slin`) to samples; a trailing odd byte is dropped."""
    return np.frombuffer(raw[: len(raw) // 2 * 2], dtype="<i2").astype(np.int16, copy=False)


def silence(seconds: float) -> Samples:
    """Digital silence."""
    return np.zeros(round(seconds * RATE), dtype=np.int16)


def level_db(samples: Samples) -> float:
    """Loudness (RMS) in dB below full scale, -100 for silence."""
    if not len(samples):
        return -100.0
    return 20 * float(np.log10(max(rms(samples), 0.33) / 32768))


def rms(frame: Samples) -> float:
    """Loudness, on the samples' own scale."""
    wave = frame.astype(np.float32)
    return float(np.sqrt(np.dot(wave, wave) / max(1, len(frame))))
