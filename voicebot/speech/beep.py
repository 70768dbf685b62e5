"""The beep of an answering machine: one steady tone, and silence after it."""

from collections import deque
from dataclasses import dataclass

import numpy as np

from voicebot.speech.audio import FRAME, FRAME_SECONDS, RATE, Samples, level_db

_LOW, _HIGH = 400.0, 2000.0  # Hz
_FAINTEST_DB = -45.0
_PURE = 0.9  # share of the power within _WIDTH of the tone; a vowel has its overtones, a DTMF key a second tone
_WIDTH = 60.0  # Hz
_DRIFT = 20.0  # Hz; a voice does not hold a note that well
_SHORTEST = 7  # frames
_LONGEST = 100  # frames; what sounds longer is a dial tone
_QUIET_DB = 12.0  # below the tone
_QUIET = 8  # frames of it; the notes of a melody follow one another sooner
_GAP = 2  # frames that belong half to the tone and half to the silence

_WINDOW = np.hanning(2 * FRAME).astype(np.float32)
_SIZE = 1024
_HERTZ = np.fft.rfftfreq(_SIZE, 1 / RATE)
_BAND = np.flatnonzero((_HERTZ >= _LOW) & (_HERTZ <= _HIGH))


@dataclass(frozen=True, kw_only=True)
class Beep:
    """One beep, told when the silence after it is sure."""

    at: float  #: its end, in the clock of the frames
    seconds: float
    hertz: float


class BeepDetector:
    """Give it every frame of a line, in order."""

    def __init__(self) -> None:
        self._before = np.zeros(FRAME, dtype=np.int16)
        self._tone: deque[tuple[float, float]] = deque(maxlen=_LONGEST + 1)  # Hz and dB of its frames
        self._since = 0  # frames after the tone
        self._ended = 0.0

    def hear(self, frame: Samples, at: float) -> Beep | None:
        """Take the next 160 samples, which ended at the instant `at`. Takes some 30 µs, and 3 in silence."""
        window, self._before = np.concatenate((self._before, frame)), frame
        level = level_db(frame)
        pitch = _pitch(window) if level > _FAINTEST_DB else None
        if pitch is not None and self._goes_on(pitch):
            self._tone.append((pitch, level))
            self._since, self._ended = 0, at
        elif self._tone:
            return self._after(level, pitch)
        elif pitch is not None:
            self._tone.append((pitch, level))
            self._ended = at
        return None

    def _goes_on(self, pitch: float) -> bool:
        return bool(self._tone) and self._since <= 1 and abs(pitch - self._tone[0][0]) <= _DRIFT

    def _after(self, level: float, pitch: float | None) -> Beep | None:
        self._since += 1
        loudness = max(decibels for _, decibels in self._tone)
        if self._since > _GAP and level > loudness - _QUIET_DB:
            self._tone.clear()
            if pitch is not None:
                self._tone.append((pitch, level))
            self._since = 0
            return None
        if self._since < _QUIET + _GAP:
            return None
        pitches = [hertz for hertz, _ in self._tone]
        self._tone.clear()
        self._since = 0
        if not _SHORTEST <= len(pitches) <= _LONGEST:
            return None
        return Beep(at=self._ended, seconds=len(pitches) * FRAME_SECONDS, hertz=float(np.median(pitches)))


def _pitch(window: Samples) -> float | None:
    """The one tone of these 40 ms, in Hz; None where there are others, or noise."""
    power = np.square(np.abs(np.fft.rfft(window * _WINDOW, _SIZE)))
    peak = int(_BAND[0] + np.argmax(power[_BAND]))
    near = np.abs(_HERTZ - _HERTZ[peak]) <= _WIDTH
    total = float(power.sum())
    return float(_HERTZ[peak]) if total > 0 and float(power[near].sum()) / total >= _PURE else None
