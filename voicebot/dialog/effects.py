"""What the engine asks its driver to do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from voicebot.dialog.ports import Listening, Prompt


@dataclass(frozen=True, kw_only=True)
class Speak:
    """Say this to the end, then go on with the next effect."""

    prompt: Prompt


@dataclass(frozen=True, kw_only=True)
class Listen:
    """Ask, and bring the reply to `Dialog.answered`; begins turn `turn`."""

    turn: int
    step: str
    prompt: Prompt
    listening: Listening


@dataclass(frozen=True, kw_only=True)
class Learn:
    """Store this fact now: a call that drops in the next second must not lose it."""

    turn: int
    field: str
    value: Any  #: a JSON value
    confidence: float
    words: str


@dataclass(frozen=True, kw_only=True)
class Perform:
    """Carry out an action and bring its outcome to `Dialog.performed`.

    (call, `turn`, `index`) is the operation's key: the same action of the same turn happens once.
    """

    turn: int
    index: int
    step: str
    action: str
    arguments: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Finish:
    """The dialogue is over."""


Effect: TypeAlias = Speak | Listen | Learn | Perform | Finish
