"""How long an answer is waited for, by what its words are."""

from collections.abc import Callable
from datetime import datetime

import pytest

from voicebot.dialog.effects import Listen
from voicebot.dialog.engine import Dialog
from voicebot.dialog.scenario import Scenario
from voicebot.speech.pace import Ending

YES_NO = 'on: {"yes": bye, "no": bye}'
FILLED = "on: {filled: bye}"


@pytest.mark.parametrize(
    ("step", "words", "ending"),
    [
        (YES_NO, "да", Ending.MAY_GO_ON),  # “да… приду”
        (YES_NO, "ну да", Ending.MAY_GO_ON),
        (YES_NO, "да конечно", Ending.COMPLETE),
        (YES_NO, "да приду", Ending.COMPLETE),
        (YES_NO, "наверное", Ending.OPEN),
        ("question: consent, " + YES_NO, "не понял надо", Ending.MAY_GO_ON),  # a whole answer, but doubted
        (f"hear: date, {FILLED}", "пятого", Ending.MAY_GO_ON),
        (f"hear: date, {FILLED}", "двадцать", Ending.OPEN),
        (f"hear: number, {FILLED}", "шестьдесят", Ending.MAY_GO_ON),
        (f"hear: specialty, {FILLED}", "к кардиологу", Ending.COMPLETE),
        # half of a number dictated slowly is taken for another whole one
        (f"hear: phone, {FILLED}", "восемь девятьсот шестнадцать сто двадцать три", Ending.OPEN),
        (f"hear: phone, {FILLED}", "восемь девятьсот три двести десять тридцать двадцать", Ending.MAY_GO_ON),
        (f"hear: phone, {FILLED}", "восемь девять один шесть один два три четыре пять шесть", Ending.OPEN),
        (f"hear: phone, {FILLED}", "плюс сорок девять один пять один один два три четыре пять шесть семь", Ending.OPEN),
        (f"hear: policy, {FILLED}", "семь семь ноль ноль двенадцать тридцать четыре", Ending.OPEN),
        ("on: {any: bye}", "болит голова", Ending.OPEN),
    ],
)
def test_what_people_add_to_is_waited_for(
    scenario: Callable[[str], Scenario], now: Callable[[], datetime], step: str, words: str, ending: Ending
) -> None:
    dialog = Dialog(scenario(f'  first: {{ask: "Вопрос?", {step}, failed: bye}}\n'), {}, now=now)
    (listen,) = dialog.begin()
    assert isinstance(listen, Listen)
    assert listen.listening.ending(words) is ending
