"""The fixed workload: who is called, and what kind of answer each of their sentences is."""

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Self, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field

from voicebot.demo import cast
from voicebot.demo.cast import Member, Time

FILE = Path(__file__).with_name("workload.yaml")
T = TypeVar("T", bound=Time)

_AREA = 5  # place of the digit in +7916D… that tells the rounds apart


class Kind(StrEnum):
    """Of an answer."""

    YES_NO = "yes_no"
    CHOICE = "choice"
    DATE = "date"
    FREE = "free"


class Workload(BaseModel):
    """Read from `workload.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    scenario: str = Field(description="of the demonstration's cast")
    people: tuple[str, ...] = Field(description="personas of the demonstration's cast")
    classes: dict[Kind, tuple[str, ...]] = Field(description="sentences of each kind")

    @classmethod
    def load(cls) -> Self:
        return cls.model_validate(yaml.safe_load(FILE.read_text(encoding="utf-8")))

    def kind(self, text: str) -> Kind:
        """Of one sentence; what is not listed is free."""
        return {text: kind for kind, texts in self.classes.items() for text in texts}.get(text, Kind.FREE)

    def members(self, rounds: int) -> list[Member]:
        """So many of each, with other telephones, visits and (by their place in the list) voices in each round."""
        chosen = [one for one in cast.load() if one.scenario == self.scenario and one.persona in self.people]
        return [member for number in range(rounds) for member in _again(chosen, number)]


def _again(members: list[Member], number: int) -> Iterator[Member]:
    for member in members:
        changed: dict[str, object] = {"number": member.number[:_AREA] + str(number) + member.number[_AREA + 1 :]}
        if member.visit:
            changed["visit"] = _later(member.visit, number)
        if member.offers:
            times = tuple(_later(one, number) for one in member.offers.times)
            changed["offers"] = member.offers.model_copy(update={"times": times})
        yield member.model_copy(update=changed)


def _later(one: T, weeks: int) -> T:
    return one.model_copy(update={"in_days": one.in_days + 7 * weeks})
