"""The steps of a dialogue as data: say, ask, form, do, call; and where they lead."""

from collections.abc import Iterator, Mapping
from datetime import time, timedelta
from enum import StrEnum
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator

from voicebot.language.reading import Kind, Question

END = "end"  #: the target that ends the talk
NEXT = "next"  #: in `on` of a `call` with `for_each`: the next item, after the last one the step's `next`


class Part(BaseModel):
    """A piece of a scenario file: unknown keys are faults, nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Way(Part):
    """A target that is taken when its condition holds."""

    go: str
    when: str = Field("", alias="if", description="a comparison, such as `visit.preparation != ''`; empty: always")


def _ways(value: object) -> object:
    many = value if isinstance(value, list | tuple) else [value]
    return tuple({"go": one} if isinstance(one, str) else one for one in many)


def _ends_surely(ways: tuple[Way, ...]) -> tuple[Way, ...]:
    if not ways or ways[-1].when or not all(way.when for way in ways[:-1]):
        raise ValueError("of several ways all need an `if`, but the last, which is taken when no other is")
    return ways


def _as_list(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _times(value: object) -> object:
    return tuple(value.split("-")) if isinstance(value, str) else value


#: A step's name, or several ways: `[{if: "visit.doctor == ''", go: nobody}, somebody]`.
Target = Annotated[
    tuple[Way, ...],
    BeforeValidator(_ways, json_schema_input_type=str | list[str | Way]),
    AfterValidator(_ends_surely),
]
Texts = Annotated[tuple[str, ...], BeforeValidator(_as_list, json_schema_input_type=str | list[str])]
Hours = Annotated[tuple[time, time], BeforeValidator(_times, json_schema_input_type=str)]
Branches = dict[str, Target]


class Needs(StrEnum):
    """What a question needs of the speech model."""

    GRAMMAR = "grammar"  #: its answers are among known phrases
    DICTATION = "dictation"  #: free speech


class Say(Part):
    """The robot speaks."""

    say: Texts = Field(description="one text, or several of which each call hears another")
    audio: str = Field("", description="a recorded WAV of this text, beside the scenario; it is played instead")
    next: Target


class Listens(Part):
    """How an answer is listened for and understood: what `ask` and the fields of a `form` have in common."""

    ask: Texts = Field(description="one text, or several of which each call hears another")
    hear: Kind = Kind.ANSWER
    values: tuple[Any, ...] = Field((), description="the only values that count as `filled`; empty: all")
    between: Hours | None = Field(
        None, description="the times on offer, `08:00-20:00`: tells which of the two readings of an hour is meant"
    )
    oldest: int = Field(
        0, ge=0, description="years: of a birth date; one longer ago, or to come, was misheard. 0: any date counts"
    )
    choices: dict[str, tuple[str, ...]] = Field(
        {}, description="what may be chosen: key → phrases (`запис*` stands for all words that begin so)"
    )
    phrases: tuple[str, ...] = Field((), description="further phrases that the recogniser listens for")
    keys: dict[str, str] = Field({}, description="DTMF key → a key of `on`, or a value of the field")
    digits: int = Field(0, ge=0, le=20, description="so many keys may be typed as the answer: a number, a date")
    noinput: Texts = ()
    nomatch: Texts = ()
    no_input: timedelta | None = None
    end_silence: timedelta | None = None


class Ask(Listens):
    """The robot asks for one field and branches on the answer."""

    question: Question = Question.PLAIN
    field: str = Field("", description="name under which the answer is stored as a fact; the step's name by default")
    on: Branches = Field(
        description="yes/no (agreement), an intent, a choice, `filled` (a value), `any` speech; first match wins"
    )
    against: str = Field("", description="template of the full name that `question: identity` asks about")
    also: str = Field("", description="a form whose fields may be told along: “запишите меня к лору на вторник”")
    needs: Needs = Needs.GRAMMAR
    fallback: Target | None = Field(None, description="with `needs: dictation`: the step taken where it cannot be had")
    audio: str = Field("", description="a recorded WAV of the question, beside the scenario")
    failed: Target | None = Field(None, description="where to go when all prompts of noinput or nomatch are used up")
    barge_in: bool = True
    interrupted_by: tuple[str, ...] = Field(
        (), description="keys of `on` that count even while what comes before the question is spoken"
    )

    @model_validator(mode="after")
    def _dictation_has_a_way_out(self) -> "Ask":
        if (self.needs is Needs.DICTATION) != (self.fallback is not None):
            raise ValueError("`needs: dictation` and `fallback` go together")
        return self


class Item(Listens):
    """One field of a form."""

    optional: bool = Field(False, description="taken when it is told, never asked for")


class Form(Part):
    """The robot asks for several fields: takes what was said, in any order, and asks for the rest."""

    form: Texts = Field((), description="the first, open question; without one the fields are asked in their order")
    fields: dict[str, Item] = Field(min_length=1)
    confirm: Texts = Field((), description="read-back of all that was understood: “Верно?”")
    again: str = Field("Хорошо, скажите ещё раз.", description="said when the read-back was denied")
    on: Branches = Field(description="`filled`, and intents as in `ask`")
    noinput: Texts = ()
    nomatch: Texts = ()
    failed: Target | None = None

    @model_validator(mode="after")
    def _leads_on(self) -> "Form":
        if "filled" not in self.on:
            raise ValueError("`on` needs `filled`: where to go when all fields are known")
        return self


class Do(Part):
    """An action on the store or outside; every outcome that it declares must have a target."""

    do: str
    arguments: dict[str, str] = Field({}, alias="with")
    on: Branches


class Call(Part):
    """A sub-dialogue of campaigns/shared; every end that it declares must have a target."""

    call: str
    arguments: dict[str, str] = Field({}, alias="with", description="parameter → template; `{{ x }}` alone passes x")
    for_each: str = Field("", description="`{{ a list }}`: once for every item of it")
    variable: str = Field("", alias="as", description="with `for_each`: the parameter that takes the item")
    on: Branches
    next: Target | None = Field(None, description="with `for_each`: where to go after the last item")

    @model_validator(mode="after")
    def _whole_loop(self) -> "Call":
        if len({bool(self.for_each), bool(self.variable), self.next is not None}) > 1:
            raise ValueError("`for_each`, `as` and `next` go together")
        return self


_KINDS = {"say": Say, "ask": Ask, "form": Form, "do": Do, "call": Call}
KINDS = tuple(_KINDS)  #: the keys by which a kind of step is known


def _kind(value: Any) -> str | None:
    if not isinstance(value, Mapping):
        return next((kind for kind, model in _KINDS.items() if isinstance(value, model)), None)
    return next((kind for kind in ("form", *KINDS) if kind in value or (kind == "form" and "fields" in value)), None)


Step: TypeAlias = Annotated[
    Annotated[Say, Tag("say")]
    | Annotated[Ask, Tag("ask")]
    | Annotated[Form, Tag("form")]
    | Annotated[Do, Tag("do")]
    | Annotated[Call, Tag("call")],
    Discriminator(
        _kind,
        custom_error_type="no_kind",
        custom_error_message="a step needs one of the keys say, ask, form, do, call",
    ),
]
Keys: TypeAlias = tuple[str, ...]


def ways(step: Step) -> Iterator[tuple[Keys, Way]]:
    """All ways that lead out of a step: (path of keys inside the step, the way)."""
    for key in ("next", "fallback", "failed"):
        yield from numbered((key,), getattr(step, key, None))
    for key, target in getattr(step, "on", {}).items():
        yield from numbered(("on", key), target)


def numbered(path: Keys, target: tuple[Way, ...] | None) -> Iterator[tuple[Keys, Way]]:
    """The ways of a target with their paths: its own, or with the number of each of several."""
    for place, way in enumerate(target or ()):
        yield (path if len(target or ()) == 1 else (*path, str(place))), way
