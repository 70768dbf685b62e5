"""The robot's voice on its way out: phrases, silence, loudness, and what the caller has heard by now.

No input or output here: `take` gives the frames that are due, both media implementations send them.
"""

from collections import deque
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from voicebot.speech.audio import FRAME, FRAME_SECONDS, RATE, Samples, rms
from voicebot.telephony.media import Playback

Due: TypeAlias = list[Samples | Playback]  #: sound in whole frames; a phrase stands where it ends, for a mark

#: Frames that may lie in Asterisk, sound or silence: 2 s. All of it can be taken back at any time, and as long may the
#: robot's event loop be late before the caller hears a hole (measured: docs/performance.md).
AHEAD = 100
ENDS_AT = "ends_at"  #: in `Playback.extra`: when the last sample leaves Asterisk
_DELAY = 0.01  # seconds from sending to the caller's ear when nothing is queued; measured 9–12 ms


@dataclass(frozen=True, slots=True)
class _Sent:
    playback: Playback | None  # None: silence
    start: int  # first sample of the frame in the playback
    heard_at: float  # when its last sample has left Asterisk


class Outflow:
    """Frames in the order in which the caller is to hear them. All instants are `time.monotonic()` seconds."""

    def __init__(self, *, ahead: int = AHEAD, takes_back: bool = True) -> None:
        """
        Args:
            ahead: frames that are sent before they are heard.
            takes_back: whether Asterisk can be told to drop what it has been sent.
        """
        self._ahead = ahead
        self._takes_back = takes_back
        self._phrases: deque[Playback] = deque()  # neither heard to the end nor dropped
        self._flight: deque[_Sent] = deque()  # given to Asterisk, not heard yet
        self._gain = 1.0
        self._held = False

    def add(self, playback: Playback, now: float) -> bool:
        """Queue a phrase; True when Asterisk's queue must be flushed first (there is silence in it)."""
        self._phrases.append(playback)
        self._settle(now)
        return any(sent.playback is None for sent in self._flight) and self.rewind(now)

    def clear(self, now: float) -> list[Playback]:
        """Drop everything that has not been heard; the phrases that were dropped. Asterisk must be flushed."""
        self.rewind(now)
        dropped = list(self._phrases)
        self._phrases.clear()
        return dropped

    def duck(self, decibels: float) -> None:
        """From the next frame on."""
        self._gain = 10 ** (-abs(decibels) / 20)

    def hold(self, on: bool) -> None:
        """From the next frame on."""
        self._held = on

    def rewind(self, now: float) -> bool:
        """Take back what has been sent but not heard, so that it can be sent otherwise; True when there was some.

        Asterisk's queue must be flushed at the same time.
        """
        self._settle(now)
        if not self._takes_back:
            return False
        for sent in reversed(self._flight):
            if sent.playback is not None:
                sent.playback.sent = sent.start
        taken_back = bool(self._flight)
        self._flight.clear()
        return taken_back

    def go_back(self, playback: Playback, sample: int) -> None:
        """The next frame is the one at `sample`, unless that is still to come; `rewind` before."""
        playback.sent = min(playback.sent, sample)

    def take(self, now: float) -> Due:
        """What to send now, in this order; silence where nothing plays."""
        self._settle(now)
        due: Due = []
        frames: list[Samples] = []
        free_at = self._flight[-1].heard_at if self._flight else now + _DELAY
        while len(self._flight) < self._ahead:
            free_at += FRAME_SECONDS
            playback = self._next()
            start = playback.sent if playback else 0
            self._flight.append(_Sent(playback, start, free_at))
            frames.append(self._frame(playback, now) if playback else np.zeros(FRAME, dtype=np.int16))
            if playback and playback.sent == len(playback.samples):
                playback.extra[ENDS_AT] = free_at
                due += [np.concatenate(frames), playback]
                frames = []
        return [*due, np.concatenate(frames)] if frames else due

    def heard(self, playback: Playback) -> None:
        """Asterisk says that it was played to its end."""
        playback.finished = True
        self._phrases.remove(playback)

    def overdue(self, now: float, grace: float) -> list[Playback]:
        """Phrases that must have ended so many seconds ago, although Asterisk did not say so."""
        sent = [phrase for phrase in self._phrases if phrase.sent == len(phrase.samples)]
        return [phrase for phrase in sent if phrase.extra[ENDS_AT] + grace < now]

    def position(self, playback: Playback, now: float) -> float:
        """Seconds of it that the caller has heard."""
        if playback.finished:
            return len(playback.samples) / RATE
        unheard = (sent.start for sent in self._flight if sent.playback is playback and sent.heard_at > now)
        return next(unheard, playback.sent) / RATE

    def sounding(self, now: float) -> float:
        """RMS of the frame that the caller hears now; 0 in silence."""
        self._settle(now)
        if not self._flight or (playback := self._flight[0].playback) is None:
            return 0.0
        start = self._flight[0].start
        return self._gain * rms(playback.samples[start : start + FRAME])

    def _next(self) -> Playback | None:
        if self._held:
            return None
        return next((phrase for phrase in self._phrases if phrase.sent < len(phrase.samples)), None)

    def _frame(self, playback: Playback, now: float) -> Samples:
        part = playback.samples[playback.sent : playback.sent + FRAME]
        playback.sent += len(part)
        if playback.first_frame_at is None:
            playback.first_frame_at = now
        frame = np.zeros(FRAME, dtype=np.int16)
        frame[: len(part)] = part if self._gain == 1.0 else part * self._gain
        return frame

    def _settle(self, now: float) -> None:
        while self._flight and self._flight[0].heard_at <= now:
            self._flight.popleft()
