"""Kaldi's MFCC at 8 kHz and its online mean subtraction, so that training sees what Vosk will compute."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from voicebot.speech.audio import RATE

Features = NDArray[np.float32]  #: shape (frames, CEPSTRA), 100 frames a second

CEPSTRA = 40
_BINS, _LOW, _HIGH = 40, 40.0, 3800.0  # mel bins, Hz
_WINDOW, _HOP, _FFT = 200, 80, 256  # samples
_PREEMPHASIS, _LIFTER = 0.97, 22
_FLOOR = 1.1920929e-07  # as Kaldi: of float32

#: conf/mfcc.conf of a model with these features.
CONF = f"""\
--use-energy=false
--sample-frequency={RATE}
--num-mel-bins={_BINS}
--num-ceps={CEPSTRA}
--low-freq={_LOW:.0f}
--high-freq={_HIGH:.0f}
--dither=1.0
--allow-downsample=true
--allow-upsample=true
"""


def mfcc(samples: NDArray[np.floating], *, warp: float = 1.0, dither: float = 0.0, seed: int = 0) -> Features:
    """Of sound in int16's scale; `warp` above 1 makes a shorter throat (for augmentation only)."""
    wave = np.asarray(samples, dtype=np.float32)
    if len(wave) < _WINDOW:
        return np.zeros((0, CEPSTRA), dtype=np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(wave, _WINDOW)[::_HOP].astype(np.float32)
    if dither:
        frames = frames + dither * np.random.default_rng(seed).standard_normal(frames.shape, dtype=np.float32)
    frames = frames - frames.mean(axis=1, keepdims=True)
    before = np.concatenate([frames[:, :1], frames[:, :-1]], axis=1)
    power = np.abs(np.fft.rfft((frames - _PREEMPHASIS * before) * _window(), _FFT)) ** 2
    mel = np.log(np.maximum(power.astype(np.float32) @ _banks(round(warp, 2)), _FLOOR))
    cepstra: Features = mel @ _cosines()
    return cepstra


def without_mean(features: Features, mean: NDArray[np.floating], before: Features | None = None) -> Features:
    """Kaldi's OnlineCmvn with its defaults: a window of 600 frames, filled up with up to 200 of the global mean.

    Args:
        mean: of all training sound, CEPSTRA numbers.
        before: frames of the same call that were heard earlier.
    """
    window, fill = 600, 200
    whole = features if before is None else np.concatenate([before, features])
    sums = np.cumsum(whole.astype(np.float64), axis=0)
    counts = np.minimum(np.arange(1, len(whole) + 1), window)
    sums[window:] = sums[window:] - sums[:-window].copy()
    more = np.minimum(fill, window - counts)
    means = (sums + more[:, None] * mean) / (counts + more)[:, None]
    out: Features = (whole - means)[len(whole) - len(features) :].astype(np.float32)
    return out


def without_band(features: Features, first: int, bins: int) -> Features:
    """Features whose mean was taken away, with so many mel bins silenced (at their mean)."""
    cosines = _cosines()
    band = features @ _bins()[:, first : first + bins] @ cosines[first : first + bins]
    kept: Features = (features - band).astype(np.float32)
    return kept


def from_other_throat(features: Features, places: NDArray[np.floating], gains: NDArray[np.floating]) -> Features:
    """Features whose mel bin n is what was in bin `places[n]` (between two of them; at most the last), and so much
    (natural logarithm of power) louder.
    """
    at = np.clip(places, 0, CEPSTRA - 1)
    low = np.minimum(at.astype(int), CEPSTRA - 2)
    moved = np.zeros((CEPSTRA, CEPSTRA), dtype=np.float32)
    columns = np.arange(CEPSTRA)
    moved[low, columns] = 1 - (at - low)
    moved[low + 1, columns] += at - low
    changed = features @ (_bins() @ moved @ _cosines()) + gains @ _cosines()
    return changed.astype(np.float32)


def scaled(times: float) -> NDArray[np.floating]:
    """Of every mel bin the place (see `from_other_throat`) of what lies `times` higher in Hz."""
    edges = _edges()
    hertz = 700 * np.expm1(edges[1:-1] / 1127)
    places: NDArray[np.floating] = (_mel(hertz * times) - edges[1]) / (edges[1] - edges[0])
    return places


@cache
def _bins() -> NDArray[np.float32]:
    """From cepstra back to mel bins."""
    inverse: NDArray[np.float32] = np.linalg.inv(_cosines()).astype(np.float32)
    return inverse


@cache
def _window() -> NDArray[np.float32]:
    """Povey's."""
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_WINDOW) / (_WINDOW - 1))
    window: NDArray[np.float32] = (hann**0.85).astype(np.float32)
    return window


@cache
def _edges() -> NDArray[np.floating]:
    """Of the mel bins: where each begins, two before it ends."""
    return np.linspace(_mel(_LOW), _mel(_HIGH), _BINS + 2)


@cache
def _banks(warp: float) -> NDArray[np.float32]:
    """Triangles on the mel scale, a column each."""
    edges = _edges()
    hertz = np.minimum(np.arange(_FFT // 2) * RATE / _FFT / warp, RATE / 2)
    mel = _mel(hertz)[:, None]
    left, middle, right = edges[:-2], edges[1:-1], edges[2:]
    rising, falling = (mel - left) / (middle - left), (right - mel) / (right - middle)
    banks = np.zeros((_FFT // 2 + 1, _BINS), dtype=np.float32)
    banks[: _FFT // 2] = np.where((mel > left) & (mel < right), np.minimum(rising, falling), 0)
    return banks


@cache
def _cosines() -> NDArray[np.float32]:
    """The cosine transform, liftered."""
    bins = np.arange(_BINS)[:, None] + 0.5
    rows = np.sqrt(2 / _BINS) * np.cos(np.pi / _BINS * bins * np.arange(CEPSTRA))
    rows[:, 0] = np.sqrt(1 / _BINS)
    lifted = rows * (1 + _LIFTER / 2 * np.sin(np.pi * np.arange(CEPSTRA) / _LIFTER))
    cosines: NDArray[np.float32] = lifted.astype(np.float32)
    return cosines


def _mel(hertz: NDArray[np.floating] | float) -> NDArray[np.floating]:
    mel: NDArray[np.floating] = 1127.0 * np.log1p(np.asarray(hertz) / 700.0)
    return mel
