"""Was a dialled call answered by a machine? Judged from what is heard while the talk goes on, never from silence.

Signs and their weights were chosen on the tuning half of `bench/machine_personas`; docs/campaigns.md tells how well
they do on the other half.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

import yaml

from voicebot.speech.audio import FRAME_SECONDS
from voicebot.speech.beep import Beep
from voicebot.speech.ear import Event, Partial, Utterance, VoiceStarted, VoiceStopped


class Sign(StrEnum):
    """What speaks for a machine, or against."""

    WORDS = "words"  #: a mark of machine.yaml
    HINT = "hint"  #: a word that machines are fond of
    BEEP = "beep"  #: a tone, and silence after it
    SPEECH_AND_BEEP = "speech and beep"
    LONG = "long"  #: a greeting longer than people give
    ON_AND_ON = "on and on"  #: … than hardly anybody gives
    OVER_US = "over us"  #: speaks on while the robot speaks
    NO_ANSWER = "no answer"  #: spoke before, but nobody answers the robot's question
    PERSON = "person"  #: a short greeting, and then waiting


_WEIGHTS = {
    Sign.WORDS: 1.0,
    Sign.HINT: 0.4,
    Sign.BEEP: 0.6,
    Sign.SPEECH_AND_BEEP: 0.4,  # beside the beep's own
    Sign.LONG: 0.3,
    Sign.ON_AND_ON: 0.2,  # beside the former
    Sign.OVER_US: 0.3,
    Sign.NO_ANSWER: 0.5,
    Sign.PERSON: -0.5,
}
_ENOUGH = 0.99

# Seconds.
_PAUSE = 0.75  # voice that goes on sooner is one speech
_SPEECH = 1.2
_LONG = 3.0
_ON_AND_ON = 5.0
_GREETING = 1.6  # people's are shorter, most of them
_REACTION = 1.0  # people fall silent so soon when somebody speaks to them
_OVER_US = 2.0  # of voice under the robot's own, from then on
_ANSWER = 7.0  # after the robot's question; the robot asks again after six
_STEADY = 0.4  # a mark stays so long in what is being heard

_SURE = 0.6  # confidence of words


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
        self._speech_began: float | None = None  # of the speech that goes on, or was the last
        self._voice = False
        self._voice_ended = 0.0
        self._speeches = 0
        self._has_spoken = 0.0  # length of the longest speech
        self._robot_began: float | None = None
        self._asked: float | None = None  # end of the robot's first words
        self._over_us = 0.0
        self._mark_since: float | None = None

    def frame(self, at: float, *, robot_speaks: bool) -> None:
        """20 ms have passed."""
        if self._answered is None:
            self._answered = at
        self._now = at
        self._follow_robot(at, robot_speaks)
        if self._voice:
            self._follow_voice(at)
        if self._mark_since is not None and at - self._mark_since >= _STEADY:
            self.signs.add(Sign.WORDS)
        if self._asked is not None and at - self._asked >= _ANSWER and self._has_shown:
            self.signs.add(Sign.NO_ANSWER)
        self._decide()

    def take(self, event: Event | Beep) -> None:
        """What the ear or the detector of beeps tells."""
        match event:
            case VoiceStarted():
                if self._speech_began is None or event.at - self._voice_ended > _PAUSE:
                    self._speech_began = event.at
                    self._speeches += 1
                self._voice = True
            case VoiceStopped():
                self._voice, self._voice_ended = False, event.at
            case Partial():
                self._mark_since = (self._mark_since or self._now) if _has("marks", event.text) else None
            case Utterance():
                self._said(event)
            case Beep():
                self.signs.add(Sign.BEEP)
                if self._has_spoken >= _SPEECH:
                    self.signs.add(Sign.SPEECH_AND_BEEP)
        self._decide()

    # --- inside -----------------------------------------------------------------------------------------------------

    @property
    def _has_shown(self) -> bool:
        """Nothing that was said makes silence suspicious but what a machine might have said."""
        return bool(self.signs & {Sign.HINT, Sign.BEEP, Sign.LONG})

    def _follow_robot(self, at: float, speaks: bool) -> None:
        if speaks and self._robot_began is None:
            self._robot_began, self._over_us = at, 0.0
        elif not speaks and self._robot_began is not None:
            self._robot_began, self._asked = None, self._asked or at

    def _follow_voice(self, at: float) -> None:
        assert self._speech_began is not None
        self._has_spoken = max(self._has_spoken, at - self._speech_began)
        if self._has_spoken >= _LONG:
            self.signs.add(Sign.LONG)
        if self._has_spoken >= _ON_AND_ON:
            self.signs.add(Sign.ON_AND_ON)
        if self._robot_began is not None and at - self._robot_began > _REACTION:
            self._over_us += FRAME_SECONDS
            if self._over_us >= _OVER_US:
                self.signs.add(Sign.OVER_US)

    def _said(self, said: Utterance) -> None:
        self._mark_since = None
        if said.confidence < _SURE:
            return
        if _has("marks", said.text):
            self.signs.add(Sign.WORDS)
        if _has("hints", said.text):
            self.signs.add(Sign.HINT)
        if not _has("people", said.text):
            return
        if self._asked is not None and said.started > self._asked:
            self._asked = float("inf")  # somebody listens
        elif self._speeches == 1 and said.ended - said.started <= _GREETING:
            self.signs.add(Sign.PERSON)

    def _decide(self) -> None:
        if self.verdict is None and sum(_WEIGHTS[sign] for sign in self.signs) >= _ENOUGH:
            signs = tuple(sign for sign in Sign if sign in self.signs)
            self.verdict = Verdict(after=self._now - (self._answered or self._now), signs=signs)


def _has(kind: str, text: str) -> bool:
    return any(f" {mark} " in f" {text} " for mark in _words()[kind])
