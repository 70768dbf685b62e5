"""Tables of utterances and what they mean: reading the files in `tests/tables/language`.

Notation of times: `2026-11-24`, `15:30`, `2026-11-24T15:30`; `A..B` a half-open range, an end may be missing; `; `
between values, `|` between readings of one value, a trailing `?` for ambiguous, a leading `!` for excluded,
`~` for nothing understood. `examined.yaml` and `rounds.yaml` have their own, see `Examined`.
"""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, time
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from voicebot.language.reading import Context, Kind, Polarity, Question, Reading
from voicebot.language.understanding import understand

TABLES = Path(__file__).parents[2] / "tables" / "language"
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
NOW = datetime(2026, 11, 21, 10, tzinfo=ZoneInfo("Europe/Moscow"))


@dataclass(frozen=True, kw_only=True)
class Case:
    """One utterance with what it must be understood as."""

    kind: Kind
    text: str
    expected: Any
    intents: tuple[str, ...] = ()
    question: Question = Question.PLAIN
    against: str = ""

    @property
    def name(self) -> str:
        return f"{self.kind}/{self.question}: {self.text}"

    def read(self) -> Reading:
        return understand(self.kind, self.text, Context(now=NOW, question=self.question, against=self.against))

    def fault(self) -> str:
        """What is wrong with the reading; empty when it is right."""
        reading = self.read()
        heard = seen(self, reading)
        if heard != self.expected:
            return f"{self.name}: expected {self.expected}, got {heard}"
        missing = [intent for intent in self.intents if intent not in {value.value for value in reading.values}]
        return f"{self.name}: no {missing} in {[value.value for value in reading.values]}" if missing else ""


@dataclass(frozen=True, kw_only=True)
class Examined:
    """A sentence with what the contract of the command fixes about it.

    `expect` has any of `polarity`, `intents_include`, `intents_exclude`; `values` (all of them, best first), `first`
    (the best value), `ambiguous`, `match`.
    """

    kind: Kind
    text: str
    expect: dict[str, Any]
    question: Question = Question.PLAIN
    between: str = ""
    against: str = ""

    def read(self) -> Reading:
        between = tuple(map(time.fromisoformat, self.between.split("-"))) if self.between else None
        context = Context(now=NOW, question=self.question, against=self.against, between=between)  # type: ignore[arg-type]
        return understand(self.kind, self.text, context)

    def fault(self) -> str:
        """What is wrong with the reading; empty when it is right."""
        reading = self.read()
        wrong = {key: wanted for key, wanted in self.expect.items() if not _holds(key, wanted, reading)}
        return f"{self.kind}/{self.question}: {self.text}: not {wrong} in {reading}" if wrong else ""


def answered(question: Question, text: str) -> Reading:
    """How an answer to the question is read."""
    return understand(Kind.ANSWER, text, Context(now=NOW, question=question))


def _holds(key: str, wanted: Any, reading: Reading) -> bool:
    named = {value.value for value in reading.values if isinstance(value.value, str)}
    match key:
        case "polarity":
            return wanted == (reading.polarity.value if reading.polarity else None)
        case "intents_include":
            return named >= set(wanted)
        case "intents_exclude":
            return named.isdisjoint(wanted)
        case "values":
            same = [value.as_json() | {"excluded": value.excluded} for value in reading.values]
            return len(same) == len(wanted) and all(
                {"excluded": False, **entry}.items() <= each.items() for entry, each in zip(wanted, same, strict=True)
            )
        case "first":
            return bool(wanted == reading.best)
        case "ambiguous":
            return bool(wanted == reading.ambiguous)
        case _:
            return bool(wanted == reading.extra.get(key))


@cache
def examined() -> tuple[Examined, ...]:
    """The sentences of blind examiners, and their neighbours."""
    rows = itertools.chain.from_iterable(_load(name, LOADER) for name in ("examined", "rounds"))
    return tuple(
        Examined(**row | {"kind": Kind(row["kind"]), "question": Question(row.get("question", "plain"))})
        for row in rows
    )


def seen(case: Case, reading: Reading) -> Any:
    """A reading in the terms of the table."""
    if case.kind is Kind.ANSWER:
        return reading.polarity.value if reading.polarity else "null"
    if case.against:
        return reading.extra.get("match")
    if case.kind in (Kind.DATE, Kind.TIME, Kind.WHEN):
        return [(value.value, value.excluded) for value in reading.values], reading.ambiguous
    if case.kind is Kind.SPECIALTY:
        return [value.value for value in reading.values], reading.ambiguous
    return [value.value for value in reading.values] if case.kind is Kind.VITALS else reading.best


@cache
def cases() -> tuple[Case, ...]:
    """All cases of the tables by kind."""
    plain = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    return tuple(itertools.chain.from_iterable(_READERS[kind](kind, _load(kind.value, plain)) for kind in Kind))


def answers() -> Iterator[tuple[Question, str, Polarity | None]]:
    """Every answer of the tables with the question and the polarity that its author meant."""
    for case in cases():
        if case.kind is Kind.ANSWER:
            yield case.question, case.text, None if case.expected == "null" else Polarity(case.expected)
    for row in examined():
        if row.kind is Kind.ANSWER and not row.against and "polarity" in row.expect:
            meant = row.expect["polarity"]
            yield row.question, row.text, Polarity(meant) if meant else None


def _load(name: str, loader: Any) -> Any:
    return yaml.load((TABLES / f"{name}.yaml").read_text(encoding="utf-8"), Loader=loader)


def _answers(kind: Kind, table: dict[str, dict[str, list[Any]]]) -> Iterator[Case]:
    for question, polarities in table.items():
        for polarity, entries in polarities.items():
            for entry in entries or []:
                text, intents = next(iter(entry.items())) if isinstance(entry, dict) else (entry, [])
                yield Case(kind=kind, text=text, expected=polarity, intents=tuple(intents), question=Question(question))


def _names(kind: Kind, table: dict[str, Any]) -> Iterator[Case]:
    for text, expected in table["free"].items():
        yield Case(kind=kind, text=text, expected=_blank(expected))
    for against, text, match in table["against"]:
        yield Case(kind=kind, text=text, expected=match, against=against, question=Question.IDENTITY)


def _blank(entry: Any) -> Any:
    if isinstance(entry, dict):
        return {key: _blank(value) for key, value in entry.items()}
    return None if entry == "~" else entry


def _plain(convert: Callable[[str], Any]) -> Callable[[Kind, dict[str, Any]], Iterator[Case]]:
    def read(kind: Kind, table: dict[str, Any]) -> Iterator[Case]:
        for text, expected in table.items():
            yield Case(kind=kind, text=text, expected=convert(expected))

    return read


def _number(entry: str) -> float | None:
    return None if entry == "~" else float(entry)


def _temporal(entry: str) -> tuple[list[tuple[Any, bool]], bool]:
    ambiguous = entry.endswith("?")
    if entry == "~":
        return [], False
    parts = [part.strip() for group in entry.rstrip("? ").split(";") for part in group.split("|")]
    return [(_moment(part.lstrip("!")), part.startswith("!")) for part in parts], ambiguous


def _moment(text: str) -> Any:
    if ".." not in text:
        return text
    start, _, end = text.partition("..")
    return {"from": start or None, "to": end or None}


def _specialty(entry: str) -> tuple[list[str], bool]:
    if entry == "~":
        return [], False
    return [part.strip() for part in entry.rstrip("? ").split(";")], entry.endswith("?")


def _vitals(entry: Any) -> list[dict[str, float]]:
    if entry == "~":
        return []
    entries = entry if isinstance(entry, list) else [entry]
    return [{key: float(value) for key, value in each.items()} for each in entries]


@dataclass(frozen=True)
class Score:
    """How many of a set are right."""

    right: int
    total: int
    faults: list[str] = field(default_factory=list)


def score(all_cases: list[Case]) -> Score:
    """Every case read once."""
    faults = [fault for case in all_cases if (fault := case.fault())]
    return Score(len(all_cases) - len(faults), len(all_cases), faults)


_READERS: dict[Kind, Callable[[Kind, Any], Iterator[Case]]] = {
    Kind.ANSWER: _answers,
    Kind.NAME: _names,
    Kind.NUMBER: _plain(_number),
    Kind.DATE: _plain(_temporal),
    Kind.TIME: _plain(_temporal),
    Kind.WHEN: _plain(_temporal),
    Kind.SPECIALTY: _plain(_specialty),
    Kind.VITALS: _plain(_vitals),
    Kind.PLACE: _plain(_blank),
    Kind.PHONE: _plain(_blank),
    Kind.POLICY: _plain(_blank),
}
