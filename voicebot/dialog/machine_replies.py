"""How somebody answers the robot's questions: in a word or two, or with a speech in which no such word is heard."""

from dataclasses import dataclass
from itertools import takewhile

from voicebot.speech.audio import FRAME_SECONDS

# Seconds.
_BRIEF = 1.2  # of voice; what is shorter is an answer, whatever was heard in it
_BREATH = 0.8  # is a part of it
_PAUSE = 0.6  # before a reply; else it is still what was said before
_WORDS_COME = 1.3  # so long after the voice its words are known
_EARLY = 3


@dataclass
class Reply:
    """To one of the robot's questions."""

    asked: float  #: end of the question
    spoken: float = 0.0  #: seconds of voice, pauses left out
    ended: float = float("-inf")  #: its last voice
    in_words: bool = False  #: one of those that answer was heard
    as_clerk: bool = False  #: … that those say who take calls for another
    as_program: bool = False  #: … that hardly anybody but a program says

    @property
    def is_brief(self) -> bool:
        return 0 < self.spoken < _BRIEF and not self.as_clerk

    @property
    def evades(self) -> bool:
        return self.as_clerk or (self.spoken >= _BRIEF and not self.in_words)


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
    def evaded(self) -> bool:
        """The first question was, or is being."""
        return bool(self._every) and self._every[0].evades

    @property
    def over(self) -> list[Reply]:
        """The first three whose words are known, if there were any."""
        return [one for one in self._every[:_EARLY] if one.spoken and self._now - one.ended >= _WORDS_COME]

    @property
    def evades(self) -> bool:
        """In more than two words, none of which was one that answers, or that a secretary says."""
        return any(not reply.as_clerk for reply in self._evasions)

    @property
    def evades_again(self) -> bool:
        """In more than two words, or as programs do, both times; whoever takes calls for another may."""
        every = [reply for reply in self._evasions if reply.as_program or reply.spoken >= _BRIEF]
        return len(every) > 1 and any(reply.as_program or not reply.as_clerk for reply in every)

    @property
    def are_clerks(self) -> bool:
        """Two of them, or more."""
        return sum(reply.as_clerk for reply in self._every) > 1

    @property
    def _evasions(self) -> list[Reply]:
        """Those of the first that evade the question, until one is answered in words."""
        early = takewhile(lambda reply: reply.as_clerk or not reply.in_words, self.over)
        return [reply for reply in early if reply.evades]
