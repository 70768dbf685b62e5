"""How somebody speaks at the telephone: how long, the same again, and what stands out of a noise."""

from collections import deque
from dataclasses import dataclass

import numpy as np

from voicebot.speech.audio import FRAME_SECONDS

# Seconds.
_PAUSE = 0.75  # voice that goes on sooner is one speech
_BREATH = 0.55  # of something less loud ends what may be an answer
_LONG = 3.0
_UNBROKEN = 8.0  # of sound; speech has gaps
_GAP = 0.3
_SMOOTH = 0.2  # loudness is that of so long

_LOUD = 10**-0.8  # of the loudest; what is 8 dB below it (music, a television) is no answer
_AUDIBLE = 10**-1.2  # what is 12 dB below it is behind the one who speaks
_EVEN = 10**-0.6  # music holds on to it; whoever has music behind them is louder than that
_RECENT = 150  # frames
_LULLS = 0.02  # of them are between words, or what sounds behind the speaker is in them
_EVERY_LOOK = 10  # frames between two
_BEHIND = 75  # frames before a phrase, out of whose loudness it stands
_GAPS = 0.15  # of them may lie between words
_STANDS_OUT = 10**0.6

# Of a recording that is played again, frame by frame.
_SAME = 120  # frames that are compared
_FIRST = 60  # the second time begins so much later at least
_EVERY = 20  # frames between two comparisons
_DEPTH_DB = 20.0  # what is so far below the loudest is silence
_NOTHING_DB = -100.0
_AS_LOUD_DB = 6.0  # below the loudest of the call; what is softer is behind the speaker
_SPOKEN = 45  # of the frames are no silence
_LIKE_DB = 1.6  # mean difference
_BEATS = range(10, 45)  # frames from beat to beat
_BEAT_DB = 3.0
_PAUSES = 15  # are; music has none, and goes by in bars
_LIVELY_DB = 2.5  # standard deviation of these; a tone or a hum is always like itself


@dataclass
class Phrase:
    """Sound as loud as the speaker's between two pauses for breath."""

    began: float = float("-inf")
    ended: float = float("-inf")
    voiced: bool = False
    stands_out: bool = False  #: of what sounded before it


class Manner:
    """Of one call; what is much less loud than the speaker is left out."""

    def __init__(self) -> None:
        self.voice = False  #: the ear hears one
        self.first_voice: float | None = None
        self.longest = 0.0  #: seconds of speech with short pauses
        self.phrase = Phrase()  #: the last
        self.speaks = False  #: at this moment, and is not what sounds behind the speaker
        self.sounded = float("-inf")  #: when something was last about as loud as they, words or not
        self._robot_speaks = False
        self.repeats = False
        self._power = 0.0
        self._loudest = 0.0
        self.speech_began = 0.0  #: the last
        self._voiced = float("-inf")  # the last loud frame
        self._sound_began = 0.0  # without a gap
        self._sound_ended = float("-inf")
        self.is_unbroken = False  #: sounds on and on, as loud as ever
        self._recent: deque[float] = deque(maxlen=_RECENT)
        self._noise = 0.0  # loudness behind whoever speaks now
        self._behind = 0.0  # … before the last phrase
        self._levels: list[float] = []

    @property
    def is_long(self) -> bool:
        return self.longest >= _LONG

    def frame(self, at: float, level_db: float, robot_speaks: bool) -> None:
        """20 ms of this loudness have passed."""
        self._robot_speaks = robot_speaks
        self._power += (10 ** (level_db / 10) - self._power) * FRAME_SECONDS / _SMOOTH
        if self.voice:
            self._loudest = max(self._loudest, self._power)
        if len(self._levels) % _EVERY_LOOK == 0 and self._recent:
            self._noise = sorted(self._recent)[round(_LULLS * (len(self._recent) - 1))]
        if self._is_at_least(_EVEN):
            self._goes_on(at)
        if self._is_at_least(_LOUD):
            self._sounds(at)
        stands_out = self.voice and self._power >= self._noise * _STANDS_OUT
        self.speaks = stands_out and self._is_at_least(_LOUD)
        if self._is_at_least(_AUDIBLE):
            self.sounded = at
            if stands_out and not self._may_be_echo:
                self._speaks(at)
        self._recent.append(self._power)
        self._levels.append(_NOTHING_DB if self._may_be_echo else level_db)
        if not self.repeats and len(self._levels) % _EVERY == 0:
            self.repeats = _ends_as_before(np.asarray(self._levels, dtype=np.float32))

    def _is_at_least(self, share: float) -> bool:
        return self._loudest > 0 and self._power >= self._loudest * share

    @property
    def _may_be_echo(self) -> bool:
        """The robot's own voice out of a loudspeaker, when nobody has been heard before it."""
        return self._robot_speaks and self.first_voice is None

    def _goes_on(self, at: float) -> None:
        if at - self._sound_ended > _GAP or self._robot_speaks:
            self._sound_began = at
        self._sound_ended = at
        self.is_unbroken = self.is_unbroken or at - self._sound_began >= _UNBROKEN

    def _sounds(self, at: float) -> None:
        if at - self.phrase.ended > _BREATH:
            self.phrase = Phrase(began=at)
            before = list(self._recent)[-_BEHIND:]
            self._behind = float(np.quantile(before, _GAPS)) if before else 0.0
        self.phrase.ended = at
        self.phrase.voiced = self.phrase.voiced or self.voice
        self.phrase.stands_out = self.phrase.stands_out or self._power >= self._behind * _STANDS_OUT

    def _speaks(self, at: float) -> None:
        if at - self._voiced > _PAUSE:
            self.speech_began = at
        self._voiced = at
        self.first_voice = self.first_voice or at
        self.longest = max(self.longest, at - self.speech_began)


def _ends_as_before(levels: np.typing.NDArray[np.float32]) -> bool:
    """Whether the last seconds sound as earlier ones did, as only a recording does."""
    if len(levels) < _SAME + _FIRST:
        return False
    levels = np.maximum(levels, levels.max() - _DEPTH_DB)
    last = levels[-_SAME:]
    spoken = last[last > levels.min()]
    if last.max() < levels.max() - _AS_LOUD_DB:
        return False
    if not _SPOKEN <= len(spoken) <= _SAME - _PAUSES or spoken.std() < _LIVELY_DB:
        return False
    earlier = np.lib.stride_tricks.sliding_window_view(levels[:-_FIRST], _SAME)
    is_like = bool(np.abs(earlier - last).mean(axis=1).min() < _LIKE_DB)
    return is_like and not _has_beat(last)


def _has_beat(levels: np.typing.NDArray[np.float32]) -> bool:
    """Whether this is music, which is like itself from beat to beat."""
    return any(np.abs(levels[lag:] - levels[:-lag]).mean() < _BEAT_DB for lag in _BEATS)
