"""Who answers a telephone of the city, and what they say when they hear what. One YAML file each."""

from collections.abc import Mapping
from enum import StrEnum
from functools import cache, reduce
from pathlib import Path
from typing import Annotated, Any, Self

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from voicebot.errors import CityError
from voicebot.outcomes import Outcome, Result
from voicebot.simulator.facts import Fact
from voicebot.simulator.line import Line

FOLDER = Path(__file__).with_name("personas")


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Texts = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Pickup(_Part):
    """What happens when the telephone rings."""

    rings: int = Field(1, ge=0, description="before it is answered or refused")
    refuse: int | None = Field(None, ge=400, le=699, description="SIP status instead of an answer: 486 busy, 603 …")
    ignore: bool = Field(False, description="rings until the caller gives up")
    plays: str = Field("", description="another persona that takes this call: people are in another mood next time")


class Then(StrEnum):
    """What follows after a reply."""

    LISTEN = "listen"
    HANG_UP = "hang_up"
    WAIT = "wait"  #: for the robot to hang up, and no longer than patience allows


class Rule(_Part):
    """When any of `hears` is in the robot's phrase, this is the answer."""

    hears: Texts = Field(description="words that stand together in the phrase, or a fact: <date>")
    says: Texts = Field(
        (), description="one answer, or one for each time that the rule applies; … is a pause, {birth_date} their own"
    )
    presses: str = Field("", pattern=r"^([0-9*#]|\{\w+\})*$", description="DTMF keys instead of words")
    then: Then = Then.LISTEN
    once: bool = Field(False, description="applies to one phrase only")
    after: float = Field(0.0, ge=0, description="seconds of thought beyond the usual quarter")

    @model_validator(mode="after")
    def _known_facts(self) -> Self:
        facts = {f"<{fact}>" for fact in Fact}
        if strange := [item for item in self.hears if item.startswith("<") and item not in facts]:
            raise ValueError(f"{strange[0]} is not one of {' '.join(sorted(facts))}")
        return self


class Drop(_Part):
    """Hangs up in the middle of what the robot says."""

    phrase: int = Field(ge=1, description="the robot's so manyth phrase")
    after: float = Field(ge=0, description="seconds into it")


class Ends(_Part):
    """How the call should end if the robot does its work."""

    outcome: Outcome
    result: Result | None = None
    hears: tuple[Fact, ...] = Field((), description="facts that must have been heard")
    never_hears: tuple[Fact, ...] = Field((), description="facts that this person must not be told")
    facts: dict[str, Any] | None = Field(
        None,
        description="what this person tells, by the robot's fields; several values in a list, null: anything. "
        "What else is noted is wrong",
    )
    tasks: tuple[str, ...] = Field((), description="what is left to a person")
    case: dict[str, Any] | None = Field(None, description="what stands in the case that was opened, by its columns")
    takes: int | None = Field(None, ge=1, description="which of the offered times")


class Persona(_Part):
    """One person, as a machine can play them."""

    key: str = Field("", description="the file's name")
    about: str
    cooperative: bool = Field(True, description="does their part, so that the talk can come to its end")
    answers: tuple[Pickup, ...] = Field((Pickup(),), description="first call, second call, …; the last for all others")
    greets: str = Field("", description="said at once after the answer; empty: waits for the robot")
    beeps: bool = Field(False, description="a beep after the greeting, as an answering machine")
    rules: tuple[Rule, ...] = Field((), description="the first that matches applies")
    asks_again: str = Field(
        "повторите пожалуйста", description="when no rule matches; twice at most, then hangs up; empty: keeps silent"
    )
    patience: float | None = Field(6.0, description="seconds of the robot's silence before asking; null: for ever")
    impatient: str = Field("алло", description="said then; twice at most, then hangs up; empty: keeps silent")
    drops: Drop | None = None
    words_per_minute: int | None = Field(None, ge=80, le=250, description="speaks slower or faster than the voice does")
    noise_db: float | None = Field(None, le=-20, description="steady noise around, dB below full scale")
    line: Line = Field(Line(), description="what is wrong with the telephone line")
    ends: Ends

    @property
    def texts(self) -> tuple[str, ...]:
        """All that this person may say."""
        said = [self.greets, self.asks_again, self.impatient, *(text for rule in self.rules for text in rule.says)]
        said += [text for pickup in self.answers if pickup.plays for text in persona(pickup.plays).texts]
        return tuple(dict.fromkeys(text for text in said if text))

    def saying(self, words: Mapping[str, str]) -> "Persona":
        """The same with these words where the file has `{birth_date}` and the like."""

        def own(value: Any) -> Any:
            if isinstance(value, dict):
                return {key: own(one) for key, one in value.items()}
            if isinstance(value, list | tuple):
                return type(value)(map(own, value))
            if isinstance(value, str):
                return reduce(lambda done, item: done.replace(f"{{{item[0]}}}", item[1]), words.items(), value)
            return value

        rules = [one.model_copy(update={"says": own(one.says), "presses": own(one.presses)}) for one in self.rules]
        ends = self.ends.model_copy(update={"facts": own(self.ends.facts), "case": own(self.ends.case)})
        return self.model_copy(update={"rules": tuple(rules), "ends": ends})

    def player(self, pickup: Pickup) -> "Persona":
        """Who takes this call."""
        return persona(pickup.plays) if pickup.plays else self

    def pickup(self, call: int) -> Pickup:
        """What happens at call number `call`, counted from 0."""
        return self.answers[min(call, len(self.answers) - 1)]


def read(file: Path) -> Persona:
    """
    Raises:
        CityError: not YAML, or a key is wrong; names file and key.
    """
    try:
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
        return Persona.model_validate({"key": file.stem, **data})
    except (OSError, yaml.YAMLError, TypeError) as error:
        raise CityError(f"not a persona: {error}", place=str(file), mend="See docs/simulator.md.") from None
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        raise CityError(first["msg"], place=f"{file}: {key}", mend="See docs/simulator.md.") from None


@cache
def persona(key: str) -> Persona:
    """One of the personas that come with the city.

    Raises:
        CityError: there is none of that name.
    """
    file = FOLDER / f"{key}.yaml"
    if not file.is_file():
        known = ", ".join(sorted(path.stem for path in FOLDER.glob("*.yaml")))
        raise CityError(f"no persona {key!r}", place=str(FOLDER), mend=f"There are {known}.")
    return read(file)
