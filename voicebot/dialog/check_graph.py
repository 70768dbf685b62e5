"""The steps as a graph: targets that are not there, steps that nobody reaches, loops that nobody ends."""

from collections.abc import Iterator, Mapping

from voicebot.dialog.problem import Problem, at
from voicebot.dialog.scenario import Dialogue, Scenario, Shared
from voicebot.dialog.steps import END, NEXT, Ask, Call, Do, Form, Say, Step, ways


def problems(dialogue: Dialogue, shared: Mapping[str, Shared]) -> Iterator[Problem]:
    """Of one file. `shared`: the sub-dialogues that it may call."""
    yield from _unknown_targets(dialogue)
    yield from _unreached(dialogue)
    yield from _endless(dialogue, shared)


def _unknown_targets(dialogue: Dialogue) -> Iterator[Problem]:
    ends = dialogue.ends if isinstance(dialogue, Shared) else {}
    known = ", ".join((*dialogue.steps, *ends))
    targets = [(at(dialogue, ("start",)), dialogue.start), *((edge, way.go) for edge, way in dialogue.edges())]
    for edge, target in targets:
        step = dialogue.steps.get(edge.path[1]) if edge.path[0] == "steps" else None
        if target == NEXT and isinstance(step, Call) and step.for_each and "on" in edge.path:
            continue
        if target != END and target not in dialogue.steps and target not in ends:
            yield edge, f"there is no step {target!r}", f"Steps are: {known}; `{END}` ends the talk."


def _unreached(dialogue: Dialogue) -> Iterator[Problem]:
    front = [dialogue.start, *(way.go for edge, way in dialogue.edges() if edge.path[0] != "steps")]
    if isinstance(dialogue, Scenario):
        front.append(dialogue.further)
    seen: set[str] = set()
    while front:
        name = front.pop()
        if name not in seen and name in dialogue.steps:
            seen.add(name)
            front.extend(way.go for _, way in ways(dialogue.steps[name]))
    for name in dialogue.steps:
        if name not in seen:
            yield at(dialogue, ("steps", name)), f"no way leads to the step {name!r}", "Remove it, or lead to it."
    if isinstance(dialogue, Shared):
        reached = {way.go for _, way in dialogue.edges()}
        for end in dialogue.ends:
            if end not in reached:
                yield at(dialogue, ("ends", end)), f"no way leads to the end {end!r}", "Remove it, or lead to it."


def _endless(dialogue: Dialogue, shared: Mapping[str, Shared]) -> Iterator[Problem]:
    """Ways on which a caller who says nothing is led in a circle for ever."""
    graph = {name: _silently(dialogue, step, shared) for name, step in dialogue.steps.items()}
    done: set[str] = set()
    for name in graph:
        circle = _circle(graph, name, done)
        if circle:
            what = f"who says nothing is led in a circle: {' → '.join(circle)}"
            yield at(dialogue, ("steps", circle[0])), what, "Lead `failed` of a question, or an outcome, elsewhere."


def _circle(graph: Mapping[str, set[str]], start: str, done: set[str]) -> list[str]:
    """A circle that can be reached from `start`, unless one was looked for from there before."""
    trail: list[str] = []
    stack: list[tuple[str, bool]] = [(start, False)]
    while stack:
        name, leaving = stack.pop()
        if leaving:
            trail.pop()
            done.add(name)
        elif name in trail:
            return [*trail[trail.index(name) :], name]
        elif name in graph and name not in done:
            trail.append(name)
            stack.append((name, True))
            stack.extend((target, False) for target in sorted(graph[name]))
    return []


def _silently(dialogue: Dialogue, step: Step, shared: Mapping[str, Shared]) -> set[str]:
    """Where a step may lead without a word of the caller."""
    match step:
        case Say():
            return {way.go for way in step.next}
        case Do():
            return {way.go for target in step.on.values() for way in target}
        case Call():
            ends = _silent_ends(shared[step.call], shared) if step.call in shared else set(step.on)
            targets = {way.go for end, target in step.on.items() if end in ends for way in target}
            return (targets | {way.go for way in step.next or ()}) - {NEXT}
        case Ask() if step.fallback:
            return {way.go for way in (*step.fallback, *(step.failed or dialogue.failed or ()))}
        case Ask() | Form():
            return {way.go for way in step.failed or dialogue.failed or ()}


def _silent_ends(dialogue: Shared, shared: Mapping[str, Shared]) -> set[str]:
    """The ends of a sub-dialogue that a silent caller may come to."""
    front, seen = [dialogue.start], set[str]()
    while front:
        name = front.pop()
        if name in seen:
            continue
        seen.add(name)
        step = dialogue.steps.get(name)
        if step is not None:
            front.extend(_silently(dialogue, step, shared))
    return seen & set(dialogue.ends)
