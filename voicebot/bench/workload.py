"""The fixed workload of the benchmarks: a scenario that only asks, and how its callers answer."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from voicebot.language.inflection import cardinal
from voicebot.simulator.line import Line
from voicebot.simulator.rtp import Trouble
from voicebot.simulator.voices import Voice

FILE = Path(__file__).with_name("workload.yaml")
GOODBYE = "Спасибо, это всё. До свидания!"
_END = "end"
_UNPREPARED = "Вопрос {turn} по номеру {{{{ caller[-2:] }}}}."  # one fragment


class Kind(StrEnum):
    """Of an answer."""

    YES_NO = "yes_no"
    CHOICE = "choice"
    DATE = "date"
    NUMBER = "number"
    FREE = "free"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Question(_Part):
    """One step of the scenario."""

    kind: Kind
    ask: str
    step: dict[str, Any] = Field({}, description="what else the step says")
    branches: tuple[str, ...] = Field(min_length=1, description="keys of `on`; all of them lead to the next question")
    answers: tuple[str, ...] = Field(min_length=1)
    slow: tuple[str, ...] = Field(min_length=1, description="the same by slow speakers")


class Callers(_Part):
    """What the callers have in common."""

    slow_every: int
    slow_words_per_minute: int
    snr_db: float
    thinking: tuple[float, float]


class BadLine(_Part):
    """How everybody's line is bad."""

    line: Line = Line()
    snr_db: float | None = Field(None, description="the noise, below the voice, in place of the callers' own")
    trouble: Trouble = Trouble()


class Workload(_Part):
    """Read from `workload.yaml`."""

    callers: Callers
    lines: dict[str, BadLine]
    orders: dict[str, tuple[str, ...]]
    questions: dict[str, Question]

    @model_validator(mode="after")
    def _known(self) -> Self:
        if strange := {name for order in self.orders.values() for name in order} - set(self.questions):
            raise ValueError(f"no question is called {min(strange)!r}")
        return self

    @classmethod
    def load(cls) -> Self:
        return cls.model_validate(yaml.safe_load(FILE.read_text(encoding="utf-8")))

    def is_slow(self, caller: int) -> bool:
        """Whether caller number `caller` (from 0) is a slow speaker."""
        return caller % self.callers.slow_every == self.callers.slow_every - 1

    def voice(self, caller: int) -> Voice:
        """One of fifteen, none of which the embedded model was trained on."""
        voice = Voice.numbered(caller)
        if not self.is_slow(caller):
            return voice
        return Voice(variant=voice.variant, words_per_minute=self.callers.slow_words_per_minute, pitch=voice.pitch)

    def answer(self, question: str, caller: int, turn: int) -> str:
        """What this caller says in that turn of the call."""
        asked = self.questions[question]
        texts = asked.slow if self.is_slow(caller) else asked.answers
        return texts[(caller + turn) % len(texts)]

    def scenario(self, order: Sequence[str], *, live: bool = False) -> dict[str, Any]:
        """The scenario that asks these questions, whatever is answered.

        Args:
            live: every question ends with what nobody has prepared: its number and the caller's last digits.
        """
        steps: dict[str, Any] = {}
        names = [f"{index:02}_{name}" for index, name in enumerate(order)]
        for turn, (here, following, name) in enumerate(zip(names, [*names[1:], "goodbye"], order, strict=True)):
            question = self.questions[name]
            steps[here] = {
                "ask": f"{question.ask} {_UNPREPARED.format(turn=cardinal(turn))}" if live else question.ask,
                **question.step,
                "on": dict.fromkeys(question.branches, following),
                "failed": following,
            }
        steps["goodbye"] = {"say": GOODBYE, "next": _END}
        if live:
            known = dict.fromkeys(("known", "unknown", "unavailable"), names[0])
            steps["whose"] = {"do": "caller_number", "on": known}
        return {
            "schema": 1,
            "scenario": "workload",
            "title": "Рабочая нагрузка",
            "direction": "inbound",
            "start": "whose" if live else names[0],
            "failed": "goodbye",
            "most_turns": len(order) + 1,
            "steps": steps,
        }
