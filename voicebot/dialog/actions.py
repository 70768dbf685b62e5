"""Actions that a scenario's `do` steps may name: registered functions, idempotent by operation key."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from voicebot.dialog.talk import Talk
from voicebot.store.operations import OperationKey

#: Every action may end so: the store or an outside system did not answer in time.
UNAVAILABLE = "unavailable"


@dataclass(frozen=True, kw_only=True)
class Done:
    """How an action ended; `values` become variables of the scenario."""

    outcome: str = "done"
    values: Mapping[str, Any] = field(default_factory=dict)


Act = Callable[[Talk, OperationKey, Mapping[str, str]], Awaitable[Done]]


@dataclass(frozen=True, kw_only=True)
class Action:
    """One registered action."""

    name: str
    outcomes: tuple[str, ...]  #: all that a scenario must handle
    act: Act
    needs: tuple[str, ...] = ()  #: arguments without which it cannot be done
    takes: tuple[str, ...] | None = ()  #: further arguments; None: any
    gives: tuple[str, ...] = ()  #: variables that it may leave behind
    leaves_line: bool = False  #: somebody else speaks with the caller meanwhile


REGISTRY: dict[str, Action] = {}


def action(
    *outcomes: str,
    needs: tuple[str, ...] = (),
    takes: tuple[str, ...] | None = (),
    gives: tuple[str, ...] = (),
    leaves_line: bool = False,
) -> Callable[[Act], Act]:
    """Register the decorated function under its own name."""

    def register(act: Act) -> Act:
        name = act.__name__
        REGISTRY[name] = Action(
            name=name,
            outcomes=(*outcomes, UNAVAILABLE),
            act=act,
            needs=needs,
            takes=takes,
            gives=gives,
            leaves_line=leaves_line,
        )
        return act

    return register
