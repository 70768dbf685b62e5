"""Where an answer begins and ends: voiced frames → the instants of voice, with no sound and no clock inside."""

from collections import deque
from dataclasses import dataclass
from itertools import islice

from voicebot.speech.audio import FRAME_SECONDS


@dataclass(frozen=True, kw_only=True)
class VoiceStarted:
    """Somebody began to speak, or went on after a pause; told 40-60 ms later, when it is sure."""

    at: float  #: `time.monotonic()` of the first voiced sample


@dataclass(frozen=True, kw_only=True)
class VoiceStopped:
    """A pause, which may be the end; told 100 ms after the last voiced sample."""

    at: float  #: `time.monotonic()` of the last voiced sample


class Endpoint:
    """Confirms that an answer begins (3 voiced frames of 5), goes on (2 of 5) and pauses (none of 5).

    An answer goes on more easily than it begins: between unvoiced consonants a vowel may be 40 ms of voice
    ("двадцать"), and noise must not start an answer.
    """

    window = 5
    to_begin = 3
    to_go_on = 2

    def __init__(self) -> None:
        self._last: deque[tuple[bool, float]] = deque(maxlen=self.window)
        self._begun = False
        self.speaking = False
        self.ended = 0.0  #: end of the last voiced frame of a confirmed voice

    def hear(self, voiced: bool, at: float) -> VoiceStarted | VoiceStopped | None:
        """Take the judgement of the frame that ended at the instant `at`."""
        self._last.append((voiced, at))
        heard = [instant for was_voiced, instant in self._last if was_voiced]
        if self.speaking:
            if voiced:
                self.ended = at
            return None if heard else self._pause()
        if not voiced or len(heard) < (self.to_go_on if self._begun else self.to_begin):
            return None
        self.speaking = self._begun = True
        self.ended = at
        return VoiceStarted(at=heard[0] - FRAME_SECONDS)

    @property
    def stirs(self) -> bool:
        """A voice may be going on: one of the last two frames was voiced, and it is not sure yet."""
        return not self.speaking and any(voiced for voiced, _ in islice(reversed(self._last), 2))

    def end(self) -> VoiceStopped | None:
        """The answer is over, whether or not the voice pauses here."""
        self._begun = False
        self._last.clear()
        return self._pause() if self.speaking else None

    def resume(self) -> None:
        """It was not over: a voice goes on, it does not begin."""
        self._begun = True

    def _pause(self) -> VoiceStopped:
        self.speaking = False
        return VoiceStopped(at=self.ended)
