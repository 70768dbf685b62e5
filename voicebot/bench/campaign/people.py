"""Who lives at the other end of a simulated campaign, and what they do when they are called."""

import random
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from voicebot.errors import ConfigError
from voicebot.outcomes import Outcome, Result

FILE = Path(__file__).with_name("people.yaml")

Share = Annotated[float, Field(ge=0, le=1)]
_NOTICES = {Result.HUNG_UP, Result.NO_INPUT, Result.CALLBACK_REQUESTED, Result.REFUSED}  #: said once for all contacts


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Kind(_Section):
    """People of one way of life."""

    share: Share
    answers: dict[int, Share]  #: by the hour from which it holds
    busy: Share
    machine: Share
    rejected: Share
    unreachable: Share

    def answer_rate(self, hour: int) -> float:
        """The share of calls that are answered at this local hour."""
        hours = sorted(self.answers)
        return self.answers[hours[bisect_right(hours, hour) - 1]]


class Visits(_Section):
    """Contacts that are about a visit."""

    share: Share
    days: tuple[int, int]  #: how far ahead, from and to


class People(_Section):
    """A population; shares and rates as in people.yaml."""

    kinds: dict[str, Kind]
    invalid: Share
    congestion: Share
    second_number: Share
    family: Share
    visits: Visits
    talks: dict[Result, Share]
    seconds: dict[str, tuple[float, float]]
    callback_hours: tuple[float, float]
    zones: dict[str, Share]

    @model_validator(mode="after")
    def _usable(self) -> "People":
        if any(min(kind.answers, default=1) != 0 for kind in self.kinds.values()):
            raise ValueError("answers must begin with hour 0")
        if missing := {"ring", "talk", "machine", "short"} - self.seconds.keys():
            raise ValueError(f"seconds: {', '.join(sorted(missing))} missing")
        return self


@dataclass(frozen=True, slots=True)
class Subscriber:
    """One telephone."""

    kind: str
    zone: str
    exists: bool


@dataclass(frozen=True, kw_only=True)
class Conduct:
    """What a telephone does with one call; lengths in seconds."""

    outcome: Outcome
    rings: float
    talks: float = 0.0
    said: Mapping[int, Result] | None = None  #: by contact
    callback_at: datetime | None = None

    @property
    def refuses(self) -> bool:
        """Whether the subscriber wants no call any more."""
        return Result.REFUSED in (self.said or {}).values()


def load(file: Path = FILE) -> People:
    """Read a population.

    Raises:
        ConfigError: the file cannot be read, or a share in it is wrong.
    """
    try:
        return People.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError) as error:
        raise ConfigError(f"it cannot be read: {error}", place=str(file)) from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        raise ConfigError(f"{key}: {first['msg']}", place=str(file), mend=f"Compare it with {FILE.name}.") from None


def conduct(
    people: People,
    subscriber: Subscriber,
    contacts: Sequence[int],
    at: datetime,
    longest_ring: float,
    dice: random.Random,
) -> Conduct:
    """What this telephone does when it is called at this moment."""
    if not subscriber.exists:
        return Conduct(outcome=Outcome.INVALID_NUMBER, rings=_length(people, "short", dice))
    if dice.random() < people.congestion:
        return Conduct(outcome=Outcome.CONGESTION, rings=_length(people, "short", dice))
    kind = people.kinds[subscriber.kind]
    if dice.random() >= kind.answer_rate(at.astimezone(ZoneInfo(subscriber.zone)).hour):
        return _unanswered(people, kind, longest_ring, dice)
    rings = min(_length(people, "ring", dice), longest_ring)
    said, back = _talk(people, contacts, at, dice)
    return Conduct(
        outcome=Outcome.ANSWERED, rings=rings, talks=_length(people, "talk", dice), said=said, callback_at=back
    )


def _unanswered(people: People, kind: Kind, longest_ring: float, dice: random.Random) -> Conduct:
    shares = {
        Outcome.BUSY: kind.busy,
        Outcome.MACHINE: kind.machine,
        Outcome.REJECTED: kind.rejected,
        Outcome.UNREACHABLE: kind.unreachable,
    }
    shares[Outcome.NO_ANSWER] = max(0.0, 1 - sum(shares.values()))
    outcome = pick(shares, dice)
    if outcome is Outcome.NO_ANSWER:
        return Conduct(outcome=outcome, rings=longest_ring)
    if outcome is Outcome.MACHINE:
        return Conduct(
            outcome=outcome, rings=min(_length(people, "ring", dice), longest_ring) + _length(people, "machine", dice)
        )
    return Conduct(outcome=outcome, rings=_length(people, "short", dice))


def _talk(
    people: People, contacts: Sequence[int], at: datetime, dice: random.Random
) -> tuple[dict[int, Result], datetime | None]:
    mood = pick(people.talks, dice)
    if mood not in _NOTICES:
        others = {result: share for result, share in people.talks.items() if result not in _NOTICES}
        return {contact: mood if no == 0 else pick(others, dice) for no, contact in enumerate(contacts)}, None
    back = None
    if mood is Result.CALLBACK_REQUESTED:
        minutes = round(dice.uniform(*people.callback_hours) * 4) * 15
        back = at.replace(second=0, microsecond=0) + timedelta(minutes=minutes)
    return dict.fromkeys(contacts, mood), back


def _length(people: People, of: str, dice: random.Random) -> float:
    return dice.uniform(*people.seconds[of])


def pick(shares: Mapping[Any, float], dice: random.Random) -> Any:
    """One of the keys, as often as its share says."""
    return dice.choices(tuple(shares), weights=tuple(shares.values()))[0]
