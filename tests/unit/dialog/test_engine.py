"""The engine: events before the step's own branches, escalating prompts, facts, a way out of everything."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from voicebot.dialog import catalog
from voicebot.dialog.effects import Effect, Finish, Learn, Listen, Perform, Speak
from voicebot.dialog.engine import Dialog
from voicebot.dialog.scenario import Scenario
from voicebot.dialog.steps import Do, Way
from voicebot.dialog.terminal import SILENCE, UNKNOWN, typed

Make = Callable[[str], Scenario]
NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)
ASK = """\
  first:
    ask: "Вы придёте?"
    question: attendance
    on: {"yes": good, "no": bye}
    keys: {"1": "yes"}
    noinput: ["Вы меня слышите?"]
    nomatch: ["Да или нет?"]
  good: {do: finish, with: {result: "{{ answers.first }}"}, on: {done: end, unavailable: end}}
"""


@pytest.fixture
def dialog(scenario: Make) -> Dialog:
    talk = Dialog(scenario(ASK), {}, now=lambda: NOW)
    talk.begin()
    return talk


def said(effects: list[Effect]) -> str:
    return " ".join(e.prompt.text for e in effects if isinstance(e, Speak | Listen))


def test_the_first_question_is_turn_one(scenario: Make) -> None:
    (listen,) = Dialog(scenario(ASK), {}, now=lambda: NOW).begin()
    assert isinstance(listen, Listen)
    assert (listen.turn, listen.step, listen.prompt.text) == (1, "first", "Вы придёте?")


def test_the_recogniser_listens_for_answers_and_for_the_operator(dialog: Dialog, scenario: Make) -> None:
    (listen,) = Dialog(scenario(ASK), {}, now=lambda: NOW).begin()
    assert isinstance(listen, Listen)
    words = {word for phrase in listen.listening.grammar for word in phrase.split()}
    assert {"да", "нет", "оператора"} <= words
    assert listen.listening.keys == "1"


def test_an_answer_is_learnt_before_anything_is_done_with_it(dialog: Dialog) -> None:
    fact, action = dialog.answered(typed("да приду"))
    assert isinstance(fact, Learn)
    assert (fact.turn, fact.field, fact.value, fact.words) == (1, "first", "yes", "да приду")
    assert isinstance(action, Perform)
    assert (action.turn, action.index, action.action) == (1, 1, "finish")
    assert action.arguments == {"result": "yes"}


def test_a_key_answers_like_a_word(dialog: Dialog) -> None:
    fact, _ = dialog.answered(typed("1"))
    assert isinstance(fact, Learn)
    assert (fact.value, fact.confidence) == ("yes", 1.0)


def test_the_operator_is_called_even_by_somebody_who_also_says_yes(dialog: Dialog) -> None:
    (action,) = dialog.answered(typed("да позовите оператора"))
    assert isinstance(action, Perform)
    assert action.action == "transfer"


def test_a_question_back_is_answered_and_the_question_asked_again(dialog: Dialog) -> None:
    (listen,) = dialog.answered(typed("а кто это говорит"))
    assert said([listen]) == "Это клиника. Вы придёте?"
    assert dialog.turn == 2


def test_repeat_asks_again_although_the_scenario_does_not_mention_it(dialog: Dialog) -> None:
    assert said(dialog.answered(typed("повторите пожалуйста"))) == "Вы придёте?"


def test_who_has_the_same_question_repeated_for_ever_is_not_understood(dialog: Dialog) -> None:
    asked = [said(dialog.answered(typed("повторите пожалуйста"))) for _ in range(5)]
    assert asked == ["Вы придёте?"] * 3 + ["Да или нет?", "До свидания!"]


@pytest.mark.parametrize(("kind", "prompt"), [(SILENCE, "Вы меня слышите?"), (UNKNOWN, "Да или нет?")])
def test_misses_are_asked_again_in_other_words_and_then_given_up(dialog: Dialog, kind: str, prompt: str) -> None:
    assert said(dialog.answered(typed(kind))) == prompt
    assert said(dialog.answered(typed(kind))) == "До свидания!"


def test_the_outcome_of_an_action_leads_on(dialog: Dialog) -> None:
    dialog.answered(typed("да"))
    assert isinstance(dialog.performed("done", {})[-1], Finish)


def test_what_is_said_before_a_question_is_said_with_it(scenario: Make) -> None:
    steps = '  first: {say: "Здравствуйте!", next: second}\n  second: {ask: "Да?", on: {"yes": bye}}\n'
    (listen,) = Dialog(scenario(steps), {}, now=lambda: NOW).begin()
    assert said([listen]) == "Здравствуйте! Да?"


def test_what_is_said_before_an_action_is_said_first(scenario: Make) -> None:
    steps = (
        '  first: {say: "Секунду.", next: second}\n  second: {do: stop_calling, on: {done: end, unavailable: end}}\n'
    )
    speak, perform = Dialog(scenario(steps), {}, now=lambda: NOW).begin()
    assert isinstance(speak, Speak)
    assert isinstance(perform, Perform)


def test_two_actions_of_one_turn_have_different_keys(scenario: Make) -> None:
    steps = (
        "  first: {do: stop_calling, on: {done: second, unavailable: end}}\n"
        "  second: {do: finish, with: {result: refused}, on: {done: end, unavailable: end}}\n"
    )
    dialog = Dialog(scenario(steps), {}, now=lambda: NOW)
    (one,) = dialog.begin()
    (two,) = dialog.performed("done", {})
    assert isinstance(one, Perform)
    assert isinstance(two, Perform)
    assert (one.turn, one.index) != (two.turn, two.index)


def test_a_condition_chooses_the_way(scenario: Make) -> None:
    steps = '  first: {say: "Раз", next: [{if: "patient.name == \'Иван\'", go: bye}, people]}\n'
    for name, last in (("Иван", Finish), ("Пётр", Perform)):
        effects = Dialog(scenario(steps), {"patient": {"name": name}}, now=lambda: NOW).begin()
        assert isinstance(effects[-1], last)


def test_what_was_not_learnt_equals_nothing_in_a_condition(scenario: Make) -> None:
    steps = ASK + '  other: {say: "Раз", next: [{if: "answers.first == \'yes\'", go: bye}, people]}\n'
    steps = steps.replace('"no": bye', '"no": bye, later: other')
    dialog = Dialog(scenario(steps), {}, now=lambda: NOW)
    dialog.begin()
    assert isinstance(dialog.answered(typed("я занят перезвоните позже"))[-1], Perform)


def test_variants_differ_from_call_to_call_and_from_time_to_time(scenario: Make) -> None:
    steps = '  first: {ask: ["Раз?", "Два?"], on: {yes: first, no: bye}, noinput: ["Алло?"]}\n'
    loaded = scenario(steps)
    first, second = (Dialog(loaded, {}, now=lambda: NOW, variant=seed) for seed in (0, 1))
    assert said(first.begin()) == "Раз?"
    assert said(second.begin()) == "Два?"
    assert said(first.answered(typed("да"))) == "Два?"


def test_a_choice_is_one_of_the_scenario_s_own_phrases(scenario: Make) -> None:
    steps = """\
  first:
    ask: "Что вам нужно?"
    choices: {book: [записаться, "хочу запис*"], ask: [вопрос]}
    on: {book: good, ask: bye}
    nomatch: ["Что?"]
  good: {say: "Хорошо.", next: end}
"""
    dialog = Dialog(scenario(steps), {}, now=lambda: NOW)
    (listen,) = dialog.begin()
    assert isinstance(listen, Listen)
    assert "записаться" in listen.listening.grammar and "хочу запис*" not in listen.listening.grammar
    assert said(dialog.answered(typed("вопрос или записаться"))) == "Что?"
    fact, *rest = dialog.answered(typed("хочу записываться"))
    assert isinstance(fact, Learn) and fact.value == "book"
    assert said(rest) == "Хорошо."


@pytest.mark.parametrize(("dictates", "asks"), [(True, "Расскажите."), (False, "Да или нет?")])
def test_a_question_for_free_speech_has_a_closed_fallback(scenario: Make, dictates: bool, asks: str) -> None:
    steps = (
        '  first: {ask: "Расскажите.", needs: dictation, on: {any: bye}, fallback: closed}\n'
        '  closed: {ask: "Да или нет?", on: {yes: bye, no: bye}}\n'
    )
    (listen,) = Dialog(scenario(steps), {}, now=lambda: NOW, dictates=dictates).begin()
    assert isinstance(listen, Listen)
    assert listen.prompt.text == asks
    assert (listen.listening.grammar == ()) == dictates


def test_a_recorded_text_is_one_piece(write: Callable[..., Path]) -> None:
    file = write('  first: {say: "Здравствуйте! Это клиника.", audio: hello.wav, next: bye}\n')
    (file.parent / "hello.wav").touch()
    (speak, _) = Dialog(catalog.load(file), {}, now=lambda: NOW).begin()
    assert isinstance(speak, Speak)
    assert speak.prompt.fragments == ("Здравствуйте! Это клиника.", "До свидания!")


def test_a_talk_without_end_is_ended(scenario: Make) -> None:
    steps = '  first: {ask: "Ещё?", on: {yes: first, no: bye}}\n'
    loaded = scenario(steps).model_copy(update={"most_turns": 3})
    dialog = Dialog(loaded, {}, now=lambda: NOW)
    effects = dialog.begin()
    for _ in range(3):
        effects = dialog.answered(typed("да"))
    assert said(effects) == "До свидания!"
    assert isinstance(effects[-1], Finish)


def test_an_endless_loop_of_actions_is_an_error_not_a_hang(scenario: Make) -> None:
    loaded = scenario("  first: {do: stop_calling, on: {done: bye, unavailable: end}}\n")
    step = loaded.steps["first"]
    assert isinstance(step, Do)
    looped = step.model_copy(update={"on": {**step.on, "done": (Way(go="first"),)}})
    dialog = Dialog(loaded.model_copy(update={"steps": {**loaded.steps, "first": looped}}), {}, now=lambda: NOW)
    dialog.begin()
    with pytest.raises(RecursionError, match="stop_calling"):
        for _ in range(100):
            dialog.performed("done", {})
