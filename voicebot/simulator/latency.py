"""How long the robot took to answer, measured at the person's ear.

From the last voiced sample that the person sent to the first voiced sample of the phrase that *answers* it. "Voiced"
is `segments.Segments`' rule for both. An instant is the one at which the frame with that sample was given to, or came
from, the city's Asterisk, plus the sample's place in it. Known errors: the city's Asterisk takes 9–12 ms to send what
the person says, so what is measured is so much too long; a frame that a busy machine hands over late moves an instant
by as much.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from voicebot.simulator.transcript import Heard, Said
from voicebot.simulator.vocabulary import Vocabulary

_SAME = 90.0  #: percent of likeness from which a phrase is a repetition
_SPEECH = 0.3  #: seconds; shorter sounds without a known word are noises, not speech


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One answer of the robot."""

    said: Said
    heard: Heard
    milliseconds: int


def replies(said: Sequence[Said], heard: Sequence[Heard]) -> tuple[Reply, ...]:
    """For everything that the person said, greetings excluded, the phrase that answered it, where there was one."""
    found = (_reply(said, index, heard) for index, one in enumerate(said) if not one.is_greeting)
    return tuple(reply for reply in found if reply)


def first_reply(said: Sequence[Said], heard: Sequence[Heard]) -> Reply | None:
    """The answer to the person's greeting."""
    return _reply(said, 0, heard) if said and said[0].is_greeting else None


def _reply(said: Sequence[Said], index: int, heard: Sequence[Heard]) -> Reply | None:
    one = said[index]
    until = said[index + 1].started if index + 1 < len(said) else float("inf")
    before = [phrase.text for phrase in heard if phrase.ended <= one.started]
    for phrase in heard:
        if one.ended <= phrase.started < until and (one.asks_again or not _repeats(phrase.text, before)):
            started = _answer_starts(phrase)
            if started is not None:
                return Reply(said=one, heard=phrase, milliseconds=round(1000 * (started - one.ended)))
    return None


def _answer_starts(phrase: Heard) -> float | None:
    """Where the answer begins: fillers and noises before it don't count. None: the phrase has no known word."""
    fillers = Vocabulary.load()
    if fillers.is_filler(phrase.text):
        return None
    for part in phrase.parts:
        spoken = part.text or part.ended - part.started >= _SPEECH
        if spoken and not (part.text and fillers.is_filler(part.text)):
            return part.started
    return None


def _repeats(text: str, before: Iterable[str]) -> bool:
    return any(fuzz.ratio(text, earlier) >= _SAME for earlier in before)
