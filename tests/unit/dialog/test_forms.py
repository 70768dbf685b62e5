"""Forms: what was said in one utterance is taken, the rest is asked for, all is read back."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from voicebot.dialog.effects import Effect, Learn, Listen, Speak
from voicebot.dialog.engine import Dialog
from voicebot.dialog.scenario import Scenario
from voicebot.dialog.terminal import SILENCE, UNKNOWN, typed
from voicebot.speech.pace import Ending

NOW = datetime(2026, 11, 21, 13, tzinfo=ZoneInfo("Europe/Moscow"))  # Saturday
FORM = """\
  first:
    form: "К кому и когда вас записать?"
    fields:
      doctor: {hear: specialty, ask: "Какой врач вам нужен?", nomatch: ["Назовите врача."]}
      day: {hear: when, ask: "Когда вам удобно?", between: "08:00-20:00", keys: {"1": "2026-11-23"}}
      count: {hear: number, ask: "Сколько?", optional: true, digits: 2}
    confirm: "К врачу: {{ answers.doctor }}. Верно?"
    on: {later: bye, filled: done, dont_know: bye}
    nomatch: ["Не понял."]
  done: {say: "Записал.", next: end}
"""
TUESDAY = {"from": "2026-11-24T06:00", "to": "2026-11-24T12:00"}


@pytest.fixture
def dialog(scenario: Callable[[str], Scenario]) -> Dialog:
    return Dialog(scenario(FORM), {}, now=lambda: NOW)


def said(effects: list[Effect]) -> str:
    return " ".join(e.prompt.text for e in effects if isinstance(e, Speak | Listen))


def learnt(effects: list[Effect]) -> dict[str, object]:
    return {e.field: e.value for e in effects if isinstance(e, Learn)}


def test_one_utterance_fills_several_fields(dialog: Dialog) -> None:
    assert said(dialog.begin()) == "К кому и когда вас записать?"
    effects = dialog.answered(typed("к лору на вторник утром"))
    assert learnt(effects) == {"doctor": "otolaryngologist", "day": TUESDAY}
    assert said(effects) == "К врачу: otolaryngologist. Верно?"


def test_what_is_missing_is_asked_for(dialog: Dialog) -> None:
    dialog.begin()
    assert said(dialog.answered(typed("к кардиологу"))) == "Когда вам удобно?"
    assert learnt(dialog.answered(typed("во вторник утром"))) == {"day": TUESDAY}


def test_a_field_may_be_told_before_it_is_asked_for(dialog: Dialog) -> None:
    dialog.begin()
    assert said(dialog.answered(typed("во вторник утром"))) == "Какой врач вам нужен?"


def test_an_open_question_that_nothing_comes_of_is_followed_by_single_ones(dialog: Dialog) -> None:
    dialog.begin()
    assert said(dialog.answered(typed(UNKNOWN))) == "Не понял."
    assert said(dialog.answered(typed(UNKNOWN))) == "Какой врач вам нужен?"


def test_a_field_that_is_not_understood_leads_out(dialog: Dialog) -> None:
    dialog.begin()
    dialog.answered(typed(SILENCE))
    assert said(dialog.answered(typed(UNKNOWN))) == "Назовите врача."
    assert said(dialog.answered(typed(UNKNOWN))) == "До свидания!"


def test_an_intent_leads_out_of_the_form(dialog: Dialog) -> None:
    dialog.begin()
    assert said(dialog.answered(typed("я занята перезвоните позже"))) == "До свидания!"


def test_who_agrees_with_the_read_back_goes_on(dialog: Dialog) -> None:
    dialog.begin()
    dialog.answered(typed("к лору на вторник утром"))
    assert said(dialog.answered(typed("да верно"))) == "Записал."


def test_a_correction_is_taken_and_read_back_again(dialog: Dialog) -> None:
    dialog.begin()
    dialog.answered(typed("к лору на вторник утром"))
    effects = dialog.answered(typed("нет к кардиологу"))
    assert learnt(effects) == {"doctor": "cardiologist"}
    assert said(effects) == "К врачу: cardiologist. Верно?"


def test_a_denied_read_back_asks_field_by_field_and_then_gives_up(dialog: Dialog) -> None:
    dialog.begin()
    dialog.answered(typed("к лору на вторник утром"))
    assert said(dialog.answered(typed("нет"))) == "Хорошо, скажите ещё раз. Какой врач вам нужен?"
    dialog.answered(typed("к неврологу во вторник утром"))
    assert said(dialog.answered(typed("нет неверно"))) == "До свидания!"


def test_keys_fill_a_field(dialog: Dialog) -> None:
    dialog.begin()
    dialog.answered(typed("к кардиологу"))
    assert learnt(dialog.answered(typed("1"))) == {"day": "2026-11-23"}


def test_the_recogniser_listens_for_the_words_of_all_fields(dialog: Dialog) -> None:
    (listen,) = dialog.begin()
    assert isinstance(listen, Listen)
    assert {"к кардиологу", "во вторник"} <= set(listen.listening.grammar)
    assert listen.listening.ending("к кардиологу") is Ending.OPEN
    assert listen.listening.ending("оператора") is Ending.COMPLETE


def test_typed_digits_are_read_as_the_kind_that_is_asked_for(scenario: Callable[[str], Scenario]) -> None:
    steps = '  first: {ask: "Дата рождения?", hear: date, digits: 8, on: {filled: bye}, failed: bye}\n'
    dialog = Dialog(scenario(steps), {}, now=lambda: NOW)
    (listen,) = dialog.begin()
    assert isinstance(listen, Listen) and listen.listening.max_keys == 8
    assert learnt(dialog.answered(typed("05031975"))) == {"first": "1975-03-05"}


def test_what_is_told_along_with_an_answer_is_not_asked_again(scenario: Callable[[str], Scenario]) -> None:
    wish = """\
  start_here:
    ask: "Чем могу помочь?"
    field: wish
    choices: {book: [запи*], else: [вопрос]}
    also: first
    on: {book: first, else: bye}
"""
    steps = FORM.replace("  first:", "  form:") + wish.replace("start_here", "first").replace(
        "first, else", "form, else"
    )
    dialog = Dialog(scenario(steps.replace("also: first", "also: form")), {}, now=lambda: NOW)
    dialog.begin()
    effects = dialog.answered(typed("запишите меня к лору"))
    assert learnt(effects) == {"wish": "book", "doctor": "otolaryngologist"}
    assert said(effects) == "Когда вам удобно?"


def test_a_known_place_is_not_listened_for_again(scenario: Callable[[str], Scenario]) -> None:
    steps = """\
  first:
    fields:
      place: {hear: place, ask: "Где вы?"}
      whose: {ask: "Кому плохо?", choices: {self: [мне], other: [жене]}, nomatch: ["Кому?"]}
    confirm: "Верно?"
    on: {filled: bye}
    failed: bye
"""
    dialog = Dialog(scenario(steps), {}, now=lambda: NOW)
    dialog.begin()
    (_, listen) = dialog.answered(typed("в турции"))
    assert isinstance(listen, Listen) and "в вене" not in listen.listening.grammar
    assert learnt(dialog.answered(typed("в вене"))) == {}
    dialog.answered(typed("жене"))
    assert learnt(dialog.answered(typed("нет, в вене"))) == {"place": {"country": "AT", "city": "Вена"}}


INSURED = """\
  first:
    fields:
      policy: {hear: policy, ask: "Номер полиса?"}
      born: {hear: date, ask: "Дата рождения?", oldest: 105}
    on: {filled: done}
    failed: bye
  done: {say: "Записал.", next: end}
"""


def test_a_birth_date_that_cannot_be_is_no_policy_and_is_not_asked_for_without_end(
    scenario: Callable[[str], Scenario],
) -> None:
    dialog = Dialog(scenario(INSURED), {}, now=lambda: NOW)
    dialog.begin()
    assert learnt(dialog.answered(typed("шесть шесть один ноль семь"))) == {"policy": "66107"}
    effects: list[Effect] = []
    for _ in range(5):
        effects = dialog.answered(typed("двадцать первое июня тысяча девятьсот первого года"))
        assert learnt(effects) == {}
        if not any(isinstance(effect, Listen) for effect in effects):
            break
    assert not any(isinstance(effect, Listen) for effect in effects)
