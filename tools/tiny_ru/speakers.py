"""Other speakers out of one: pitch, formants and tilt changed by the WORLD vocoder."""

import numpy as np
from numpy.typing import NDArray

from voicebot.errors import ProgramMissing

_STEP = 10.0  # ms


Person = tuple[float, float]  #: how much higher the voice, how much shorter the throat


def other(wave: NDArray[np.floating], rate: int, random: np.random.Generator, person: Person) -> NDArray[np.float32]:
    """The same words from another throat.

    Raises:
        ProgramMissing: pyworld is not installed (it is needed for nothing else).
    """
    try:
        import pyworld
    except ImportError as error:
        mend = "Run: .venv/bin/pip install -r tools/tiny_ru/requirements.txt (it needs a C++ compiler)."
        raise ProgramMissing("pyworld is not installed", mend=mend) from error
    sound = wave.astype(np.float64) + 1e-5 * random.standard_normal(len(wave))
    pitch, at = pyworld.dio(sound, rate, f0_floor=60, f0_ceil=350, frame_period=_STEP)
    envelope = pyworld.cheaptrick(sound, pitch, at, rate)
    breath = pyworld.d4c(sound, pitch, at, rate)
    times, throat = person
    pitch = _intoned(pitch, times, random.uniform(0.6, 1.5))
    tilt = np.exp(random.uniform(-1, 1) * np.linspace(-1, 1, envelope.shape[1]))
    envelope = np.exp(_stretched(np.log(envelope + 1e-16), throat)) * tilt
    breath = np.clip(_stretched(breath, throat), 0, 1)
    said = pyworld.synthesize(pitch, np.ascontiguousarray(envelope), np.ascontiguousarray(breath), rate, _STEP)
    moved: NDArray[np.float32] = said.astype(np.float32)
    return moved


def unlike_man(random: np.random.Generator) -> Person:
    """Most often a woman, sometimes another man, a youth or a child; for a man's voice."""
    kind = random.random()
    if kind < 0.6:  # a woman
        return random.uniform(1.5, 2.3), random.uniform(1.06, 1.26)
    if kind < 0.8:  # another man
        return random.uniform(0.75, 1.4), random.uniform(0.92, 1.12)
    if kind < 0.93:  # a youth, or an old woman
        return random.uniform(1.2, 1.8), random.uniform(0.98, 1.2)
    return random.uniform(2.2, 2.9), random.uniform(1.2, 1.4)  # a child


def unlike_any(random: np.random.Generator) -> Person:
    """Somebody else; for a voice that may be anybody's."""
    return float(np.exp(random.uniform(-0.35, 0.35))), float(np.exp(random.uniform(-0.16, 0.16)))


def _intoned(pitch: NDArray[np.float64], times: float, range_: float) -> NDArray[np.float64]:
    """Higher, and flatter or livelier; unvoiced frames stay so."""
    voiced = pitch > 0
    if not voiced.any():
        return pitch
    middle = np.log(pitch[voiced]).mean()
    moved = np.exp((np.log(np.maximum(pitch, 1e-3)) - middle) * range_ + middle) * times
    out: NDArray[np.float64] = np.where(voiced, moved, 0.0)
    return out


def _stretched(rows: NDArray[np.float64], throat: float) -> NDArray[np.float64]:
    """Spectra whose formants lie so much higher."""
    size = rows.shape[1]
    at = np.minimum(np.arange(size) / throat, size - 1)
    low = at.astype(int)
    part = at - low
    stretched: NDArray[np.float64] = (1 - part) * rows[:, low] + part * rows[:, np.minimum(low + 1, size - 1)]
    return stretched
