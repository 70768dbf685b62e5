"""Voice activity: is somebody speaking in these 20 ms?"""

from collections import deque
from math import inf, log10
from typing import Protocol

import numpy as np
import webrtcvad

from voicebot.speech.audio import FRAME, RATE, Samples

_FULL_SCALE_DB = 20 * log10(32768)


class Vad(Protocol):
    """One detector per line; it learns the line's noise as it goes."""

    def voiced(self, frame: Samples) -> bool:
        """Judge the next 160 samples. Runs on the event loop, so it must take some tens of microseconds at most."""


class NoiseGate:
    """WebRTC's detector for what is speech-like, and energy above the line's own noise for when it begins and ends.

    WebRTC alone holds on 100-160 ms after the voice has ended, which a caller would hear as a slow robot; energy alone
    takes any hum for a voice. Measured: docs/speech.md, "Voice activity".
    """

    aggressiveness = 2
    above_noise_db = 5.0
    faintest_db = -50.0
    warm_up = 6  #: frames; WebRTC takes the beginning of any noise for speech (measured: 4 frames)

    def __init__(self) -> None:
        self._seen = 0
        self._speech_like = webrtcvad.Vad(self.aggressiveness)
        self._noise = _NoiseFloor()

    def voiced(self, frame: Samples) -> bool:
        level = _power_db(frame)
        floor = self._noise.after(level)
        speech_like: bool = self._speech_like.is_speech(frame.tobytes(), RATE)  # it must see every frame
        self._seen += 1
        return speech_like and self._seen > self.warm_up and level > max(floor + self.above_noise_db, self.faintest_db)


class _NoiseFloor:
    """The quietest 60 ms of the last 2.5 s: people cannot speak that long without a gap."""

    block = 25  #: frames
    blocks = 5
    assumed_db = -45.0
    nothing_db = -65.0  #: quieter than any microphone: no sound comes yet
    steady = 6  #: frames, and dB between them, of what no voice is: a noise that was there before the call
    steady_db = 2.5

    def __init__(self) -> None:
        self._recent: deque[float] = deque(maxlen=3)
        self._minima: deque[float] = deque(maxlen=self.blocks)
        self._lowest, self._highest = 0.0, -inf
        self._seen = 0
        self._awaited = 0

    def after(self, level: float) -> float:
        """The floor, this frame included; dB below full scale."""
        # A call begins with some frames of nothing. Learnt as the floor, they made a street a voice for 2.5 s.
        if not self._seen and level < self.nothing_db and self._awaited < self.block:
            self._awaited += 1
            return self.assumed_db
        self._recent.append(level)
        mean = sum(self._recent) / len(self._recent)
        self._lowest, self._highest = min(self._lowest, mean), max(self._highest, mean)
        self._seen += 1
        floor = min(self._lowest, *self._minima) if self._minima else self._first()
        if self._seen % self.block == 0:
            self._minima.append(self._lowest)
            self._lowest = 0.0
        return floor

    def _first(self) -> float:
        """For half a second an ordinary line is assumed, so that who speaks already at the first frame is heard."""
        is_steady = self._seen >= self.steady and self._highest - self._lowest < self.steady_db
        return self._lowest if is_steady else self.assumed_db


def _power_db(frame: Samples) -> float:
    wave = frame.astype(np.float32)
    return 10 * log10(max(float(np.dot(wave, wave)) / FRAME, 0.1)) - _FULL_SCALE_DB
