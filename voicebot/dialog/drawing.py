"""A scenario as a picture: Mermaid, and the graph that both pictures show."""

from collections.abc import Iterator
from dataclasses import dataclass

from voicebot.dialog.scenario import Dialogue, Scenario, Shared
from voicebot.dialog.steps import END, NEXT, Ask, Call, Do, Form, Say, Step

_LONGEST = 40  # characters of a step's text


@dataclass(frozen=True, kw_only=True)
class Node:
    """A step, or an end."""

    name: str
    kind: str  #: say, ask, form, do, call, end
    text: str


@dataclass(frozen=True, kw_only=True)
class Arrow:
    """All ways from one step to another."""

    start: str
    end: str
    label: str


def nodes(dialogue: Dialogue) -> Iterator[Node]:
    """The steps, then the ends."""
    for name, step in dialogue.steps.items():
        yield Node(name=name, kind=_kind(step), text=_text(step))
    targets = {way.go for _, way in dialogue.edges()}
    for end in (*(dialogue.ends if isinstance(dialogue, Shared) else ()), END):
        if end in targets:
            yield Node(name=end, kind="end", text="")


def arrows(dialogue: Dialogue) -> Iterator[Arrow]:
    """Ways of the steps, those between the same two as one."""
    labels: dict[tuple[str, str], list[str]] = {}
    for edge, way in dialogue.edges():
        if edge.path[0] != "steps":
            continue
        key = edge.path[3] if edge.path[2] == "on" else "" if edge.path[2] == "next" else edge.path[2]
        label = f"{key} [{way.when}]".strip() if way.when else key
        target = edge.path[1] if way.go == NEXT else way.go
        labels.setdefault((edge.path[1], target), []).append(label)
    for (start, end), found in labels.items():
        yield Arrow(start=start, end=end, label=", ".join(dict.fromkeys(filter(None, found))))


def mermaid(scenario: Scenario) -> str:
    """A flowchart of the scenario, its sub-dialogues as groups."""
    lines = ["flowchart TD"]
    for dialogue in scenario.dialogues:
        prefix = dialogue.called
        lines.append(f'  subgraph {_id(prefix)}["{_quoted(dialogue.title)}"]')
        for node in nodes(dialogue):
            left, right = _SHAPES[node.kind]
            text = f"{node.name}<br>{_quoted(node.text)}" if node.text else node.name
            lines.append(f'    {_id(prefix, node.name)}{left}"{text}"{right}')
        for arrow in arrows(dialogue):
            label = f'|"{_quoted(arrow.label)}"|' if arrow.label else ""
            lines.append(f"    {_id(prefix, arrow.start)} -->{label} {_id(prefix, arrow.end)}")
        for intent, event in dialogue.events.items():
            for way in event.go or ():
                source = _id(prefix, "event", intent)
                lines.append(f'    {source}>"{intent}"] -.-> {_id(prefix, way.go)}')
        lines.append("  end")
    return "\n".join(lines) + "\n"


_SHAPES = {
    "say": ("[", "]"),
    "ask": ("([", "])"),
    "form": ("[[", "]]"),
    "do": ("{{", "}}"),
    "call": ("[/", "/]"),
    "end": ("((", "))"),
}


def _id(*parts: str) -> str:
    return "__".join(parts).replace("-", "_")


def _quoted(text: str) -> str:
    return text.replace('"', "'").replace("<", "‹").replace(">", "›")


def _kind(step: Step) -> str:
    return type(step).__name__.lower()


def _text(step: Step) -> str:
    match step:
        case Say():
            text = step.say[0]
        case Ask():
            text = step.ask[0]
        case Form():
            text = (*step.form, ", ".join(step.fields))[0]
        case Do():
            text = step.do
        case Call():
            text = step.call
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
