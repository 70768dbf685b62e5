"""Which phrase of the robot begins so: told by its sound alone, within milliseconds: forty callers ask one thread."""

from collections.abc import Iterable, Mapping
from typing import Self

import numpy as np
from numpy.typing import NDArray

from voicebot.speech.audio import RATE, Samples

_EVERY = 2  #: samples that become one; below 2 kHz phrases differ as much
_COMPARED = round(0.8 * RATE / _EVERY)  # of a phrase's beginning
_LATEST = round(0.5 * RATE / _EVERY)  # so much may stand before it
_SIZE = 1 << (_COMPARED + _LATEST - 1).bit_length()  # of the Fourier transforms; what lies behind does not wrap around
_ALIKE = 0.6  # correlation from which two beginnings are the same phrase; others of one voice are below 0.4

Wave = NDArray[np.float32]


class Beginnings:
    """The beginnings of known phrases."""

    def __init__(self, patterns: Mapping[str, Wave]) -> None:
        self._lengths = {name: len(pattern) for name, pattern in patterns.items()}
        self._spectra = {name: np.conj(np.fft.rfft(pattern, _SIZE)) for name, pattern in patterns.items()}

    @classmethod
    def of(cls, known: Mapping[str, Samples]) -> Self:
        """Of phrases by name; 16-bit mono at 8 kHz."""
        return cls({name: _unit(_coarse(sound)[:_COMPARED]) for name, sound in known.items()})

    def name(self, sound: Samples, among: Iterable[str] | None = None) -> str:
        """Whose beginning stands within the first half second of `sound`; empty when none of those asked for."""
        part = _coarse(sound)[: _COMPARED + _LATEST]
        spectrum = np.fft.rfft(part, _SIZE)
        sums = np.concatenate(([0.0], np.cumsum(part.astype(np.float64) ** 2)))
        likeness = {name: self._likeness(spectrum, sums, name) for name in among or self._spectra}
        best = max(likeness, key=likeness.__getitem__, default="")
        return best if best and likeness[best] > _ALIKE else ""

    def _likeness(self, spectrum: NDArray[np.complex128], sums: NDArray[np.float64], name: str) -> float:
        """Correlation at the best place, 0…1; `sums`: the energy before each sample, and of all."""
        length, whole = self._lengths[name], len(sums) - 1
        places = max(1, whole - length + 1)
        hits = np.fft.irfft(spectrum * self._spectra[name], _SIZE)[:places]
        ends = np.minimum(np.arange(places) + length, whole)
        energy = np.sqrt(sums[ends] - sums[:places])
        return float(np.max(hits / np.maximum(energy, 1.0)))


def _coarse(sound: Samples) -> Wave:
    whole = len(sound) // _EVERY * _EVERY
    return np.asarray(sound[:whole].reshape(-1, _EVERY).mean(axis=1), dtype=np.float32)


def _unit(wave: Wave) -> Wave:
    return np.asarray(wave / max(float(np.linalg.norm(wave)), 1.0), dtype=np.float32)
