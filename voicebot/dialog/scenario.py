"""A dialogue as data: what a scenario file may say."""

from collections.abc import Iterator
from datetime import time, timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from voicebot.language.reading import Intent, Kind, Question
from voicebot.outcomes import Result

END = "end"  #: the target that ends the dialogue


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _times(value: object) -> object:
    return tuple(value.split("-")) if isinstance(value, str) else value


Texts = Annotated[tuple[str, ...], BeforeValidator(_as_list)]
Targets = dict[str, str]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Direction(StrEnum):
    OUTBOUND = "outbound"
    INBOUND = "inbound"


class Say(_Part):
    """The robot speaks."""

    say: str
    next: str


class Ask(_Part):
    """The robot asks for one field and branches on the answer."""

    ask: str
    hear: Kind = Kind.ANSWER
    question: Question = Question.PLAIN
    field: str = Field("", description="name under which the answer is stored as a fact; the step's name by default")
    on: Targets = Field(description="yes/no (agreement), an intent, `filled` (a value), `any` speech; first match wins")
    against: str = Field("", description="template of the full name that `question: identity` asks about")
    values: tuple[Any, ...] = Field((), description="the only values that count as `filled`; empty: all")
    keys: Targets = Field({}, description="DTMF key → a key of `on`, or a value of the field")
    between: Annotated[tuple[time, time] | None, BeforeValidator(_times)] = Field(
        None, description="the times on offer, `08:00-20:00`: tells which of the two readings of an hour is meant"
    )
    phrases: tuple[str, ...] = Field((), description="further phrases that the recogniser listens for")
    noinput: Texts = ()
    nomatch: Texts = ()
    failed: str = Field("", description="where to go when all prompts of noinput or nomatch are used up")
    no_input: timedelta | None = None
    end_silence: timedelta | None = None
    barge_in: bool = True
    interrupted_by: tuple[str, ...] = Field(
        (), description="keys of `on` that count even while what comes before the question is spoken"
    )


class Do(_Part):
    """An action on the store or outside; every outcome that it declares must have a target."""

    do: str
    arguments: dict[str, str] = Field({}, alias="with")
    on: Targets

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


Step = Say | Ask | Do


class Event(_Part):
    """What happens when an intent is heard at any question: go to a step, or say something and ask again."""

    go: str = ""
    say: str = ""

    @model_validator(mode="before")
    @classmethod
    def _bare_target(cls, value: object) -> object:
        return {"go": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _exactly_one(self) -> "Event":
        if bool(self.go) == bool(self.say):
            raise ValueError("needs either `go` (a step) or `say` (a text, then the question is asked again)")
        return self


class Scenario(_Part):
    """One dialogue."""

    format: Literal[1] = Field(alias="schema")
    name: str = Field(alias="scenario")
    title: str
    direction: Direction
    start: str
    further: str = Field("", description="where the talk about the next contact of the same number begins")
    failed: str = Field(description="where a question goes that got no usable answer, unless it says otherwise")
    unfinished: Result = Field(Result.HUNG_UP, description="the result when the other side hangs up before any other")
    events: dict[Intent, Event] = {}
    keys: Targets = Field({}, description="DTMF keys that raise an event at any question, e.g. {'0': operator}")
    list: dict[str, Any] = Field({}, description="columns of the campaign's list (voicebot.outbound)")
    policy: dict[str, Any] = Field({}, description="calling policy (voicebot.outbound)")
    steps: dict[str, Step]

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


#: Priority of what may be heard at any question (docs/architecture.md §6); all other events come after the step's own.
FIRST_EVENTS = (
    Intent.EMERGENCY,
    Intent.OPERATOR,
    Intent.STOP_CALLING,
    Intent.REPEAT,
    Intent.LOUDER,
    Intent.SLOWER,
)


def edges(step: Step) -> Iterator[tuple[tuple[str, ...], str]]:
    """Where a step may lead: (path of keys inside the step, target)."""
    if isinstance(step, Say):
        yield ("next",), step.next
        return
    for key, target in step.on.items():
        yield ("on", key), target
    if isinstance(step, Ask) and step.failed:
        yield ("failed",), step.failed
