"""Sub-dialogues: parameters in, values out, once for every item, with the caller's events around them."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from voicebot.dialog import catalog
from voicebot.dialog.effects import Effect, Finish, Learn, Listen, Perform, Speak
from voicebot.dialog.engine import Dialog
from voicebot.dialog.scenario import Scenario
from voicebot.dialog.terminal import SILENCE, typed
from voicebot.errors import ScenarioError

NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)
FRUIT = """\
schema: 1
dialogue: fruit
title: Выбор
needs: [first]
takes: {second: грушу}
ends:
  chosen: {fruit: "{{ answers.which }}", offered: "{{ [first, second] }}"}
  nothing: {}
start: which
failed: nothing
events:
  who_is_this: {say: "Это сад."}
  complaint: sorry
steps:
  which:
    ask: "Хотите {{ first }} или {{ second }}?"
    choices: {apple: [яблоко], pear: [грушу]}
    on: {filled: chosen, no: nothing}
    nomatch: ["{{ first }} или {{ second }}?"]
  sorry: {say: "Простите.", next: nothing}
"""
CALLER = """\
  first:
    call: fruit
    with: {first: яблоко}
    on: {chosen: told, nothing: bye}
  told: {say: "Вам {{ fruit }} из {{ offered | length }}.", next: end}
"""
LOOP = """\
  first:
    call: fruit
    for_each: "{{ patient }}"
    as: first
    on: {chosen: next, nothing: bye}
    next: told
  told: {say: "Это всё.", next: end}
"""
Write = Callable[..., Path]


@pytest.fixture
def load(write: Write) -> Callable[..., Scenario]:
    def put(steps: str, shared: str = FRUIT) -> Scenario:
        file = write(steps)
        (file.parent / "shared").mkdir(exist_ok=True)
        (file.parent / "shared/fruit.yaml").write_text(shared, encoding="utf-8")
        return catalog.load(file)

    return put


def said(effects: list[Effect]) -> str:
    return " ".join(e.prompt.text for e in effects if isinstance(e, Speak | Listen))


@pytest.fixture
def dialog(load: Callable[..., Scenario]) -> Dialog:
    return Dialog(load(CALLER), {}, now=lambda: NOW)


def test_a_sub_dialogue_gets_parameters_and_gives_values_back(dialog: Dialog) -> None:
    (listen,) = dialog.begin()
    assert said([listen]) == "Хотите яблоко или грушу?"
    assert isinstance(listen, Listen) and listen.step == "fruit.which"
    fact, *rest = dialog.answered(typed("пожалуй яблоко"))
    assert isinstance(fact, Learn) and (fact.field, fact.value) == ("which", "apple")
    assert said(rest) == "Вам apple из 2."


def test_the_inner_event_wins_over_the_caller_s(dialog: Dialog) -> None:
    dialog.begin()
    assert said(dialog.answered(typed("кто это говорит"))) == "Это сад. Хотите яблоко или грушу?"


def test_an_event_of_the_caller_leaves_the_sub_dialogue(dialog: Dialog) -> None:
    dialog.begin()
    (action,) = dialog.answered(typed("позовите оператора"))
    assert isinstance(action, Perform) and action.step == "people"
    assert said(dialog.performed("returned", {})) == "До свидания!"


def test_an_event_of_the_sub_dialogue_stays_in_it(dialog: Dialog) -> None:
    dialog.begin()
    assert said(dialog.answered(typed("это безобразие буду жаловаться"))) == "Простите. До свидания!"


def test_silence_leaves_by_the_sub_dialogue_s_own_way(dialog: Dialog) -> None:
    dialog.begin()
    assert said(dialog.answered(typed(SILENCE))) == "До свидания!"


def test_an_inner_answer_is_no_answer_of_the_caller(dialog: Dialog) -> None:
    dialog.begin()
    dialog.answered(typed("грушу"))
    assert dialog.answers == {}


def test_a_loop_goes_through_every_item_and_then_on(load: Callable[..., Scenario]) -> None:
    dialog = Dialog(load(LOOP), {"patient": ["сливу", "вишню"]}, now=lambda: NOW)
    assert said(dialog.begin()) == "Хотите сливу или грушу?"
    assert said(dialog.answered(typed("грушу"))) == "Хотите вишню или грушу?"
    effects = dialog.answered(typed("грушу"))
    assert said(effects) == "Это всё."
    assert isinstance(effects[-1], Finish)


def test_a_loop_over_nothing_goes_on_at_once(load: Callable[..., Scenario]) -> None:
    assert said(Dialog(load(LOOP), {"patient": []}, now=lambda: NOW).begin()) == "Это всё."


def test_a_loop_may_be_left_in_its_middle(load: Callable[..., Scenario]) -> None:
    dialog = Dialog(load(LOOP), {"patient": ["сливу", "вишню"]}, now=lambda: NOW)
    dialog.begin()
    assert said(dialog.answered(typed("нет"))) == "До свидания!"


@pytest.mark.parametrize(
    ("steps", "shared", "says"),
    [
        (CALLER.replace(", nothing: bye", ""), FRUIT, "the end 'nothing' of fruit is not handled"),
        (CALLER.replace("nothing: bye", "nothing: bye, odd: bye"), FRUIT, "fruit has no end 'odd'"),
        (CALLER.replace("    with: {first: яблоко}\n", ""), FRUIT, "fruit needs the parameter 'first'"),
        (CALLER.replace("{first: ябл", "{third: а, first: ябл"), FRUIT, "fruit has no parameter 'third'"),
        (CALLER, FRUIT.replace("{{ first }} или", "{{ patient }} или"), "nothing is called 'patient'"),
        (CALLER, FRUIT.replace("no: nothing", "no: chosen").replace("failed: nothing", "failed: sorry"), ""),
        (CALLER, FRUIT.replace("next: nothing", "next: nowhere"), "there is no step 'nowhere'"),
        (
            CALLER,
            FRUIT.replace(
                'sorry: {say: "Простите.", next: nothing}',
                "sorry: {call: fruit, with: {first: а}, on: {chosen: nothing, nothing: nothing}}",
            ),
            "calls itself",
        ),
    ],
)
def test_a_call_is_checked_against_what_the_sub_dialogue_declares(
    load: Callable[..., Scenario], steps: str, shared: str, says: str
) -> None:
    if not says:
        load(steps, shared)
        return
    with pytest.raises(ScenarioError) as caught:
        load(steps, shared)
    assert says in str(caught.value)


def test_a_fault_in_a_shared_file_is_placed_there(load: Callable[..., Scenario]) -> None:
    with pytest.raises(ScenarioError) as caught:
        load(CALLER, FRUIT.replace("next: nothing", "next: nowhere"))
    assert "fruit.yaml:" in caught.value.place
