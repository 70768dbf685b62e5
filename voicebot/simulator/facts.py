"""What a patient must be told, and whether that was heard."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum

_SYNONYMS = {"окулист": "офтальмолог", "лор": "отоларинголог"}
WEEKDAYS = ("понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье")


class Fact(StrEnum):
    """A kind of fact; its values are texts: `2026-11-24`, `15:30`, `вторник`, `кардиолог`, `иванова мария петровна`."""

    NAME = "name"
    DATE = "date"
    WEEKDAY = "weekday"
    TIME = "time"
    SPECIALIST = "specialist"
    DOCTOR = "doctor"  #: by name


@dataclass(frozen=True, kw_only=True)
class Truth:
    """What is true of a subscriber's visits, several values of a kind when there are several visits."""

    values: Mapping[Fact, frozenset[str]] = field(default_factory=dict)
    any_of: bool = False  #: of several values of a kind one is enough to hear: free times that others are offered too

    @classmethod
    def of_person(cls, name: str) -> "Truth":
        """Somebody without a visit."""
        return cls(values={Fact.NAME: frozenset({name.lower()})})

    @classmethod
    def of_visit(cls, *, name: str, day: date, at: time, specialist: str, doctor: str = "") -> "Truth":
        """One visit; `name` (of the patient), `specialist` and `doctor` (a name) in the nominative."""
        values = {
            Fact.NAME: name.lower(),
            Fact.DATE: day.isoformat(),
            Fact.WEEKDAY: WEEKDAYS[day.weekday()],
            Fact.TIME: f"{at:%H:%M}",
            Fact.SPECIALIST: same_specialist(specialist.lower()),
            Fact.DOCTOR: doctor.lower(),
        }
        return cls(values={kind: frozenset({value}) for kind, value in values.items() if value})

    def __or__(self, other: "Truth") -> "Truth":
        kinds = {*self.values, *other.values}
        values = {kind: self.of(kind) | other.of(kind) for kind in kinds}
        return Truth(values=values, any_of=self.any_of or other.any_of)

    def of(self, kind: Fact) -> frozenset[str]:
        return self.values.get(kind, frozenset())


def same_specialist(word: str) -> str:
    """One name for a specialist who has two."""
    return _SYNONYMS.get(word, word)


@dataclass(frozen=True, kw_only=True)
class Hearing:
    """One fact as the patient's ear understood it."""

    kind: Fact
    value: str


def wrong(truth: Truth, heard: Iterable[Hearing]) -> tuple[Hearing, ...]:
    """What was heard and is not true. Kinds of which no truth is known cannot be wrong."""
    return tuple(one for one in heard if truth.of(one.kind) and one.value not in truth.of(one.kind))


def missing(truth: Truth, heard: Iterable[Hearing], kinds: Iterable[Fact]) -> tuple[Fact, ...]:
    """The kinds of which not every true value was heard; or none, where one is enough."""
    values = {(one.kind, one.value) for one in heard}
    enough = any if truth.any_of else all

    def is_heard(kind: Fact) -> bool:
        true = truth.of(kind)
        return not true or enough((kind, value) in values for value in true)

    return tuple(kind for kind in kinds if not is_heard(kind))
