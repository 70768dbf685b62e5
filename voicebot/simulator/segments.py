"""Where a robot's phrase and its parts begin and end, judged by loudness alone: the line is clean."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from voicebot.speech.audio import FRAME, FRAME_SECONDS, RATE, Samples, level_db, silence

_BLOCK = 40  #: samples in 5 ms, the grain of all instants
_FLOOR_DB = -60.0  #: nothing quieter is voice: comfort noise, the codec's residue
_RANGE_DB = 40.0  #: voice is what comes within so much of the phrase's loudest frame
_QUIETEST_PEAK_DB = -40.0  #: a phrase is at least so loud, ducked ones included
_PART_GAP = 0.18  #: seconds of silence between two parts of a phrase
_PHRASE_GAP = 0.65  #: seconds of silence that end a phrase
_MARGIN = 0.1  #: seconds of sound kept around a part
_TONE_WIDTH, _TONE_SHARE = 20.0, 0.9  #: Hz; speech spreads its energy over its harmonics
_SHORTEST = 0.04  #: seconds of voice in a part; less is a click


@dataclass(frozen=True, kw_only=True)
class Part:
    """A stretch of speech between two short pauses, as samples with a margin around it."""

    samples: Samples
    started: float  #: first voiced sample, `time.monotonic()` of its arrival
    ended: float  #: last voiced sample

    @property
    def is_tone(self) -> bool:
        """Ringing, a beep: nearly all of the energy lies within 20 Hz of one frequency."""
        power = np.abs(np.fft.rfft(self.samples * np.hanning(len(self.samples)))) ** 2
        hertz = np.fft.rfftfreq(len(self.samples), 1 / RATE)
        near = abs(hertz - hertz[power.argmax()]) < _TONE_WIDTH
        return bool(power[near].sum() > _TONE_SHARE * power.sum())


@dataclass(frozen=True, kw_only=True)
class PhraseEnd:
    """The robot is silent: its phrase is over."""

    ended: float  #: last voiced sample


@dataclass
class Segments:
    """Cuts the stream of one call. Instants are those at which a phone would play the sample: arrival of its frame
    plus its place in the frame.

    A block of 5 ms is voiced when its level is within 40 dB of the phrase's loudest frame so far (a phrase starts
    with an assumed loudest frame of -40 dBFS), and above -60 dBFS.
    """

    _peak: float = _QUIETEST_PEAK_DB
    _sound: list[Samples] = field(default_factory=list)  #: the part so far, led by the margin
    _started: float | None = None  #: first voiced sample of the part
    _ended: float = 0.0  #: last voiced sample
    _in_phrase: bool = False
    _voiced: int = 0  #: voiced blocks in the part
    _phrase_starts: list[float] = field(default_factory=list)

    @property
    def speaking(self) -> bool:
        """Whether a phrase is going on (short pauses included)."""
        return self._in_phrase or self._started is not None

    @property
    def quiet_since(self) -> float:
        """Last voiced sample; 0 before the first."""
        return self._ended

    def seconds_into(self, phrase: int, now: float) -> float | None:
        """Seconds since the first voiced sample of phrase number `phrase` (from 1); None while it has not begun."""
        return now - self._phrase_starts[phrase - 1] if len(self._phrase_starts) >= phrase else None

    def feed(self, samples: Samples, at: float) -> Iterator[Part | PhraseEnd]:
        """Take a frame of 20 ms that arrived at `at`."""
        self._sound.append(samples)
        self._peak = max(self._peak, level_db(samples))
        for start in range(0, len(samples), _BLOCK):
            if self._is_voice(samples[start : start + _BLOCK]):
                self._voiced += 1
                if self._started is None:
                    self._begin(at + start / RATE)
                self._ended = at + (start + _BLOCK) / RATE
        if self._started is None:
            del self._sound[: -round(_MARGIN * RATE / FRAME)]
        yield from self.tick(at + len(samples) / RATE)

    def tick(self, now: float) -> Iterator[Part | PhraseEnd]:
        """Let time pass without a frame: the robot's side may send none when it is silent."""
        if self._started is not None and now - self._ended >= _PART_GAP:
            if self._voiced * _BLOCK / RATE >= _SHORTEST:
                self._in_phrase = True
                yield Part(samples=np.concatenate(self._sound), started=self._started, ended=self._ended)
            self._started, self._voiced = None, 0
            self._sound = self._sound[-round(_MARGIN * RATE / FRAME) :]
        if self._in_phrase and self._started is None and now - self._ended >= _PHRASE_GAP:
            self._in_phrase, self._peak = False, _QUIETEST_PEAK_DB
            yield PhraseEnd(ended=self._ended)

    def _begin(self, at: float) -> None:
        self._started = at
        if not self._in_phrase:
            self._phrase_starts.append(at)

    def _is_voice(self, block: Samples) -> bool:
        return level_db(block) > max(_FLOOR_DB, self._peak - _RANGE_DB)


def voice_ends(samples: Samples) -> float:
    """Seconds from the beginning of a phrase to its last voiced sample, by the rule of `Segments`."""
    segments = Segments()
    padded = np.concatenate((samples, silence(_PHRASE_GAP + 2 * FRAME_SECONDS)))
    frames = range(0, len(padded) - FRAME + 1, FRAME)
    events = [event for start in frames for event in segments.feed(padded[start : start + FRAME], start / RATE)]
    return max((event.ended for event in events), default=0.0)
