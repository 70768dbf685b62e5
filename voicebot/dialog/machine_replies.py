"""How somebody answers the robot's questions: in a word or two, or with a speech in which no such word is heard."""

from dataclasses import dataclass

from voicebot.speech.audio import FRAME_SECONDS

# Seconds.
_BRIEF = 1.2  # of voice; what is shorter is an answer, whatever was heard in it
_SPEECH = 2.0  # hardly anybody speaks so long without any of the words that answer
_BREATH = 0.8  # is a part of it
_PAUSE = 0.6  # before a reply; else it is still what was said before
_WORDS_COME = 1.3  # so long after the voice its words are known


@dataclass
class Reply:
    """To one of the robot's questions."""

    asked: float  #: end of the question
    spoken: float = 0.0  #: seconds of voice, pauses left out
    ended: float = float("-inf")  #: its last voice
    in_words: bool = False  #: one of those that answer was heard
    as_clerk: bool = False  #: … that those say who take calls for another

    @property
    def is_brief(self) -> bool:
        return 0 < self.spoken < _BRIEF and not self.as_clerk

    @property
    def evades(self) -> bool:
        return (self.spoken >= _BRIEF or self.as_clerk) and not self.in_words

    @property
    def is_speech(self) -> bool:
        return self.spoken >= _SPEECH and not self.in_words


class Replies:
    """Of one call, in their order."""

    def __init__(self) -> None:
        self._every: list[Reply] = []
        self._robot_speaks = False
        self._now = 0.0
        self._voice = float("-inf")  # the last

    def frame(self, at: float, voice: bool, robot_speaks: bool) -> None:
        """20 ms have passed, in which the other side spoke or did not."""
        if self._robot_speaks and not robot_speaks:
            self._every.append(Reply(asked=at))
        self._now, self._robot_speaks = at, robot_speaks
        if not voice:
            return
        reply = self._every[-1] if self._every else None
        if reply and at - reply.ended <= _BREATH:
            reply.spoken += at - reply.ended
            reply.ended = at
        elif reply and not robot_speaks and (reply.spoken or at - self._voice > _PAUSE):
            reply.spoken += FRAME_SECONDS
            reply.ended = at
        self._voice = at

    def at(self, instant: float) -> Reply | None:
        """What was said then replied to it."""
        return next((reply for reply in reversed(self._every) if reply.asked < instant), None)

    @property
    def over(self) -> list[Reply]:
        """Those whose words are known, if there were any."""
        return [reply for reply in self._every if reply.spoken and self._now - reply.ended >= _WORDS_COME]
