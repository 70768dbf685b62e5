"""What is wrong with a scenario before its first call."""

from collections.abc import Iterator

from voicebot.dialog import (
    actions,
    appointment_actions,
    booking_actions,
    call_actions,
    case_actions,
    check_graph,
    check_names,
    desk_actions,
    template,
    waiting_actions,
)
from voicebot.dialog.problem import Problem, at
from voicebot.dialog.scenario import Dialogue, Scenario, Shared, questions, recordings
from voicebot.dialog.steps import END, NEXT, Ask, Call, Do, Form, Keys, Listens, Say
from voicebot.dialog.texts import texts
from voicebot.errors import ScenarioError
from voicebot.language.reading import Intent
from voicebot.outcomes import Result

__all__ = [
    "appointment_actions",
    "booking_actions",
    "call_actions",
    "case_actions",
    "desk_actions",
    "problems",
    "waiting_actions",
]  # importing the actions registers them

_RESERVED = (END, NEXT)
_INTENTS = [intent.value for intent in Intent]


def problems(scenario: Scenario) -> Iterator[Problem]:
    """All problems, those of the graph first; what stands in shared files is among them."""
    for dialogue in scenario.dialogues:
        yield from check_graph.problems(dialogue, scenario.shared)
        yield from _steps(dialogue, scenario)
        yield from _templates(dialogue)
        yield from _recordings(dialogue)
    if scenario.further and scenario.further not in scenario.steps:
        yield at(scenario, ("further",)), f"there is no step {scenario.further!r}", "Name a step."
    yield from check_names.problems(scenario)


def _steps(dialogue: Dialogue, scenario: Scenario) -> Iterator[Problem]:
    for name, step in dialogue.steps.items():
        path: Keys = ("steps", name)
        if name in _RESERVED or "." in name or (isinstance(dialogue, Shared) and name in dialogue.ends):
            yield at(dialogue, path), f"a step cannot be called {name!r}", "Give it another name."
        if isinstance(step, Ask | Form):
            yield from _branches(dialogue, path, step)
            if step.failed is None and dialogue.failed is None:
                yield at(dialogue, path), "nobody knows where this question goes when it fails", "Add `failed`."
        if isinstance(step, Ask) and step.also and not isinstance(dialogue.steps.get(step.also), Form):
            yield at(dialogue, (*path, "also")), f"{step.also!r} is no form of this file", "Name a `form` step."
        if isinstance(step, Do):
            yield from _outcomes(dialogue, path, step)
        if isinstance(step, Call) and step.call in scenario.shared:
            yield from _ends(dialogue, path, step, scenario.shared[step.call])
    for path, question in questions(dialogue):
        yield from _keys(dialogue, path, question)
    for key, intent in dialogue.keys.items():
        if intent not in _INTENTS:
            yield at(dialogue, ("keys", key)), f"there is no intent {intent!r}", f"One of: {', '.join(_INTENTS)}."


def _branches(dialogue: Dialogue, path: Keys, step: Ask | Form) -> Iterator[Problem]:
    allowed = [*_INTENTS, "filled", "any", *(step.choices if isinstance(step, Ask) else ())]
    for key in step.interrupted_by if isinstance(step, Ask) else ():
        if key not in step.on:
            yield (
                at(dialogue, (*path, "interrupted_by")),
                f"{key!r} is not a key of `on`",
                "Add it there, or remove it.",
            )
    for key in step.on:
        if key not in allowed:
            yield at(dialogue, (*path, "on", key)), f"nothing answers as {key!r}", f"One of: {', '.join(allowed)}."


def _keys(dialogue: Dialogue, path: Keys, question: Listens) -> Iterator[Problem]:
    """A key means a branch, or a value where the question takes any."""
    branches = question.on if isinstance(question, Ask) else {"filled": ()}
    for key, meaning in question.keys.items():
        if meaning not in branches and "filled" not in branches:
            yield at(dialogue, (*path, "keys", key)), f"{meaning!r} is not a key of `on`", "Add it there, or remove it."


def _outcomes(dialogue: Dialogue, path: Keys, step: Do) -> Iterator[Problem]:
    action = actions.REGISTRY.get(step.do)
    if action is None:
        known = ", ".join(sorted(actions.REGISTRY))
        yield at(dialogue, (*path, "do")), f"there is no action {step.do!r}", f"Actions are: {known}."
        return
    for outcome in action.outcomes:
        if outcome not in step.on:
            what = f"the outcome {outcome!r} of {step.do} is not handled"
            yield at(dialogue, (*path, "on")), what, f"Add `{outcome}: STEP`."
    for outcome in step.on:
        if outcome not in action.outcomes:
            yield at(dialogue, (*path, "on", outcome)), f"{step.do} has no outcome {outcome!r}", "Remove it."
    for name in action.needs:
        if name not in step.arguments:
            yield at(dialogue, path), f"{step.do} needs the argument {name!r}", f"Add `{name}` to `with`."
    for name in step.arguments:
        if action.takes is not None and name not in (*action.needs, *action.takes):
            yield at(dialogue, (*path, "with", name)), f"{step.do} takes no argument {name!r}", "Remove it."
    result = step.arguments.get("result", "") if step.do == "finish" else ""
    if result and "{" not in result and result not in list(Result):
        place = at(dialogue, (*path, "with", "result"))
        yield place, f"there is no result {result!r}", f"Results are: {', '.join(Result)}."


def _ends(dialogue: Dialogue, path: Keys, step: Call, shared: Shared) -> Iterator[Problem]:
    for end in shared.ends:
        if end not in step.on:
            yield at(dialogue, (*path, "on")), f"the end {end!r} of {step.call} is not handled", f"Add `{end}: STEP`."
    for end in step.on:
        if end not in shared.ends:
            yield at(dialogue, (*path, "on", end)), f"{step.call} has no end {end!r}", "Remove it."
    given = {*step.arguments, *([step.variable] if step.variable else [])}
    for name in shared.needs:
        if name not in given:
            yield at(dialogue, path), f"{step.call} needs the parameter {name!r}", f"Add `{name}` to `with`."
    for name in given - {*shared.needs, *shared.takes}:
        yield at(dialogue, path), f"{step.call} has no parameter {name!r}", "Remove it, or declare it there."


def _templates(dialogue: Dialogue) -> Iterator[Problem]:
    for path, text in texts(dialogue):
        try:
            template.compiled(text)
        except ScenarioError as error:
            yield at(dialogue, path), error.what, error.mend
    for edge, way in dialogue.edges():
        try:
            if way.when:
                template.condition(way.when)
        except ScenarioError as error:
            yield edge, error.what, error.mend


def _recordings(dialogue: Dialogue) -> Iterator[Problem]:
    for path, text, file in recordings(dialogue):
        step = dialogue.steps[path[1]]
        variants = step.say if isinstance(step, Say) else step.ask if isinstance(step, Ask) else ()
        if len(variants) > 1 or "{" in text:
            yield at(dialogue, path), "only one text without {{ … }} can be recorded", "Record it as a step of its own."
        if not file.is_file():
            yield at(dialogue, path), f"there is no file {file.name}", "Put the WAV beside the scenario."
