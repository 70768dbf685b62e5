"""Talks beside a scenario (`NAME.talk.yaml`): what people say to it, and what must come of it."""

from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from voicebot.dialog import located
from voicebot.dialog.steps import Part, Texts
from voicebot.errors import ScenarioError
from voicebot.outcomes import Result

NOTHING_MORE = "<end>"  #: last of `robot`: after what stands before it nothing more was said


class Person(Part):
    """A patient whom the clinic knows."""

    surname: str
    name: str
    patronymic: str = ""
    birth_date: date | None = None
    number: str = "+79161234567"


class Free(Part):
    """A time of a doctor that nobody has taken."""

    doctor: str
    specialty: str
    at: datetime = Field(description="in the clinic's zone")


class Booked(Free):
    """A visit of a patient."""

    patient: str = Field(description="surname of one of the patients")
    preparation: str = ""


class Insured(Part):
    """A policy of an insurer."""

    insurer: str
    number: str
    holder: str
    birth_date: date | None = None
    valid_from: date
    valid_to: date
    territory: str = ""
    deductible: float | None = None
    currency: str = ""
    vip: bool = False


class Waiting(Part):
    """Somebody on the waiting list; the first free time is held for the first of them."""

    patient: str = Field(description="surname of one of the patients")
    specialty: str


class Clinic(Part):
    """What the store holds when a talk begins; every talk has a store of its own."""

    now: datetime = Field(datetime(2026, 11, 23, 10), description="in the clinic's zone")  # noqa: DTZ001
    patients: tuple[Person, ...] = ()
    slots: tuple[Free, ...] = ()
    visits: tuple[Booked, ...] = ()
    policies: tuple[Insured, ...] = ()
    waiting: tuple[Waiting, ...] = ()


class Case(Part):
    """One talk."""

    talk: str = Field(description="who it is, or what it shows; another name for each")
    given: tuple[dict[str, str], ...] = Field(
        ({},), description="rows of the list, one for each contact of the number; what is not given is invented"
    )
    caller: str = Field("+79161234567", description="whose number calls; empty: withheld")
    free: int | None = Field(None, ge=0, description="so many of the clinic's slots are there; all by default")
    operator: bool = Field(True, description="whether an operator is free")
    desk: bool = Field(True, description="whether operators are at work at that time")
    dictates: bool = Field(False, description="whether the speech model takes free speech")
    messenger: str = Field("", description="messenger in which talks can go on")
    outcomes: dict[str, Texts] = Field({}, description="step of an action → how it ends, one after the other")
    says: Texts = Field((), description="one answer after the other, as they would be typed; then they hang up")
    robot: Texts = Field(
        min_length=1, description="what the robot says, in this order; parts of it are enough, <end>: nothing more"
    )
    never: Texts = Field((), description="what must not be said")
    result: tuple[Result, ...] = Field(min_length=1, description="for each contact that was talked about")
    facts: dict[str, Any] | None = Field(None, description="all that was understood last, by field")
    does: tuple[str, ...] | None = Field(None, description="actions that were done, in their order")
    tasks: tuple[str, ...] = Field((), description="kinds of the tasks that people got")


class TalkFile(Part):
    """The talks of one scenario."""

    clinic: Clinic = Clinic()
    talks: tuple[Case, ...] = Field(min_length=1)


def load(file: Path) -> TalkFile:
    """Read the talks; again only when the file has changed. Blocks.

    Raises:
        ScenarioError: names file, line, what is wrong and the mend.
    """
    return _load(file, file.stat().st_mtime_ns if file.is_file() else 0)


@lru_cache(maxsize=32)
def _load(file: Path, _changed: int) -> TalkFile:
    source = located.load(file)
    try:
        talks = TalkFile.model_validate(_listed(source.value))
    except ValidationError as error:
        first = error.errors()[0]
        place = source.place(tuple(first["loc"]))
        raise ScenarioError(first["msg"], place=place, mend="See docs/scenarios.md.") from None
    names = [case.talk for case in talks.talks]
    for index, name in enumerate(names):
        if name in names[:index]:
            raise ScenarioError(
                f"two talks are called {name!r}", place=source.place(("talks", index)), mend="Rename one."
            )
    return talks


def _listed(value: Any) -> Any:
    """A lone result or row need not be a list."""
    if not isinstance(value, dict) or not isinstance(value.get("talks"), list):
        return value
    lists = ("result", "given")
    talks = [
        {key: [one] if key in lists and isinstance(one, str | dict) else one for key, one in case.items()}
        if isinstance(case, dict)
        else case
        for case in value["talks"]
    ]
    return {**value, "talks": talks}
