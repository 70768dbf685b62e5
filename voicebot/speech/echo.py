"""The robot's own voice that comes back from the other side: a loudspeaker telephone, a bad hybrid.

What the robot plays is known. When the loudness of what comes follows the loudness of what was played some time
before, what comes is its echo; frames that are no louder than the echo must be are lowered to the line's noise, and
nobody hears a caller in them. A caller who speaks into the prompt is louder than its echo, and is heard. Loudness is
compared rather than waves: codecs and loudspeakers spoil waves. Measured: docs/speech.md, "Echo".
"""

from collections import deque
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from voicebot.speech.audio import Samples, rms

_LONGEST = 25  # frames (0.5 s) by which an echo may be late
_WINDOW = 100  # frames (2 s) that are compared
_FEWEST = 20  # frames of the robot's voice in them
_EVERY = 5  # frames between two comparisons
_AGREE = 3  # comparisons
_ALIKE = 0.8  # correlation of both loudnesses that is no chance
_LOUDEST = 0.5  # share of the robot's own loudness: a louder "echo" is somebody who speaks
_MARGIN = 2.0  # times the expected loudness: an echo's frames vary
_SOUNDING = 100.0  # RMS of a frame in which the robot speaks
_STRAYS = 2  # frames by which an echo's delay may vary


class EchoGate:
    """Of one call; frames of 20 ms."""

    def __init__(self) -> None:
        self._played: deque[float] = deque([0.0] * (_WINDOW + _LONGEST), maxlen=_WINDOW + _LONGEST)  # RMS
        self._came: deque[float] = deque([0.0] * _WINDOW, maxlen=_WINDOW)  # RMS, 0: the robot was silent for long
        self._frames = 0
        self._last_played = -_WINDOW  # frame
        self._seems, self._agree = 0, 0  # delay that the last comparisons found, and how many of them
        self._delay, self._gain = 0, 0.0  # frames; share of the loudness, 0: no echo is known
        self._noise = 0.0  # RMS of the line when nobody speaks

    @property
    def gain(self) -> float:
        """How loud the echo is, as a share of what was played; 0 as long as none is known."""
        return self._gain

    def passed(self, frame: Samples, played: float) -> Samples:
        """The frame, lowered if it is only an echo.

        Args:
            frame: 160 samples that came.
            played: RMS of what the other side hears from the robot meanwhile.
        """
        self._frames += 1
        self._played.append(played)
        if played > _SOUNDING:
            self._last_played = self._frames
        if self._frames - self._last_played > _LONGEST:
            self._came.append(0.0)
            return frame
        level = rms(frame)
        self._came.append(level)
        if self._frames % _EVERY == 0:
            self._learn()
        expected = self._gain * self._loudest()
        if not expected or level > _MARGIN * expected + self._noise:
            return frame
        lowered: Samples = (frame * min(1.0, self._noise / max(level, 1.0))).astype(np.int16)
        return lowered

    def _loudest(self) -> float:
        """Of what comes back now: RMS when it was played; 0 when that was silence."""
        end = len(self._played) - self._delay
        found = max(list(self._played)[end - 1 - _STRAYS : end + _STRAYS])
        return found if found > _SOUNDING else 0.0

    def _learn(self) -> None:
        """Compare what came with what was played, for all delays; three comparisons must agree."""
        heard = np.array(self._came) > 0
        came, played = _smooth(self._came), _smooth(self._played)
        before = np.lib.stride_tricks.sliding_window_view(played, _WINDOW)[::-1, heard]  # by delay
        if min(heard.sum(), (before[0] > _SOUNDING).sum()) < _FEWEST:
            return
        x, y = before - before.mean(axis=1, keepdims=True), came[heard] - came[heard].mean()
        both, spread = x @ y, np.maximum((x**2).sum(axis=1), 1e-9)
        alike = both / np.sqrt(spread * max(float(y @ y), 1e-9))
        delay = int(alike.argmax())
        gain = float(both[delay] / spread[delay])
        is_echo = alike[delay] > _ALIKE and gain < _LOUDEST
        self._agree = (self._agree + 1 if abs(delay - self._seems) <= 1 else 1) if is_echo else 0
        self._seems = delay
        if self._agree >= _AGREE:
            self._delay, self._gain = delay, gain
            self._noise = float(np.quantile(np.array(self._came)[heard], 0.1))


def _smooth(loudness: Iterable[float]) -> NDArray[np.float64]:
    """Over three frames: those of both sides are some milliseconds apart."""
    return np.convolve(list(loudness), np.ones(3) / 3, mode="same")
