"""Machines are known by their words, beeps and manners; people and silence are never taken for one."""

import numpy as np
import pytest
from pydantic import ValidationError

from voicebot.dialog import catalog, template
from voicebot.dialog.machine import Judge, Sign, phrases
from voicebot.dialog.scenario import Scenario
from voicebot.speech.beep import Beep, Signal
from voicebot.speech.ear import Utterance, VoiceStarted, VoiceStopped, Word


class Call:
    """Frames and words of a call for the judge, second by second."""

    def __init__(self) -> None:
        self.judge = Judge()
        self.at = 0.0
        self.level_db = -20.0

    def quiet(self, seconds: float, *, robot: bool = False) -> "Call":
        return self._passes(seconds, -60.0, robot)

    def _passes(self, seconds: float, level_db: float, robot: bool) -> "Call":
        for _ in range(round(seconds / 0.02)):
            self.at += 0.02
            self.judge.frame(self.at, level_db, robot)
        return self

    def sounds(self, seconds: float) -> "Call":
        """Something loud, whatever the ear makes of it."""
        return self._passes(seconds, self.level_db, robot=False)

    def says(self, text: str, seconds: float, *, confidence: float = 1.0, robot: bool = False) -> "Call":
        started = self.at
        self.judge.take(VoiceStarted(at=started))
        tenths = round(seconds * 10)
        for left in range(tenths, 0, -1):  # with a lull of 0.4 s in every second, as speech has them
            is_lull = left % 10 in (4, 5, 6, 7) and left < tenths - 1
            self._passes(0.1, -60.0 if is_lull else self.level_db, robot)
        self.judge.take(VoiceStopped(at=self.at))
        return self.says_at(text, started, seconds, confidence=confidence)

    def says_at(self, text: str, started: float, seconds: float, *, confidence: float = 1.0) -> "Call":
        """The words of sound that has been heard already."""
        words = [Word(word=word, start=0.25, end=0.25 + seconds, confidence=confidence) for word in text.split()]
        self.judge.take(
            Utterance(
                text=text,
                words=tuple(words),
                confidence=confidence,
                clip=np.zeros(0, dtype=np.int16),
                started=started,
                ended=started + seconds,
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


def test_words_that_only_machines_say_are_enough() -> None:
    marks = phrases()[: phrases().index("сообщение")]
    assert [text for text in marks if Sign.WORDS not in Call().says(text, 0.2).signs] == []


@pytest.mark.parametrize(
    ("text", "is_machine"),
    [
        ("здравствуйте это умный ответчик", True),
        ("вы говорите с цифровым двойником", True),
        ("я персональная помощница", True),
        ("секретарь робот слушаю", True),
        ("умный человек слушаю", False),
        ("это мой личный секретарь", False),
        ("помощник секретарь слушаю", False),
    ],
)
def test_what_is_called_by_two_words_as_programs_are_is_one(text: str, *, is_machine: bool) -> None:
    assert bool(Call().says(text, 1.5).signs) is is_machine


def test_words_that_were_not_heard_surely_count_when_nobody_answers() -> None:
    call = Call().says("абонент", 0.4, confidence=0.4).quiet(6, robot=True)
    assert call.signs == ()
    assert call.quiet(8).signs == (Sign.HINT, Sign.NO_ANSWER)


@pytest.mark.parametrize("text", ["алло", "да слушаю", "алло кто это", "", "регистратура слушаю вас"])
def test_a_person_s_greeting_is_not_a_machine_s(text: str) -> None:
    assert Call().says(text, 1.2).quiet(6, robot=True).quiet(10).signs == ()


def test_silence_is_not_a_machine() -> None:
    assert Call().quiet(1.2).quiet(6, robot=True).quiet(20).signs == ()


def test_a_beep_after_speech_is_a_machine_when_the_words_before_it_do_not_tell_otherwise() -> None:
    call = Call().says("", 2.0).beeps()
    assert call.signs == ()
    assert call.quiet(1.2).signs == (Sign.BEEP, Sign.SPEECH_AND_BEEP)


def test_a_beep_after_a_short_greeting_is_another_call_that_waits() -> None:
    call = Call().says("слушаю вас", 2.0).beeps().quiet(5, robot=True).quiet(1)
    assert call.says("да", 0.4).quiet(10).signs == ()


def test_ringing_before_somebody_takes_the_call_is_no_machine_s_beep() -> None:
    call = Call().quiet(0.5)
    call.judge.take(Beep(at=call.at, seconds=1.0, hertz=425.0))
    assert call.quiet(5, robot=True).quiet(10).signs == ()


def test_the_tones_of_the_network_and_of_a_fax_are_enough() -> None:
    call = Call().quiet(0.5)
    call.judge.take(Signal(at=call.at, hertz=2100.0))
    assert call.signs == (Sign.SIGNAL,)


def test_a_word_heard_in_the_tone_of_a_fax_does_not_make_a_person_of_it() -> None:
    call = Call().quiet(0.2).says("я", 0.2).quiet(2)
    call.judge.take(Signal(at=call.at, hertz=2100.0))
    assert call.signs == (Sign.SIGNAL, Sign.PERSON)


def test_a_beep_alone_is_one_when_nobody_answers_the_robot() -> None:
    call = Call().quiet(0.5).beeps().quiet(5, robot=True)
    assert call.signs == ()
    assert call.quiet(8).signs == (Sign.BEEP, Sign.NO_ANSWER)


def test_a_word_heard_in_a_beep_is_nobody_s() -> None:
    call = Call().quiet(0.5)
    began = call.at
    call.quiet(0.4).beeps().says_at("я", began, 0.4).quiet(5, robot=True)
    assert call.quiet(8).signs == (Sign.BEEP, Sign.NO_ANSWER)


def test_a_beep_in_a_person_s_kitchen_is_not() -> None:
    assert Call().says("алло", 0.4).quiet(1).beeps().quiet(5, robot=True).quiet(20).signs == ()


def test_a_word_that_machines_are_fond_of_counts_when_nobody_answers() -> None:
    call = Call().says("номер", 1.2).quiet(5, robot=True)
    assert call.signs == ()
    assert call.quiet(8).signs == (Sign.HINT, Sign.NO_ANSWER)


def test_a_word_that_is_heard_again_and_again_in_music_is_no_answer() -> None:
    call = Call().says("вы позвонили", 4.0).quiet(5, robot=True).quiet(0.1)
    call.says("да да да", 4.5)
    assert call.quiet(8).judge.signs == {Sign.HINT, Sign.LONG, Sign.EVADES}


def test_a_strange_phrase_and_no_answer_is_a_machine_s() -> None:
    call = Call().says("", 2.0).quiet(6, robot=True)
    assert call.signs == ()
    assert call.quiet(8).signs == (Sign.STRANGE, Sign.NO_ANSWER)


def test_who_talks_on_over_the_robot_and_then_answers_it_is_a_person() -> None:
    call = Call().says("", 6.0).says("", 4.0, robot=True).quiet(3, robot=True)
    assert call.quiet(1).says("да", 0.4).quiet(20).signs == ()


def test_who_talks_on_over_the_robot_and_never_answers_is_a_machine() -> None:
    call = Call().says("", 6.0).says("", 4.8, robot=True).quiet(3, robot=True).quiet(8)
    assert call.signs == (Sign.LONG, Sign.STRANGE, Sign.NO_ANSWER)


def test_a_short_answer_counts_though_no_word_of_it_was_heard() -> None:
    call = Call().says("", 6.0).quiet(3, robot=True).quiet(1)
    call.judge.take(VoiceStarted(at=call.at))  # and goes on: there is music behind
    assert call.sounds(0.5).quiet(12).signs == ()


def test_a_television_behind_somebody_is_not_a_speech() -> None:
    call = Call().says("алло", 0.8)
    call.level_db = -31.0
    assert call.says("", 8.0, robot=True).quiet(20).signs == ()


def test_music_close_behind_somebody_is_not_a_speech() -> None:
    call = Call().says("алло", 0.8)
    call.level_db = -26.0
    call.judge.take(VoiceStarted(at=call.at))
    assert call.sounds(6.0).judge.signs == {Sign.PERSON}


def test_manners_alone_are_never_enough() -> None:
    assert Call().says("не отвечает", 6.0).says("", 6.0, robot=True).signs == ()


def talk(greeting: float, *replies: tuple[str, float]) -> Call:
    """Who greets so long, and says that to the robot's questions."""
    call = Call().says("", greeting)
    for text, seconds in replies:
        call.quiet(4, robot=True).quiet(0.6).says(text, seconds).quiet(1.5)
    return call


@pytest.mark.parametrize(
    ("replies", "signs"),
    [
        ([("", 1.0)], {Sign.LONG, Sign.ANSWERED}),
        ([("да", 1.8)], {Sign.LONG, Sign.ANSWERED}),
        ([("", 1.6)], {Sign.LONG, Sign.EVADES}),
        ([("", 1.6), ("да", 1.6)], {Sign.LONG, Sign.EVADES, Sign.ANSWERED}),
        ([("", 1.6), ("", 1.6)], {Sign.LONG, Sign.EVADES, Sign.EVADES_AGAIN}),
        ([("приду", 1.6), ("", 1.6)], {Sign.LONG, Sign.ANSWERED}),
        ([("передам", 1.0)], {Sign.LONG, Sign.CLERK}),
        ([("передам", 1.6), ("записала", 1.6)], {Sign.LONG, Sign.CLERK, Sign.CLERK_AGAIN}),
        ([("передам информацию", 1.0)], {Sign.LONG, Sign.PROGRAM}),
        (
            [("", 1.6), ("сообщу", 1.0)],
            {Sign.LONG, Sign.EVADES, Sign.PROGRAM, Sign.EVADES_AGAIN},
        ),
    ],
)
def test_a_reply_is_weighed_by_its_length_and_the_words_in_it(
    replies: list[tuple[str, float]], signs: set[Sign]
) -> None:
    assert talk(3.5, *replies).judge.signs == signs


def test_somebody_s_living_secretary_may_say_that_they_pass_it_on() -> None:
    assert talk(3.5, ("передам", 1.0)).quiet(10).signs == ()
    assert talk(3.5, ("", 1.6), ("передам", 1.0)).quiet(10).signs == ()


def test_a_word_is_weighed_once_and_only_if_it_was_heard_surely() -> None:
    assert Call().says("ожидайте ответа", 1.5).judge.signs == {Sign.HINT}
    assert Call().says("ожидайте", 1.5, confidence=0.7).judge.signs == set()
    assert talk(0.6, ("что передать", 1.0)).judge.signs == {Sign.CLERK}


@pytest.mark.parametrize(
    ("first", "second", "is_machine"),
    [
        ("по какому вопросу", "расскажите подробнее", True),
        ("записываю", "продолжайте", True),
        ("кто его спрашивает", "передам", False),
        ("расскажите подробнее", "да приду", False),
    ],
)
def test_who_greets_as_people_do_is_known_by_what_is_replied_twice(
    first: str, second: str, *, is_machine: bool
) -> None:
    call = Call().says("алло", 0.6)
    for text in (first, second):
        call.quiet(4, robot=True).quiet(0.6).says(text, 1.6).quiet(1.5)
    assert bool(call.signs) is is_machine


def test_nobody_is_a_machine_by_speaking_long_and_evasively() -> None:
    assert talk(8.0, ("", 5.0), ("", 5.0), ("", 5.0)).signs == ()


def test_who_greets_shortly_may_answer_at_length_as_often_as_they_like() -> None:
    call = Call().says("алло", 0.6)
    for _ in range(3):
        call.quiet(4, robot=True).quiet(0.6).says("", 4.0).quiet(1.5)
    assert call.signs == ()


def test_what_was_begun_before_the_question_had_ended_is_no_reply_to_it() -> None:
    call = Call().says("", 3.5).says("", 2.0, robot=True).says("", 2.4).quiet(1.5)
    assert Sign.EVADES not in call.judge.signs


def test_words_that_were_heard_during_a_question_are_no_reply_to_it() -> None:
    call = Call().says("алло", 0.6).quiet(4, robot=True).quiet(0.6)
    assert Sign.PROGRAM not in call.says_at("расскажите", call.at - 2, 2.0).judge.signs
    assert Sign.PROGRAM in call.says_at("расскажите", call.at - 0.5, 0.5).judge.signs


def test_music_without_a_gap_is_a_machine_s_unless_somebody_stands_out_of_it() -> None:
    call = Call().says("", 0.3)
    assert Sign.UNBROKEN in call.sounds(8.2).signs
    call = Call().says("", 0.6)
    call.level_db = -28.0
    assert Sign.UNBROKEN not in call.sounds(15.0).judge.signs


def test_several_words_of_greeting_speak_for_a_person() -> None:
    assert Sign.CHATS in Call().says("алло говорите", 4.0).judge.signs
    assert Sign.CHATS not in Call().says("здравствуйте я слушаю", 4.0).judge.signs
    assert Sign.CHATS not in Call().says("алло алло", 4.0).judge.signs


def lively(seconds: float, seed: int) -> list[float]:
    """Loudness of 20 ms each, as speech has it."""
    dice = np.random.default_rng(seed)
    return [float(level) for level in -20 + dice.normal(0, 4, round(seconds / 0.02))]


@pytest.mark.parametrize(("second", "is_same"), [(1, True), (2, False)])
def test_only_a_recording_sounds_twice_the_same(second: int, is_same: bool) -> None:
    judge, quiet = Judge(), [-60.0] * 40
    levels = [*quiet, *lively(2.0, 1), *quiet, *lively(2.0, second), *quiet]
    jitter = np.random.default_rng(0).normal(0, 0.7, len(levels))
    for index, level in enumerate(levels):
        judge.frame(index * 0.02, level + jitter[index], robot_speaks=False)
    assert (Sign.REPEATED in judge.signs) is is_same


def test_music_that_goes_by_in_bars_is_no_recording_of_speech() -> None:
    judge, bar = Judge(), [-20.0 - index for index in range(12)] + [-60.0] * 3
    for index, level in enumerate(bar * 30):
        judge.frame(index * 0.02, level, robot_speaks=False)
    assert Sign.REPEATED not in judge.signs


def test_the_robot_s_own_voice_coming_back_is_nobody_s_speech() -> None:
    call = Call().quiet(1.2)
    for _ in range(2):
        call.says("", 6.0, robot=True).quiet(7)
    assert call.judge.signs == set()


def test_an_answer_right_after_a_long_speech_stands_out_of_the_pause_between() -> None:
    call = Call().says("", 5.0).says("", 4.0, robot=True).says("", 1.0).quiet(0.95)
    assert Sign.ANSWERED not in call.judge.signs
    assert Sign.ANSWERED in call.says("", 0.5).quiet(1.4).judge.signs


def test_what_assistants_call_themselves_counts_before_the_robot_has_named_itself() -> None:
    assert Sign.ASSISTANT in Call().says("ассистент", 1.0).judge.signs
    assert Sign.ASSISTANT not in Call().says("секретарь", 1.0).judge.signs  # that may be somebody alive
    assert Sign.ASSISTANT in Call().quiet(1).quiet(1, robot=True).says("ассистент", 1.0, robot=True).judge.signs
    assert Sign.ASSISTANT not in Call().quiet(1).quiet(2, robot=True).says("ассистент", 1.0, robot=True).judge.signs


def test_the_robot_s_own_name_coming_back_to_it_is_nobody_s() -> None:
    call = Call().says("", 0.6).quiet(0.2, robot=True)
    assert Sign.ASSISTANT not in call.says("здравствуйте это робот", 1.0, robot=True).judge.signs
    assert Sign.ASSISTANT in Call().says("здравствуйте робот", 1.0).judge.signs


@pytest.mark.parametrize(
    ("text", "is_machine"),
    [
        ("это голосовой помощник", False),
        ("вы программа что ли", False),
        ("я голосовой помощник", True),
        ("вы звонили я её электронный секретарь", True),
    ],
)
def test_who_asks_what_the_robot_is_says_nothing_of_themselves(text: str, *, is_machine: bool) -> None:
    call = Call().says("", 0.6).quiet(5, robot=True).quiet(0.6).says(text, 1.0)
    assert (Sign.WORDS in call.judge.signs) is is_machine
    assert is_machine or call.judge.signs <= {Sign.ANSWERED}


def test_who_greets_and_answers_is_a_person() -> None:
    call = Call().says("алло", 0.5).quiet(6, robot=True)
    assert not call.judge.is_person
    assert call.quiet(0.5).says("да это я", 0.6).judge.is_person


@pytest.mark.parametrize(
    ("says", "silence", "records"),
    [
        ("автоответчик", 1.9, False),
        ("автоответчик", 2.3, True),
        ("автоответчик после сигнала", 5.7, False),
        ("автоответчик после сигнала", 6.3, True),
        ("абонент недоступен", 10.0, False),
    ],
)
def test_a_message_waits_for_a_silence_in_which_it_would_be_kept(says: str, silence: float, records: bool) -> None:
    assert Call().says(says, 2.0).quiet(silence).judge.records is records


def test_a_message_follows_the_beep_at_once_but_not_one_before_the_greeting() -> None:
    assert Call().says("абонент после сигнала", 2.0).quiet(0.3).beeps().judge.records
    assert not Call().quiet(0.5).beeps().quiet(0.5).says("автоответчик", 2.0).quiet(0.3).judge.records


def test_the_first_verdict_stands() -> None:
    call = Call().says("абонент недоступен", 2.0)
    first = call.judge.verdict
    assert call.beeps().judge.verdict is first


def test_a_message_for_machines_names_the_clinic_alone() -> None:
    scenario = catalog.find("confirmation")
    assert (
        "Поликлиника"
        in template.prompt(scenario.machine_message, {"clinic": {"name": "Поликлиника", "callback_number": ""}}).text
    )
    with pytest.raises(ValidationError, match="anybody may hear it: it cannot name `visit`"):
        Scenario.model_validate(
            scenario.model_dump(by_alias=True) | {"machine_message": "Врач: {{ visit.specialty }}."}
        )
