"""Texts and conditions against what the talk will know, and what a voice can say."""

from collections.abc import Iterator, Mapping

from jinja2 import TemplateError

from voicebot.dialog import actions, template, variables
from voicebot.dialog.frames import EVERYWHERE
from voicebot.dialog.problem import Problem, at
from voicebot.dialog.scenario import Dialogue, Direction, Scenario, Shared
from voicebot.dialog.steps import Ask, Call, Do, Form, Keys
from voicebot.dialog.texts import texts
from voicebot.language.pronunciation import pronounced

_SILENT = frozenset(" \n\t.,!?…:;—–-«»\"'()|")  # punctuation is heard as pauses and melody


def problems(scenario: Scenario) -> Iterator[Problem]:
    """Names that nothing gives, and signs that no voice can say."""
    for dialogue in scenario.dialogues:
        known = _known(dialogue, scenario)
        for path, source, is_condition in _sources(dialogue):
            yield from _undefined(dialogue, path, source, known, is_condition)
        for path, text in texts(dialogue):
            yield from _unspeakable(dialogue, path, text)


def _known(dialogue: Dialogue, scenario: Scenario) -> dict[str, frozenset[str] | None]:
    """Variable → its attributes, None where they are not known beforehand."""
    known: dict[str, frozenset[str] | None] = dict.fromkeys(EVERYWHERE)
    known |= variables.ALWAYS
    if isinstance(dialogue, Shared):
        known |= dict.fromkeys((*dialogue.needs, *dialogue.takes))
    elif isinstance(dialogue, Scenario):
        known |= variables.CALLED if dialogue.direction is Direction.OUTBOUND else variables.CALLING
        known |= variables.VISIT if "date" in dialogue.list.get("columns", ()) else {}
        known |= dict.fromkeys(dialogue.list.get("columns", ()))
    for step in dialogue.steps.values():
        if isinstance(step, Do) and step.do in actions.REGISTRY:
            known |= dict.fromkeys(actions.REGISTRY[step.do].gives)
        elif isinstance(step, Call) and step.call in scenario.shared:
            known |= dict.fromkeys(name for end in scenario.shared[step.call].ends.values() for name in end)
    known["answers"] = frozenset(_fields(dialogue))
    return known


def _fields(dialogue: Dialogue) -> Iterator[str]:
    for name, step in dialogue.steps.items():
        if isinstance(step, Ask):
            yield step.field or name
        elif isinstance(step, Form):
            yield from step.fields


def _sources(dialogue: Dialogue) -> Iterator[tuple[Keys, str, bool]]:
    """(path, template or condition, whether it is a condition)."""
    for path, text in texts(dialogue):
        yield path, text, False
    for edge, way in dialogue.edges():
        if way.when:
            yield edge.path, way.when, True
    for name, step in dialogue.steps.items():
        path = ("steps", name)
        if isinstance(step, Do | Call):
            for argument, text in step.arguments.items():
                yield (*path, "with", argument), text, False
        if isinstance(step, Call) and step.for_each:
            yield (*path, "for_each"), step.for_each, False
        if isinstance(step, Ask) and step.against:
            yield (*path, "against"), step.against, False
    if isinstance(dialogue, Shared):
        for end, given in dialogue.ends.items():
            for name, text in given.items():
                yield ("ends", end, name), text, False


def _undefined(
    dialogue: Dialogue, path: Keys, source: str, known: Mapping[str, frozenset[str] | None], is_condition: bool
) -> Iterator[Problem]:
    try:
        read = sorted(set(template.names(source, is_condition=is_condition)))
    except TemplateError:
        return  # told by the check of templates
    for name, attribute in read:
        if name not in known:
            if not attribute:
                yield at(dialogue, path), f"nothing is called {name!r}", f"Known here: {', '.join(sorted(known))}."
        elif attribute and (fields := known[name]) is not None and attribute not in fields:
            mend = f"Known there: {', '.join(sorted(fields)) or 'nothing'}."
            yield at(dialogue, path), f"{name!r} has no {attribute!r}", mend


def _unspeakable(dialogue: Dialogue, path: Keys, text: str) -> Iterator[Problem]:
    try:
        said = "".join(template.literals(text))
    except TemplateError:
        return
    lost = sorted({sign for sign in said if sign not in _SILENT and pronounced(f"да {sign} да") == "да да"})
    if lost:
        yield at(dialogue, path), f"no voice can say {' '.join(lost)}", "Write what is to be heard, in words."
