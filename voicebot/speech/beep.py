"""The beep of an answering machine: one steady tone, and silence after it; and tones that no person sends."""

from dataclasses import dataclass

import numpy as np

from voicebot.speech.audio import FRAME, FRAME_SECONDS, RATE, Samples, level_db

_LOW, _HIGH = 400.0, 2000.0  # Hz, of beeps
_FAX = 1050.0  # Hz: a fax sends 1,100 or 2,100, a modem 2,225; a dial tone is lower
_INFORMATION = (950.0, 1400.0, 1800.0)  # Hz: special information tones, ITU-T E.180
_DETUNED = 50.0  # Hz
_HIGHEST = 2300.0  # Hz
_FAINTEST_DB = -45.0
_PURE = 0.9  # share of the power within _WIDTH of the tone; a vowel has its overtones, a DTMF key a second tone
_WIDTH = 60.0  # Hz
_DRIFT = 20.0  # Hz; a voice does not hold a note that well
_SHORTEST = 7  # frames
_LONGEST = 100  # frames; what sounds longer is a dial tone, or a fax
_QUIET_DB = 12.0  # below the tone
_QUIET = 8  # frames of it; the notes of a melody follow one another sooner
_GAP = 2  # frames that belong half to the tone and half to the silence

_WINDOW = np.hanning(2 * FRAME).astype(np.float32)
_SIZE = 1024
_HERTZ = np.fft.rfftfreq(_SIZE, 1 / RATE)
_BAND = np.flatnonzero((_HERTZ >= _LOW) & (_HERTZ <= _HIGHEST))


@dataclass(frozen=True, kw_only=True)
class Beep:
    """One beep, told when the silence after it is sure."""

    at: float  #: its end, in the clock of the frames
    seconds: float
    hertz: float


@dataclass(frozen=True, kw_only=True)
class Signal:
    """What no person sends: a tone that does not end (a fax), or the three tones before an announcement."""

    at: float  #: when it was sure
    hertz: float  #: the last tone's


class BeepDetector:
    """Give it every frame of a line, in order."""

    def __init__(self) -> None:
        self._before = np.zeros(FRAME, dtype=np.int16)
        self._tone: list[tuple[float, float]] = []  # Hz and dB of its frames
        self._since = 0  # frames after the tone
        self._ended = 0.0
        self._steps = 0  # of special information, heard so far

    def hear(self, frame: Samples, at: float) -> Beep | Signal | None:
        """Take the next 160 samples, which ended at the instant `at`. Takes some 30 µs, and 3 in silence."""
        window, self._before = np.concatenate((self._before, frame)), frame
        level = level_db(frame)
        pitch = _pitch(window) if level > _FAINTEST_DB else None
        if pitch is not None and (not self._tone or self._goes_on(pitch)):
            self._tone.append((pitch, level))
            self._since, self._ended = 0, at
            is_fax = len(self._tone) == _LONGEST + 1 and pitch >= _FAX
            return Signal(at=at, hertz=pitch) if is_fax else None
        return self._after(level, pitch, at) if self._tone else None

    def _goes_on(self, pitch: float) -> bool:
        return self._since <= 1 and abs(pitch - self._tone[0][0]) <= _DRIFT

    def _after(self, level: float, pitch: float | None, at: float) -> Beep | Signal | None:
        self._since += 1
        is_loud = level > max(decibels for _, decibels in self._tone) - _QUIET_DB
        if self._since <= _GAP or (not is_loud and self._since < _QUIET + _GAP):
            return None
        hertz, frames = float(np.median([one for one, _ in self._tone])), len(self._tone)
        ended = self._ended
        self._tone, self._since = [], 0
        if is_loud and pitch is not None:
            self._tone.append((pitch, level))
            self._ended = at
        if self._is_information(hertz, frames):
            return Signal(at=at, hertz=hertz)
        is_beep = not is_loud and _SHORTEST <= frames <= _LONGEST and _LOW <= hertz <= _HIGH
        return Beep(at=ended, seconds=frames * FRAME_SECONDS, hertz=hertz) if is_beep else None

    def _is_information(self, hertz: float, frames: int) -> bool:
        """Whether this was the last of the three."""
        fits = [abs(hertz - one) <= _DETUNED and frames >= _SHORTEST for one in _INFORMATION]
        self._steps = self._steps + 1 if fits[self._steps] else int(fits[0])
        if self._steps < len(_INFORMATION):
            return False
        self._steps = 0
        return True


def _pitch(window: Samples) -> float | None:
    """The one tone of these 40 ms, in Hz; None where there are others, or noise."""
    power = np.square(np.abs(np.fft.rfft(window * _WINDOW, _SIZE)))
    peak = int(_BAND[0] + np.argmax(power[_BAND]))
    near = np.abs(_HERTZ - _HERTZ[peak]) <= _WIDTH
    total = float(power.sum())
    return float(_HERTZ[peak]) if total > 0 and float(power[near].sum()) / total >= _PURE else None
