"""What a running dialogue knows: variables, answers, where it stands; one frame for each sub-dialogue under way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from voicebot.dialog import template
from voicebot.dialog.scenario import Dialogue, Scenario, Shared
from voicebot.dialog.steps import Call, Way

#: What a sub-dialogue knows without being given it.
EVERYWHERE = ("clinic", "more")


@dataclass(kw_only=True)
class Frame:
    """A dialogue under way."""

    dialogue: Dialogue
    variables: dict[str, Any]
    step: str
    answers: dict[str, Any] = field(default_factory=dict)
    ahead: set[str] = field(default_factory=set)  #: fields of a form that were told before it was asked
    items: list[Any] = field(default_factory=list)  #: what a `for_each` has still before it
    misses: dict[str, int] = field(default_factory=lambda: {"noinput": 0, "nomatch": 0, "again": 0})
    said: dict[str, int] = field(default_factory=dict)  #: how often a text of several variants was chosen

    def __post_init__(self) -> None:
        self.variables["answers"] = self.answers

    def qualified(self) -> str:
        """The step's name in turns and facts."""
        return self.step if isinstance(self.dialogue, Scenario) else f"{self.dialogue.called}.{self.step}"

    def chosen(self, ways: Sequence[Way]) -> tuple[int, Way]:
        """The first way whose condition holds."""
        for place, way in enumerate(ways):
            if not way.when or template.holds(way.when, self.variables):
                return place, way
        raise AssertionError("the last of several ways has no condition")  # the model sees to it

    def text(self, variants: Sequence[str], key: str, seed: int) -> str:
        """One of the variants: another in another call, and the next one when it is said again."""
        if not variants:
            return ""
        count = self.said.get(key, 0)
        self.said[key] = count + 1
        return variants[(seed + count) % len(variants)]


def entered(caller: Frame, call: Call, shared: Shared) -> Frame:
    """The frame of a sub-dialogue, with its parameters."""
    known: dict[str, Any] = {name: caller.variables[name] for name in EVERYWHERE if name in caller.variables}
    known |= shared.takes
    known |= {name: template.value(text, caller.variables) for name, text in call.arguments.items()}
    if call.for_each:
        known[call.variable] = caller.items.pop(0)
    return Frame(dialogue=shared, variables=known, step=shared.start)


def returned(frame: Frame, ends: Mapping[str, Mapping[str, str]], end: str) -> dict[str, Any]:
    """The variables that an end gives to the caller."""
    return {name: template.value(text, frame.variables) for name, text in ends[end].items()}
