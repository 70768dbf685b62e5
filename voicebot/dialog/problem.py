"""A fault of a scenario, by the place in the file."""

from typing import TypeAlias

from voicebot.dialog.scenario import Dialogue, Edge
from voicebot.dialog.steps import Keys

#: (place, what is wrong, mend)
Problem: TypeAlias = tuple[Edge, str, str]


def at(dialogue: Dialogue, path: Keys) -> Edge:
    """The place of a problem."""
    return Edge(dialogue.called, path)
