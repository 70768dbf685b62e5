"""Was a dialled call answered by a machine? Judged from what is heard while the talk goes on, never from silence.

Signs and their weights were chosen on the tuning half of `bench/machine_personas`; docs/campaigns.md tells how well
they do on the other half. Manners alone (length, speaking over the robot, a favourite word) are never enough: there
must be words or a beep, or nobody who answers the robot's question.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

import yaml

from voicebot.speech.audio import FRAME_SECONDS
from voicebot.speech.beep import Beep
from voicebot.speech.ear import Event, Utterance, VoiceStarted, VoiceStopped
from voicebot.speech.recogniser import Word


class Sign(StrEnum):
    """What speaks for a machine, or against."""

    WORDS = "words"  #: a mark of machine.yaml
    HINT = "hint"  #: a word that machines are fond of
    BEEP = "beep"  #: a tone, and silence after it
    SPEECH_AND_BEEP = "speech and beep"
    LONG = "long"  #: a greeting longer than people give
    ON_AND_ON = "on and on"  #: … than hardly anybody gives
    STRANGE = "strange"  #: spoke, but none of the words with which people greet
    OVER_US = "over us"  #: speaks on while the robot speaks
    NO_ANSWER = "no answer"  #: spoke before, but nobody answers the robot's question
    PERSON = "person"  #: a short greeting


_WEIGHTS = {
    Sign.WORDS: 1.0,
    Sign.HINT: 0.3,
    Sign.BEEP: 0.6,
    Sign.SPEECH_AND_BEEP: 0.4,  # beside the beep's own
    Sign.LONG: 0.2,
    Sign.ON_AND_ON: 0.2,  # beside the former
    Sign.STRANGE: 0.3,
    Sign.OVER_US: 0.2,
    Sign.NO_ANSWER: 0.7,
    Sign.PERSON: -0.5,
}
_ENOUGH = 0.99

# Seconds.
_PAUSE = 0.75  # voice that goes on sooner is one speech
_BREATH = 0.55  # of something less loud ends what may be an answer
_CLICK = 0.12  # what is shorter is nobody's voice
_SPEECH = 1.2
_PHRASE = 1.5
_LONG = 3.0
_ON_AND_ON = 5.0
_GREETING = 1.6  # people's are shorter, most of them
_REACTION = 1.0  # people fall silent so soon when somebody speaks to them
_OVER_US = 2.0  # of voice under the robot's own, from then on
_ANSWER = 7.0  # after the robot's question; the robot asks again after six
_SHORT = 2.5  # an answer to it
_AROUND_BEEP = 0.4  # sound that begins and ends so near to a beep was the beep
_BEFORE = 0.25  # an utterance's sound begins so long before its voice
_SMOOTH = 0.2  # loudness is that of so long

_LOUD = 10**-0.8  # of the loudest; what is 8 dB below it (music, a television) is behind the one who speaks
_SURE = 0.6  # confidence of a word
_NEARLY = 0.5  # of a mark, for which other words are rarely taken
_PERHAPS = 0.35  # of a mark that counts as a hint
_FEW = 3  # words of a greeting


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """It is a machine."""

    after: float  #: seconds since the answer
    signs: tuple[Sign, ...]


@cache
def _words() -> dict[str, list[str]]:
    words: dict[str, list[str]] = yaml.safe_load(Path(__file__).with_name("machine.yaml").read_text(encoding="utf-8"))
    return words


def phrases() -> tuple[str, ...]:
    """What is listened for beside people's own words."""
    return (*_words()["marks"], *_words()["hints"])


class Judge:
    """Takes what is heard of one call, in its order; `verdict` stands as soon as there is enough evidence.

    Instants are those of the frames.
    """

    def __init__(self) -> None:
        self.signs: set[Sign] = set()
        self.verdict: Verdict | None = None
        self._answered: float | None = None
        self._now = 0.0
        self._manner = _Manner()
        self._asked: float | None = None  # end of the robot's first words
        self._greeted = False  # a word was heard with which people greet
        self._listens = False  # somebody has answered the robot
        self._beep: Beep | None = None  # the last one

    @property
    def is_person(self) -> bool:
        """A short greeting, and an answer to the robot's question: nothing more need be listened for."""
        return self._listens and Sign.PERSON in self.signs

    def frame(self, at: float, level_db: float, robot_speaks: bool) -> None:
        """20 ms of this loudness have passed."""
        if self._answered is None:
            self._answered = at
        self._now = at
        if self._manner.robot_began is not None and not robot_speaks and self._asked is None:
            self._asked = at
        self._manner.frame(at, level_db, robot_speaks)
        self.signs |= self._manner.signs
        if self._asked is not None and not self._listens:
            self._await_answer(self._asked)
        self._decide()

    def take(self, event: Event | Beep) -> None:
        """What the ear or the detector of beeps tells."""
        match event:
            case VoiceStarted():
                self._manner.voice = True
            case VoiceStopped():
                self._manner.voice = False
            case Utterance():
                self._said(event)
            case Beep():
                self._beep = event
                self.signs.add(Sign.BEEP)
                if self._manner.longest >= _SPEECH:
                    self.signs.add(Sign.SPEECH_AND_BEEP)
        self._decide()

    def _await_answer(self, asked: float) -> None:
        """Short words are one, whatever they were and whatever else sounds behind them."""
        phrase = self._manner.phrase
        is_short = phrase.voiced and _CLICK <= phrase.ended - phrase.began < _SHORT
        if is_short and phrase.began > asked and not self._was_beep(phrase.began, phrase.ended):
            self._listens = self._now - phrase.ended > _BREATH  # while it lasts it may become a speech
        elif self._now - asked >= _ANSWER:
            self._nobody_answers()

    def _nobody_answers(self) -> None:
        """Who has said nothing that a machine might have said may be silent."""
        if self._manner.longest >= _PHRASE and not self._greeted:
            self.signs.add(Sign.STRANGE)
        if self.signs & {Sign.HINT, Sign.BEEP, Sign.LONG, Sign.STRANGE}:
            self.signs.add(Sign.NO_ANSWER)

    def _said(self, said: Utterance) -> None:
        if self._was_beep(said.started, said.ended):
            return
        if _has("marks", _text(said, _NEARLY)):
            self.signs.add(Sign.WORDS)
        if _has("hints", _text(said, _SURE)) or _has("marks", _text(said, _PERHAPS)):
            self.signs.add(Sign.HINT)
        people = _words()["people"]
        sure = [word for word in said.words if word.confidence >= _SURE and word.word in people]
        spoken = [said.started - _BEFORE + word.start for word in sure]
        self._greeted = self._greeted or bool(spoken)
        if self._asked is None:
            first = self._manner.first_voice
            if first is not None and any(at - first < _GREETING for at in spoken) and len(said.words) <= _FEW:
                self.signs.add(Sign.PERSON)
        elif any(at > self._asked for at in spoken) and not self._is_music(sure):
            self._listens = True

    def _is_music(self, sure: Sequence[Word]) -> bool:
        """One word, again and again, in sound without a pause: a recogniser makes it of music."""
        return self._manner.last >= _LONG and len({word.word for word in sure}) == 1

    def _was_beep(self, began: float, ended: float) -> bool:
        """A recogniser may hear a word in it."""
        beep = self._beep
        if beep is None or abs(ended - beep.at) > _AROUND_BEEP:
            return False
        return began > beep.at - beep.seconds - _AROUND_BEEP

    def _decide(self) -> None:
        if self.verdict is None and sum(_WEIGHTS[sign] for sign in self.signs) >= _ENOUGH:
            signs = tuple(sign for sign in Sign if sign in self.signs)
            self.verdict = Verdict(after=self._now - (self._answered or self._now), signs=signs)


@dataclass
class _Phrase:
    """Sound as loud as the speaker's between two pauses for breath."""

    began: float = float("-inf")
    ended: float = float("-inf")
    voiced: bool = False


class _Manner:
    """How long somebody speaks, and whether over the robot; what is much less loud than they is left out."""

    def __init__(self) -> None:
        self.signs: set[Sign] = set()
        self.voice = False  #: the ear hears one
        self.first_voice: float | None = None
        self.last = 0.0  #: seconds of speech with short pauses: the one that goes on, or was the last
        self.longest = 0.0  #: of all of them
        self.phrase = _Phrase()  #: the last
        self.robot_began: float | None = None
        self._power = 0.0
        self._loudest = 0.0
        self._speech_began = 0.0
        self._voiced = float("-inf")  # the last loud frame
        self._over_us = 0.0

    def frame(self, at: float, level_db: float, robot_speaks: bool) -> None:
        if robot_speaks and self.robot_began is None:
            self.robot_began, self._over_us = at, 0.0
        elif not robot_speaks:
            self.robot_began = None
        self._power += (10 ** (level_db / 10) - self._power) * FRAME_SECONDS / _SMOOTH
        if self.voice:
            self._loudest = max(self._loudest, self._power)
        if self._loudest and self._power >= self._loudest * _LOUD:
            self._sounds(at)
            if self.voice:
                self._speaks(at)

    def _sounds(self, at: float) -> None:
        if at - self.phrase.ended > _BREATH:
            self.phrase = _Phrase(began=at)
        self.phrase.ended = at
        self.phrase.voiced = self.phrase.voiced or self.voice

    def _speaks(self, at: float) -> None:
        if at - self._voiced > _PAUSE:
            self._speech_began = at
        self._voiced = at
        self.first_voice = self.first_voice or at
        self.last = at - self._speech_began
        self.longest = max(self.longest, self.last)
        if self.longest >= _LONG:
            self.signs.add(Sign.LONG)
        if self.longest >= _ON_AND_ON:
            self.signs.add(Sign.ON_AND_ON)
        if self.robot_began is not None and at - self.robot_began > _REACTION:
            self._over_us += FRAME_SECONDS
            if self._over_us >= _OVER_US:
                self.signs.add(Sign.OVER_US)


def _text(said: Utterance, confidence: float) -> str:
    return " ".join(word.word for word in said.words if word.confidence >= confidence)


def _has(kind: str, text: str) -> bool:
    return any(f" {mark} " in f" {text} " for mark in _words()[kind])
