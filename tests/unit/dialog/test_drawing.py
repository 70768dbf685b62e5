"""A scenario as a picture."""

import xml.etree.ElementTree as ET
from collections.abc import Callable

import pytest

from voicebot.dialog import catalog, drawing, svg
from voicebot.dialog.scenario import Scenario

STEPS = """\
  first:
    ask: "Да или \\"нет\\"?"
    on: {yes: [{if: "clinic.name < 5", go: bye}, good], no: bye}
  good: {do: finish, with: {result: booked}, on: {done: end, unavailable: bye}}
"""
_TEXT = "{http://www.w3.org/2000/svg}text"


def test_mermaid_has_every_step_and_every_way(scenario: Callable[[str], Scenario]) -> None:
    drawn = drawing.mermaid(scenario(STEPS))
    assert "trial__first([" in drawn
    assert 'trial__first -->|"yes"| trial__good' in drawn
    assert 'trial__first -->|"yes [clinic.name ‹ 5], no"| trial__bye' in drawn
    assert 'trial__event__operator>"operator"] -.-> trial__people' in drawn


@pytest.mark.parametrize("name", list(catalog.names()))
def test_the_picture_of_a_shipped_scenario_is_whole(name: str) -> None:
    scenario = catalog.find(name)
    texts = [text.text for text in ET.fromstring(svg.picture(scenario)).iter(_TEXT)]
    for dialogue in scenario.dialogues:
        assert dialogue.title in texts
        assert set(dialogue.steps) <= set(texts)


def test_texts_of_the_picture_are_escaped(scenario: Callable[[str], Scenario]) -> None:
    texts = [text.text for text in ET.fromstring(svg.picture(scenario(STEPS))).iter(_TEXT)]
    assert {'Да или "нет"?', "yes [clinic.name < 5], no"} <= set(texts)
