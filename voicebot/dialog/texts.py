"""Every text that the robot may say."""

from collections.abc import Iterator, Mapping
from typing import Any

from voicebot.dialog import template
from voicebot.dialog.frames import EVERYWHERE
from voicebot.dialog.scenario import Dialogue, Direction, Scenario, Shared, callees
from voicebot.dialog.steps import Ask, Call, Form, Item, Keys, Say
from voicebot.errors import ScenarioError
from voicebot.language.fragments import fragments as cut


def texts(dialogue: Dialogue) -> Iterator[tuple[Keys, str]]:
    """(path of keys, template)."""
    if isinstance(dialogue, Scenario) and dialogue.direction is Direction.OUTBOUND:
        yield ("machine_message",), dialogue.machine_message
    if isinstance(dialogue, Scenario):
        yield from _numbered(("fillers",), dialogue.fillers)
    for intent, event in dialogue.events.items():
        if event.say:
            yield ("events", intent.value, "say"), event.say
    for name, step in dialogue.steps.items():
        path = ("steps", name)
        match step:
            case Say():
                yield from _numbered((*path, "say"), step.say)
            case Ask():
                yield from _of_question(path, step)
            case Form():
                yield from _numbered((*path, "form"), step.form)
                yield from _numbered((*path, "confirm"), step.confirm)
                yield from _numbered((*path, "noinput"), step.noinput)
                yield from _numbered((*path, "nomatch"), step.nomatch)
                if step.confirm:
                    yield (*path, "again"), step.again
                for field, item in step.fields.items():
                    yield from _of_question((*path, "fields", field), item)


def _of_question(path: Keys, question: Ask | Item) -> Iterator[tuple[Keys, str]]:
    for kind, prompts in (("ask", question.ask), ("noinput", question.noinput), ("nomatch", question.nomatch)):
        yield from _numbered((*path, kind), prompts)


def _numbered(path: Keys, prompts: tuple[str, ...]) -> Iterator[tuple[Keys, str]]:
    for index, text in enumerate(prompts):
        yield (*path, str(index)), text


def fragments(scenario: Scenario, known: Mapping[str, Any]) -> list[str]:
    """What can be prepared before a talk: the fragments of all texts that need nothing but what is known, and of the
    other texts what stands between their values."""
    found: dict[str, None] = {}
    _prepare(scenario, scenario, known, found, depth=len(scenario.shared))
    return list(found)


def _prepare(
    dialogue: Dialogue, scenario: Scenario, known: Mapping[str, Any], found: dict[str, None], depth: int
) -> None:
    for _, text in texts(dialogue):
        try:
            found |= dict.fromkeys(template.prompt(text, known).fragments)
        except ScenarioError:  # speaks of what only the talk will tell
            found |= dict.fromkeys(part for said in template.literals(text) for part in cut(said))
    for _, call in callees(dialogue) if depth else ():
        shared = scenario.shared[call.call]
        _prepare(shared, scenario, _given(call, shared, known), found, depth - 1)


def _given(call: Call, shared: Shared, known: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a call, as far as they can be told before."""
    given = {name: known[name] for name in EVERYWHERE if name in known} | shared.takes
    for name, text in call.arguments.items():
        try:
            given[name] = template.value(text, known)
        except ScenarioError:
            given.pop(name, None)
    return given
