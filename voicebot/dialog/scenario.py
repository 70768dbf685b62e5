"""A dialogue as data: what a scenario file, and the file of a shared sub-dialogue, may say."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, PrivateAttr, field_validator, model_validator

from voicebot.dialog import template
from voicebot.dialog.steps import Ask, Call, Form, Item, Keys, Part, Say, Step, Target, Texts, Way, numbered, ways
from voicebot.language.reading import Intent
from voicebot.outcomes import Result


class Direction(StrEnum):
    OUTBOUND = "outbound"
    INBOUND = "inbound"


class Event(Part):
    """What happens when an intent is heard at any question: go to a step, or say something and ask again."""

    go: Target | None = None
    say: str = ""

    @model_validator(mode="before")
    @classmethod
    def _bare_target(cls, value: object) -> object:
        return {"go": value} if isinstance(value, str | list) else value

    @model_validator(mode="after")
    def _exactly_one(self) -> "Event":
        if (self.go is None) == (not self.say):
            raise ValueError("needs either `go` (a step) or `say` (a text, then the question is asked again)")
        return self


@dataclass(frozen=True, order=True)
class Edge:
    """One way of a dialogue, named by its path of keys in the file."""

    dialogue: str
    path: Keys

    def __str__(self) -> str:
        return f"{self.dialogue}: {'.'.join(self.path)}"


class Dialogue(Part):
    """Steps that belong together: a scenario, or a sub-dialogue that several scenarios share."""

    format: Literal[1] = Field(alias="schema")
    title: str
    start: str
    failed: Target | None = Field(
        None, description="where a question goes that got no usable answer, unless it says otherwise"
    )
    events: dict[Intent, Event] = Field({}, description="heard at any question, and what happens then")
    keys: dict[str, str] = Field({}, description="DTMF keys that raise an event at any question, e.g. {'0': operator}")
    steps: dict[str, Step]
    _folder: Path = PrivateAttr(Path())

    @property
    def called(self) -> str:
        """Its name."""
        raise NotImplementedError

    @property
    def folder(self) -> Path:
        """Where its file lies, and its recordings."""
        return self._folder

    def within(self, folder: Path) -> None:
        """Told by the catalog where its file lies."""
        self._folder = folder

    def edges(self) -> Iterator[tuple[Edge, Way]]:
        """All ways, with their names."""
        for path, way in self._ways():
            yield Edge(self.called, path), way

    def _ways(self) -> Iterator[tuple[Keys, Way]]:
        yield from numbered(("failed",), self.failed)
        for intent, event in self.events.items():
            yield from numbered(("events", intent.value), event.go)
        for name, step in self.steps.items():
            for path, way in ways(step):
                yield ("steps", name, *path), way


class Shared(Dialogue):
    """A sub-dialogue: called with parameters, left by one of its ends, each of which may return values."""

    name: str = Field(alias="dialogue")
    needs: tuple[str, ...] = Field((), description="its parameters; beside them it knows `clinic` and `more`")
    takes: dict[str, Any] = Field({}, description="parameters that need not be given, with what they are then")
    ends: dict[str, dict[str, str]] = Field(
        min_length=1, description="targets by which it is left: end → variables of the caller, as templates"
    )

    @property
    def called(self) -> str:
        return self.name


#: Who called and the number to call back; no name, no visit, no illness.
_MESSAGE = (
    "Здравствуйте! Это голосовой робот, {{ clinic.name }}. Мы не смогли до вас дозвониться. "
    "{% if clinic.callback_number %}Перезвоните нам, пожалуйста: {{ clinic.callback_number | phone }}."
    "{% else %}Мы позвоним ещё раз.{% endif %} До свидания!"
)


class Scenario(Dialogue):
    """One dialogue with one person."""

    name: str = Field(alias="scenario")
    direction: Direction
    failed: Target = Field(description="where a question, or an endless talk, goes that got no usable answer")
    further: str = Field(
        "", description="where the next contact's talk begins, or one that another scenario hands over"
    )
    unfinished: Result = Field(Result.HUNG_UP, description="the result when the other side hangs up before any other")
    most_turns: int = Field(40, ge=1, description="after so many questions the talk goes to `failed`")
    list: dict[str, Any] = Field({}, description="columns of the campaign's list (voicebot.outbound)")
    policy: dict[str, Any] = Field({}, description="calling policy (voicebot.outbound)")
    machine_message: str = Field(_MESSAGE, description="left on answering machines; may name nothing but `clinic`")
    fillers: Texts = Field(
        ("Секундочку.", "Ещё минутку, пожалуйста.", "Спасибо, что ждёте."),
        description="said while an action takes longer than 1.5 s, each once, 6 s apart; plain texts; []: nothing",
    )
    _shared: Mapping[str, Shared] = PrivateAttr(default_factory=dict)

    @field_validator("fillers")
    @classmethod
    def _plain(cls, texts: tuple[str, ...]) -> tuple[str, ...]:
        if any("{" in text for text in texts):
            raise ValueError("fillers are said as they stand: no {{ … }} in them")
        return texts

    @field_validator("machine_message")
    @classmethod
    def _for_anybody(cls, text: str) -> str:
        if strange := sorted({name for name, _ in template.names(text)} - {"clinic"}):
            raise ValueError(f"anybody may hear it: it cannot name `{strange[0]}`, only `clinic`")
        return text

    @property
    def called(self) -> str:
        return self.name

    @property
    def shared(self) -> Mapping[str, Shared]:
        """The sub-dialogues that it calls, and those that they call, by name."""
        return self._shared

    @property
    def dialogues(self) -> tuple[Dialogue, ...]:
        """Itself, then its sub-dialogues."""
        return (self, *self._shared.values())

    def find(self, step: str) -> tuple[Dialogue, Step]:
        """The step that a turn names: `attendance`, or `pick_time.choose` of a sub-dialogue."""
        name, dot, inner = step.partition(".")
        dialogue: Dialogue = self._shared[name] if dot else self
        return dialogue, dialogue.steps[inner if dot else name]

    def joined(self, shared: Mapping[str, Shared]) -> None:
        """Told by the catalog which sub-dialogues it calls."""
        self._shared = shared


def callees(dialogue: Dialogue) -> Iterator[tuple[str, Call]]:
    """(step, call) of every sub-dialogue that it calls."""
    for name, step in dialogue.steps.items():
        if isinstance(step, Call):
            yield name, step


def questions(dialogue: Dialogue) -> Iterator[tuple[Keys, Ask | Item]]:
    """(path, question) of everything that is asked."""
    for name, step in dialogue.steps.items():
        if isinstance(step, Ask):
            yield ("steps", name), step
        elif isinstance(step, Form):
            for field, item in step.fields.items():
                yield ("steps", name, "fields", field), item


def recordings(dialogue: Dialogue) -> Iterator[tuple[Keys, str, Path]]:
    """(path, text, WAV file) of every recorded phrase."""
    for name, step in dialogue.steps.items():
        if isinstance(step, Say | Ask) and step.audio:
            text = step.say[0] if isinstance(step, Say) else step.ask[0]
            yield ("steps", name, "audio"), text, dialogue.folder / step.audio
