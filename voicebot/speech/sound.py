"""What a telephone does to a voice: band, sample rate, even loudness, soft edges."""

from math import gcd

import numpy as np
from numpy.typing import ArrayLike, NDArray

from voicebot.speech.audio import FRAME, RATE, Samples

SPEECH_LEVEL_DB = -20.0  #: loudness of the robot's voice (RMS of its voiced frames), below full scale
_PEAK = 0.89  #: -1 dB: louder peaks would be clipped by the codec
_LOW = (60.0, 120.0)  #: Hz; below is hum that a telephone does not carry
_HIGH = (3500.0, 3850.0)  #: Hz; above is what would fold back at 8 kHz
_ACTIVE_DB = 25.0  #: frames this far below the loudest are pauses


def to_telephone(wave: ArrayLike, rate: int) -> NDArray[np.float32]:
    """Mono sound of any rate (int16 or -1…1) as 8 kHz floats in -1…1, limited to the telephone's band.

    Whole phrases only: it works on the spectrum of all of it, so there is no aliasing and no delay.
    """
    samples = np.asarray(wave)
    scale = 32768.0 if samples.dtype.kind == "i" else 1.0
    step = gcd(rate, RATE)
    blocks = len(samples) // (rate // step) + 2  # whole ones keep the ratio exact, spare ones take the wrap-around
    padded = np.zeros(blocks * (rate // step))
    padded[: len(samples)] = samples / scale
    out_length = blocks * (RATE // step)
    spectrum = np.fft.rfft(padded)
    hertz = np.arange(out_length // 2 + 1) * (rate / len(padded))
    kept = np.zeros(len(hertz), dtype=complex)
    shared = min(len(hertz), len(spectrum))
    kept[:shared] = spectrum[:shared] * _band(hertz[:shared])
    out = np.fft.irfft(kept, out_length) * (out_length / len(padded))
    return out[: len(samples) * RATE // rate].astype(np.float32)


def even(wave: NDArray[np.float32]) -> Samples:
    """Bring speech to `SPEECH_LEVEL_DB`, pauses not counted and peaks kept below clipping."""
    loud = _active_rms(wave)
    if loud == 0:
        return np.zeros(len(wave), dtype=np.int16)
    gain = min(10 ** (SPEECH_LEVEL_DB / 20) / loud, _PEAK / float(np.abs(wave).max()))
    return np.round(wave * gain * 32767).astype(np.int16)


def trim(samples: Samples, keep: int = FRAME // 2) -> Samples:
    """Without the silence at both ends, but for `keep` samples, with edges that do not click."""
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > 100)
    if not len(loud):
        return samples[:0]
    return faded(samples[max(0, loud[0] - keep) : loud[-1] + 1 + keep])


def faded(samples: Samples, seconds: float = 0.005) -> Samples:
    """Edges raised and lowered over `seconds`."""
    length = min(round(seconds * RATE), len(samples) // 2)
    ramp = np.ones(len(samples), dtype=np.float32)
    ramp[:length] = np.linspace(0, 1, length, endpoint=False)
    ramp[len(samples) - length :] = np.linspace(1, 0, length)
    return (samples * ramp).astype(np.int16)


def _band(hertz: NDArray[np.floating]) -> NDArray[np.floating]:
    rise = np.clip((hertz - _LOW[0]) / (_LOW[1] - _LOW[0]), 0, 1)
    fall = np.clip((_HIGH[1] - hertz) / (_HIGH[1] - _HIGH[0]), 0, 1)
    gain: NDArray[np.floating] = np.sin(rise * np.pi / 2) ** 2 * np.sin(fall * np.pi / 2) ** 2
    return gain


def _active_rms(wave: NDArray[np.float32]) -> float:
    frames = np.resize(wave, (max(1, len(wave) // FRAME), FRAME)) if len(wave) else np.zeros((1, FRAME))
    power = np.mean(np.square(frames), axis=1)
    active = power[power >= power.max() / 10 ** (_ACTIVE_DB / 10)]
    return float(np.sqrt(active.mean()))
