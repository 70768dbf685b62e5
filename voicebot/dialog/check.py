"""What is wrong with a scenario before its first call."""

from collections.abc import Iterator

from voicebot.dialog import actions, appointment_actions, booking_actions, call_actions, template
from voicebot.dialog.scenario import END, Ask, Do, Scenario, edges
from voicebot.errors import ScenarioError
from voicebot.language.reading import Intent

__all__ = [
    "appointment_actions",
    "booking_actions",
    "call_actions",
    "problems",
    "texts",
]  # importing the actions registers them

#: (path of keys in the file, problem, mend)
Problem = tuple[tuple[str, ...], str, str]


def problems(scenario: Scenario) -> Iterator[Problem]:
    """All problems, those of the graph first."""
    yield from _unknown_targets(scenario)
    yield from _unreached(scenario)
    for name, step in scenario.steps.items():
        if isinstance(step, Ask):
            yield from _branches(name, step)
        if isinstance(step, Do):
            yield from _outcomes(name, step)
    yield from _templates(scenario)


def _unknown_targets(scenario: Scenario) -> Iterator[Problem]:
    steps = ", ".join(scenario.steps)
    for path, target in _targets(scenario):
        if target != END and target not in scenario.steps:
            yield path, f"there is no step {target!r}", f"Steps are: {steps}; `{END}` ends the talk."


def _unreached(scenario: Scenario) -> Iterator[Problem]:
    reached = _reachable(scenario)
    for name in scenario.steps:
        if name not in reached:
            yield ("steps", name), f"no way leads to the step {name!r}", "Remove it, or lead to it."


def _branches(name: str, step: Ask) -> Iterator[Problem]:
    allowed = [intent.value for intent in Intent] + ["filled", "any"]
    for key in step.interrupted_by:
        if key not in step.on:
            yield ("steps", name, "interrupted_by"), f"{key!r} is not a key of `on`", "Add it there, or remove it here."
    for key in step.on:
        if key not in allowed:
            yield ("steps", name, "on", key), f"nothing answers as {key!r}", f"One of: {', '.join(allowed)}."


def _outcomes(name: str, step: Do) -> Iterator[Problem]:
    action = actions.REGISTRY.get(step.do)
    if action is None:
        known = ", ".join(sorted(actions.REGISTRY))
        yield ("steps", name, "do"), f"there is no action {step.do!r}", f"Actions are: {known}."
        return
    for outcome in action.outcomes:
        if outcome not in step.on:
            yield (
                ("steps", name, "on"),
                f"the outcome {outcome!r} of {step.do} is not handled",
                f"Add `{outcome}: STEP`.",
            )
    for outcome in step.on:
        if outcome not in action.outcomes:
            yield ("steps", name, "on", outcome), f"{step.do} has no outcome {outcome!r}", "Remove it."


def _templates(scenario: Scenario) -> Iterator[Problem]:
    for path, text in texts(scenario):
        try:
            template.compiled(text)
        except ScenarioError as error:
            yield path, error.what, error.mend


def texts(scenario: Scenario) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every text that the robot may say: (path of keys, template)."""
    for intent, event in scenario.events.items():
        if event.say:
            yield ("events", intent, "say"), event.say
    for name, step in scenario.steps.items():
        if isinstance(step, Ask):
            yield ("steps", name, "ask"), step.ask
            for kind, prompts in (("noinput", step.noinput), ("nomatch", step.nomatch)):
                for index, text in enumerate(prompts):
                    yield ("steps", name, kind, str(index)), text
        elif not isinstance(step, Do):
            yield ("steps", name, "say"), step.say


def _targets(scenario: Scenario) -> Iterator[tuple[tuple[str, ...], str]]:
    yield ("start",), scenario.start
    yield ("failed",), scenario.failed
    if scenario.further:
        yield ("further",), scenario.further
    for intent, event in scenario.events.items():
        if event.go:
            yield ("events", intent), event.go
    for name in scenario.steps:
        for key, target in edges(scenario.steps[name]):
            yield ("steps", name, *key), target


def _reachable(scenario: Scenario) -> set[str]:
    front = [scenario.start, scenario.failed, scenario.further, *(event.go for event in scenario.events.values())]
    seen: set[str] = set()
    while front:
        name = front.pop()
        if name in seen or name not in scenario.steps:
            continue
        seen.add(name)
        front.extend(target for _, target in edges(scenario.steps[name]))
    return seen
