"""Scenarios with one thing wrong: a way that leads elsewhere, two answers that are swapped. Talks must notice."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from voicebot.dialog.catalog import Sources
from voicebot.dialog.scenario import Dialogue, Edge, Scenario, Shared
from voicebot.dialog.steps import END, Ask, Form, Keys


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """A scenario that is wrong in one way."""

    edges: tuple[Edge, ...]  #: only a talk that goes one of these ways can notice
    what: str
    place: str
    scenario: Scenario


def mutants(sources: Sources) -> Iterator[Mutant]:
    """Every way deleted, and every two neighbouring answers or outcomes swapped."""
    for dialogue in sources.scenario.dialogues:
        yield from _deleted(sources, dialogue)
        yield from _swapped(sources, dialogue)


def _deleted(sources: Sources, dialogue: Dialogue) -> Iterator[Mutant]:
    for edge, way in dialogue.edges():
        raw = deepcopy(sources.located[dialogue.called].value)
        if _is_answer(dialogue, edge.path) and len(_at(raw, edge.path[:-1])) > 1:
            del _at(raw, edge.path[:-1])[edge.path[-1]]
            what = f"the answer {edge.path[-1]!r} is not heard"
        elif edge.path[0] == "events" and len(edge.path) == len(("events", "intent")):
            del raw["events"][edge.path[1]]
            what = f"the event {edge.path[1]!r} is not heard"
        else:
            wrong = next(target for target in _elsewhere(dialogue) if target != way.go)
            _lead(raw, edge.path, wrong)
            what = f"leads to {wrong!r} instead of {way.go!r}"
        yield _mutant(sources, dialogue, raw, (edge,), what)


def _swapped(sources: Sources, dialogue: Dialogue) -> Iterator[Mutant]:
    for name, step in dialogue.steps.items():
        for one, other in pairwise(getattr(step, "on", {})):
            raw = deepcopy(sources.located[dialogue.called].value)
            on = raw["steps"][name]["on"]
            if on[one] == on[other]:
                continue
            on[one], on[other] = on[other], on[one]
            edges = tuple(edge for edge, _ in dialogue.edges() if edge.path[:4] in _both(name, one, other))
            yield _mutant(sources, dialogue, raw, edges, f"{one!r} and {other!r} are swapped")


def _both(step: str, one: str, other: str) -> tuple[Keys, Keys]:
    return ("steps", step, "on", one), ("steps", step, "on", other)


def _is_answer(dialogue: Dialogue, path: Keys) -> bool:
    """Whether the way is one that an answer opens; a form cannot be without `filled`."""
    if path[0] != "steps" or path[2] != "on" or len(path) != len(("steps", "name", "on", "key")):
        return False
    step = dialogue.steps[path[1]]
    return isinstance(step, Ask) or (isinstance(step, Form) and path[3] != "filled")


def _elsewhere(dialogue: Dialogue) -> tuple[str, ...]:
    """Where a way may be led wrong: somewhere that is not its end."""
    failed = (dialogue.failed[-1].go,) if dialogue.failed else ()
    if isinstance(dialogue, Shared):  # its callers end the talk in most cases: `end` would be no difference
        return (*dialogue.ends, *failed, dialogue.start, END)
    return (*failed, END, dialogue.start)


def _lead(raw: dict[str, Any], path: Keys, target: str) -> None:
    """Change the target that stands at a path; of several ways the one with that number."""
    place = _at(raw, path[:-1])
    key: Any = int(path[-1]) if isinstance(place, list) else path[-1]
    if isinstance(place[key], dict) and "go" in place[key]:
        place[key]["go"] = target
    else:
        place[key] = target


def _at(raw: Any, path: Keys) -> Any:
    for key in path:
        raw = raw[int(key) if isinstance(raw, list) else key]
    return raw


def _mutant(sources: Sources, dialogue: Dialogue, raw: dict[str, Any], edges: tuple[Edge, ...], what: str) -> Mutant:
    place = sources.located[dialogue.called].place(edges[0].path)
    return Mutant(edges=edges, what=what, place=place, scenario=_with(sources, dialogue, raw))


def _with(sources: Sources, dialogue: Dialogue, raw: Mapping[str, Any]) -> Scenario:
    """The scenario with one of its files as `raw`."""
    if isinstance(dialogue, Scenario):
        scenario = Scenario.model_validate(raw)
        scenario.within(dialogue.folder)
        scenario.joined(dialogue.shared)
        return scenario
    changed = Shared.model_validate(raw)
    changed.within(dialogue.folder)
    scenario = sources.scenario.model_copy()
    scenario.joined({**sources.scenario.shared, changed.name: changed})
    return scenario
