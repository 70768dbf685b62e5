"""Machines are known by their words, beeps and manners; people and silence are never taken for one."""

from collections.abc import Iterable

import numpy as np
import pytest

from voicebot.dialog.machine import Judge, Sign, phrases
from voicebot.speech.beep import Beep
from voicebot.speech.ear import Partial, Utterance, VoiceStarted, VoiceStopped

BEEP = "<beep>"


class Call:
    """Frames and words of a call for the judge, second by second."""

    def __init__(self) -> None:
        self.judge = Judge()
        self.at = 0.0

    def quiet(self, seconds: float, *, robot: bool = False) -> "Call":
        for _ in range(round(seconds / 0.02)):
            self.at += 0.02
            self.judge.frame(self.at, robot_speaks=robot)
        return self

    def says(self, text: str, seconds: float, *, confidence: float = 1.0, robot: bool = False) -> "Call":
        started = self.at
        self.judge.take(VoiceStarted(at=started))
        self.quiet(seconds / 2, robot=robot)
        self.judge.take(Partial(text=text, at=self.at))
        self.quiet(seconds / 2, robot=robot)
        self.judge.take(VoiceStopped(at=self.at))
        self.judge.take(
            Utterance(
                text=text,
                words=(),
                confidence=confidence,
                clip=np.zeros(0, dtype=np.int16),
                started=started,
                ended=self.at,
                decided=self.at,
            )
        )
        return self

    def beeps(self) -> "Call":
        self.judge.take(Beep(at=self.at, seconds=0.4, hertz=1000.0))
        return self.quiet(0.2)

    @property
    def signs(self) -> tuple[Sign, ...]:
        return self.judge.verdict.signs if self.judge.verdict else ()


def marks() -> Iterable[str]:
    return phrases()[: phrases().index("сообщение")]


@pytest.mark.parametrize("text", marks())
def test_words_that_only_machines_say_are_enough(text: str) -> None:
    assert Sign.WORDS in Call().says(text, 1.5).signs


def test_they_are_believed_before_the_machine_has_ended() -> None:
    call = Call()
    call.judge.take(VoiceStarted(at=0.0))
    call.judge.take(Partial(text="вас приветствует", at=0.5))
    assert call.quiet(0.5).signs == (Sign.WORDS,)


def test_words_that_were_not_heard_surely_are_not() -> None:
    call = Call()
    call.judge.take(VoiceStarted(at=0.0))
    call.judge.take(Partial(text="абонент", at=0.0))
    call.quiet(0.2)
    call.judge.take(Partial(text="алло", at=0.2))
    assert call.quiet(1.0).says("абонент", 0.4, confidence=0.4).signs == ()


@pytest.mark.parametrize("text", ["алло", "да слушаю", "алло кто это", "", "регистратура слушаю вас", "перезвоните позже"])
def test_a_person_s_greeting_is_not_a_machine_s(text: str) -> None:
    assert Call().says(text, 1.2).quiet(6, robot=True).quiet(10).signs == ()


def test_silence_is_not_a_machine() -> None:
    assert Call().quiet(1.2).quiet(6, robot=True).quiet(20).signs == ()


def test_a_beep_after_speech_is_a_machine() -> None:
    assert Call().says("", 2.0).beeps().signs == (Sign.BEEP, Sign.SPEECH_AND_BEEP)


def test_a_beep_alone_is_one_when_nobody_answers_the_robot() -> None:
    call = Call().quiet(0.5).beeps().quiet(5, robot=True)
    assert call.signs == ()
    assert call.quiet(8).signs == (Sign.BEEP, Sign.NO_ANSWER)


def test_a_beep_in_a_person_s_kitchen_is_not() -> None:
    assert Call().says("алло", 0.4).quiet(1).beeps().quiet(5, robot=True).quiet(20).signs == ()


def test_who_talks_on_over_the_robot_and_then_answers_it_is_a_person() -> None:
    call = Call().says("", 6.0).says("", 4.0, robot=True).quiet(3, robot=True)
    assert call.quiet(1).says("да", 0.4).quiet(20).signs == ()


def test_who_talks_on_over_the_robot_and_never_answers_is_a_machine() -> None:
    call = Call().says("", 6.0).says("", 4.0, robot=True).quiet(3, robot=True).quiet(8)
    assert call.signs == (Sign.LONG, Sign.ON_AND_ON, Sign.OVER_US, Sign.NO_ANSWER)


def test_the_first_verdict_stands() -> None:
    call = Call().says("абонент недоступен", 2.0)
    first = call.judge.verdict
    assert call.beeps().judge.verdict is first
