"""Was a dialled call answered by a machine? Judged from what is heard while the talk goes on, never from silence.

Signs are weighed as logarithms of odds (`machine.yaml`) and added up; docs/campaigns.md tells how well they do. How
somebody greets (length, a favourite word) is never enough, nor are long replies: there must be words that machines say,
tones, or nobody who answers the robot's question.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from voicebot.dialog.machine_manner import Manner, Phrase
from voicebot.dialog.machine_replies import Replies, Reply
from voicebot.speech.beep import Beep, Signal
from voicebot.speech.ear import Event, Utterance, VoiceStarted, VoiceStopped
from voicebot.speech.recogniser import Word


class Sign(StrEnum):
    """What speaks for a machine, or against; named as in machine.yaml."""

    WORDS = "words"  #: what only machines say
    MORE_WORDS = "more words"  #: another one
    HINT = "hint"  #: a word that machines are fond of
    MORE_HINTS = "more hints"
    ASSISTANT = "assistant"  #: a word for what takes calls
    BEEP = "beep"  #: a tone, and silence after it
    SPEECH_AND_BEEP = "speech and beep"
    SIGNAL = "signal"  #: of the network, or of a fax
    REPEATED = "repeated"  #: the same sound again
    LONG = "long"  #: a greeting longer than people give
    UNBROKEN = "unbroken"  #: music, or something else that sounds without a gap
    STRANGE = "strange"  #: spoke, but none of the words with which people greet
    NO_ANSWER = "no answer"  #: spoke before, but nobody answers the robot's question
    PERSON = "person"  #: a short greeting
    CHATS = "chats"  #: greets with several such words
    ANSWERED = "answered"  #: something short, after the robot's question
    EVADES = "evades"  #: spoke for a while after its question, but none of the words that answer
    EVADES_AGAIN = "evades again"  #: another question too, and not only as somebody's secretary does
    CLERK = "clerk"  #: says what somebody's secretary says to the robot's question
    PROGRAM = "program"  #: … what hardly anybody but a program says to it
    CLERK_AGAIN = "clerk again"  #: either, to another question


# Seconds.
_CLICK = 0.12  # what is shorter is nobody's voice
_SPEECH = 1.8  # before a beep
_PHRASE = 1.5
_GREETING = 1.6  # people's are shorter, most of them
_BREATH = 0.55
_ANSWER = 7.0  # after the robot's question; the robot asks again after six
_SHORT = 2.5  # an answer to it
_LONG_ANSWER = 3.5  # what is longer is a speech, whatever words were heard in it
_AROUND_BEEP = 0.4  # sound that begins and ends so near to a beep was the beep
_BEFORE = 0.25  # an utterance's sound begins so long before its voice
_LISTENS = 1.5  # of silence, in which a machine waits for a message; half a second more passes until a sound has faded
_BEEP_COMES = 5.5  # the same when a beep was promised
_NAMED = 1.5  # of the robot's greeting; later, "робот" is what they heard
_WORDS_COME = 1.2  # so long after a beep the words before it are known

_SURE = 0.6  # confidence of a word with which people or programs greet
_WEIGHED = 0.8  # … of one that machines are fond of: such words are heard in music too
_QUITE_SURE = 0.7  # … of one that answers
_NEARLY = 0.9  # of a mark
_PERHAPS = 0.35  # of a mark that counts as a hint
_FEW = 3  # words of a greeting
_SEVERAL = 2  # different ones
_MARKS = ("beeps", "recorders", "selves", "announcements")  # of machine.yaml
_LISTENED_FOR = (*_MARKS, "hints", "assistants", "clerks", "programs", "answers")
_ROBOT = "робот"  # and its cases: as every scenario's greeting names the robot
_RINGING = (415.0, 434.0)  # Hz: what the network makes, and nobody's machine before it has spoken


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """It is a machine."""

    after: float  #: seconds since the answer
    signs: tuple[Sign, ...]


@cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("machine.yaml").read_text(encoding="utf-8"))
    data["selves"] = [f"{kind} {name}" for kinds, names in data["selves"] for kind in kinds for name in names]
    return data


@cache
def _weights() -> Mapping[Sign, float]:
    return {Sign(name): float(weight) for name, weight in _data()["weights"].items()}


def phrases() -> tuple[str, ...]:
    """What is listened for."""
    return tuple(phrase for kind in _LISTENED_FOR for phrase in _data()[kind])


class Judge:
    """Takes what is heard of one call, in its order; `verdict` stands as soon as there is enough evidence.

    Instants are those of the frames.
    """

    def __init__(self) -> None:
        self.signs: set[Sign] = set()
        self.verdict: Verdict | None = None
        self._answered: float | None = None
        self._now = 0.0
        self._manner = Manner()
        self._replies = Replies()
        self._robot_began: float | None = None  # its first words
        self._asked: float | None = None  # their end
        self._greetings: set[str] = set()  # what was heard of the words with which people greet
        self._listens = False  # somebody has answered the robot
        self._tone: Beep | None = None  # the last one
        self._beep: Beep | None = None  # … that was no ringing
        self._said: set[str] = set()  # of the words in machine.yaml
        self._decided = 0.0  # when the verdict fell

    @property
    def records(self) -> bool:
        """A message would be kept now: it has beeped, or waits in silence for what is said to it."""
        sounded = self._manner.sounded
        if self._beep and self._beep.at > sounded - _AROUND_BEEP:
            return True
        will_beep = self._has_said("beeps")
        records = will_beep or self._has_said("recorders") or self._has_said("selves")
        if self._has_said("announcements") and not records:
            return False
        silence = _BEEP_COMES if will_beep else _LISTENS
        return self.verdict is not None and self._now - max(sounded, self._decided) >= silence

    @property
    def is_person(self) -> bool:
        """A short greeting, and an answer to the robot's question: nothing more need be listened for."""
        return {Sign.PERSON, Sign.ANSWERED} <= self.signs

    def frame(self, at: float, level_db: float, robot_speaks: bool) -> None:
        """20 ms of this loudness have passed."""
        if self._answered is None:
            self._answered = at
        self._now = at
        if robot_speaks and self._robot_began is None:
            self._robot_began = at
        if self._robot_began is not None and not robot_speaks and self._asked is None:
            self._asked = at
        self._manner.frame(at, level_db, robot_speaks)
        self._replies.frame(at, self._manner.speaks, robot_speaks)
        self._behaves()
        if self._asked is not None:
            self._weigh_replies()
            if not self._listens:
                self._await_answer(self._asked)
        self._decide()

    def take(self, event: Event | Beep | Signal) -> None:
        """What the ear or the detector of beeps tells."""
        match event:
            case VoiceStarted():
                self._manner.voice = True
            case VoiceStopped():
                self._manner.voice = False
            case Utterance():
                self._hears(event)
            case Beep():
                self._beeps(event)
            case Signal():
                self.signs.add(Sign.SIGNAL)
        self._decide()

    def _behaves(self) -> None:
        manner = self._manner
        greets = self._asked is None or manner.speech_began <= self._asked
        for sign, shown in (
            (Sign.LONG, greets and manner.is_long),
            (Sign.UNBROKEN, manner.is_unbroken),
            (Sign.REPEATED, manner.repeats),
        ):
            if shown:
                self.signs.add(sign)

    def _weigh_replies(self) -> None:
        """To the robot's questions; words that are known late may still make an answer of one."""
        for sign, shown in (
            (Sign.EVADES, self._replies.evades),
            (Sign.EVADES_AGAIN, self._replies.evades_again),
            (Sign.CLERK_AGAIN, self._replies.are_clerks),
        ):
            (self.signs.add if shown else self.signs.discard)(sign)
        if any(reply.is_brief for reply in self._replies.over[:1]) and Sign.NO_ANSWER not in self.signs:
            self.signs.add(Sign.ANSWERED)

    def _beeps(self, beep: Beep) -> None:
        self._tone = beep
        after_speech = self._manner.longest >= _SPEECH
        if not after_speech and _RINGING[0] <= beep.hertz <= _RINGING[1]:
            return
        self._beep = beep
        self.signs.add(Sign.BEEP)
        if after_speech:
            self.signs.add(Sign.SPEECH_AND_BEEP)

    def _await_answer(self, asked: float) -> None:
        """Short words are one, whatever they were and whatever else sounds behind them."""
        phrase = self._manner.phrase
        if phrase.began > asked and self._is_answer(phrase):
            self._listens = self._now - phrase.ended > _BREATH  # while it lasts it may become a speech
        elif self._now - asked >= _ANSWER and not self._replies.evaded:
            self._nobody_answers()

    def _is_answer(self, phrase: Phrase) -> bool:
        is_short = phrase.voiced and _CLICK <= phrase.ended - phrase.began < _SHORT
        return is_short and phrase.stands_out and not self._was_beep(phrase.began, phrase.ended)

    def _nobody_answers(self) -> None:
        """Who has said nothing that a machine might have said may be silent."""
        self._is_strange()
        if self.signs & {Sign.WORDS, Sign.HINT, Sign.BEEP, Sign.LONG, Sign.STRANGE, Sign.REPEATED}:
            self.signs.add(Sign.NO_ANSWER)
            self.signs.discard(Sign.ANSWERED)

    def _is_strange(self) -> None:
        if self._manner.longest >= _PHRASE and not self._greetings:
            self.signs.add(Sign.STRANGE)

    def _hears(self, said: Utterance) -> None:
        if self._was_beep(said.started, said.ended):
            return
        self._weigh_words(said)
        if self._asked is None or said.started < self._asked:
            self._greets(said)
        if self._asked is not None:
            self._answers(said, self._asked)

    def _greets(self, said: Utterance) -> None:
        if _found(("selves",), said.words, _NEARLY):  # “говорите с роботом” bids nobody to speak
            return
        words = _heard("people", said, _SURE)
        self._greetings |= words.keys()
        if len(self._greetings.difference(_data()["anybodys"])) >= _SEVERAL and self._manner.is_long:
            self.signs.add(Sign.CHATS)
        first = self._manner.first_voice
        is_short = len(said.words) <= _FEW and said.ended - said.started < _SHORT
        if self._asked is None and first is not None and is_short:
            self.signs |= {Sign.PERSON for at in words.values() if at - first < _GREETING}

    def _answers(self, said: Utterance, asked: float) -> None:
        spoken = [at for at in _heard("answers", said, _QUITE_SURE).values() if at > asked]
        if not spoken or said.ended - said.started >= _LONG_ANSWER:
            return
        self._listens = True
        reply = self._replies.at(spoken[-1])
        if reply:
            reply.in_words = True
        if reply is None or not reply.as_clerk:
            self.signs.add(Sign.ANSWERED)

    def _weigh_words(self, said: Utterance) -> None:
        has_heard = self._robot_began is not None and said.started >= self._robot_began + _NAMED
        if has_heard and _asks(said):
            return
        for mark in _found(_MARKS, said.words, _NEARLY):
            self.signs.add(Sign.MORE_WORDS if Sign.WORDS in self.signs and mark not in self._said else Sign.WORDS)
            self._said.add(mark)
        reply = self._replies.at(said.ended)
        replied = _since(reply.asked, said) if reply else ()
        others = _found(("hints",), said.words[: len(said.words) - len(replied)], _WEIGHED)
        if reply:
            others += self._weigh_reply(reply, replied)
        for hint in (*others, *_found(_MARKS, said.words, _PERHAPS)):
            if hint not in self._said:
                self.signs.add(Sign.MORE_HINTS if Sign.HINT in self.signs else Sign.HINT)
                self._said.add(hint)
        if not has_heard and _found(("assistants",), self._not_echoed(said), _WEIGHED):
            self.signs.add(Sign.ASSISTANT)

    def _not_echoed(self, said: Utterance) -> tuple[Word, ...]:
        """Its words but for what the robot calls itself, which may come back to it."""
        began = float("inf") if self._robot_began is None else self._robot_began
        return tuple(one for one in said.words if _instant(one, said) < began or not one.word.startswith(_ROBOT))

    def _weigh_reply(self, reply: Reply, words: tuple[Word, ...]) -> list[str]:
        """Gives the hints in it that are no part of what makes it a secretary's or a program's."""
        heard = _found(("hints", "clerks", "programs"), words, _WEIGHED)
        programs = [phrase for phrase in heard if phrase in _data()["programs"]]
        clerks = [phrase for phrase in heard if phrase in _data()["clerks"]]
        if clerks or programs:
            reply.as_clerk = True
            reply.as_program |= bool(programs)
            self.signs.add(Sign.PROGRAM if programs else Sign.CLERK)
        return [phrase for phrase in heard if phrase not in programs and phrase not in clerks]

    def _was_beep(self, began: float, ended: float) -> bool:
        """A recogniser may hear a word in it."""
        beep = self._tone
        if beep is None or abs(ended - beep.at) > _AROUND_BEEP:
            return False
        return began > beep.at - beep.seconds - _AROUND_BEEP

    def _has_said(self, kind: str) -> bool:
        return not self._said.isdisjoint(_data()[kind])

    def _decide(self) -> None:
        if self.verdict is not None or sum(_weights()[sign] for sign in self.signs) < _data()["enough"]:
            return
        if self._beep and self._now - self._beep.at < _WORDS_COME and Sign.WORDS not in self.signs:
            return
        signs = tuple(sign for sign in Sign if sign in self.signs)
        self._decided = self._now
        self.verdict = Verdict(after=self._now - (self._answered or self._now), signs=signs)


def _heard(kind: str, said: Utterance, confidence: float) -> dict[str, float]:
    """The words of that kind in it, and when they were said last."""
    wanted = _data()[kind]
    found = [one for one in said.words if one.confidence >= confidence and one.word in wanted]
    return {one.word: _instant(one, said) for one in found}


def _since(instant: float, said: Utterance) -> tuple[Word, ...]:
    """Its words from then on: what comes before the end of a question is its echo, or no reply to it."""
    return tuple(one for one in said.words if _instant(one, said) >= instant)


def _instant(word: Word, said: Utterance) -> float:
    """When the word of that utterance began."""
    return said.started - _BEFORE + word.start


def _asks(said: Utterance) -> bool:
    """Whether the robot itself is asked whether it is one: “вы голосовой помощник?”, but not “я её секретарь”."""
    words = {one.word for one in said.words}
    is_about_robot = "я" not in words and not words.isdisjoint(_data()["asks"])
    return is_about_robot and bool(_found(("selves", "assistants"), said.words, _PERHAPS))


def _found(kinds: tuple[str, ...], words: tuple[Word, ...], confidence: float) -> list[str]:
    """The phrases of those kinds in it; none that is a part of another one."""
    text = f" {' '.join(word.word for word in words if word.confidence >= confidence)} "
    every = [phrase for kind in kinds for phrase in _data()[kind] if f" {phrase} " in text]
    return [one for one in every if not any(one != other and f" {one} " in f" {other} " for other in every)]
