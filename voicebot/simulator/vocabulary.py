"""The words that a subscriber of the city can hear from a robot, wrong ones among them."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from voicebot.simulator.facts import Fact
from voicebot.simulator.spoken import Candidates

# Beside two thousand dates and times the few common words would be so unlikely that "вы сможете", followed by a word
# that the model lacks, is taken for noise. Measured with the robot's default voice: with these weights 59 of 59 talks
# about visits were heard without a wrong or missing fact, and the question in each.
_WEIGHT = 200
_WEIGHT_OF_FEW = 5
_FEW = (Fact.SPECIALIST, Fact.NAME, Fact.DOCTOR)


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """The contents of `vocabulary.yaml`."""

    phrases: tuple[str, ...]
    fillers: frozenset[str]
    specialists: tuple[str, ...]
    strangers: tuple[str, ...]

    @classmethod
    @cache
    def load(cls) -> "Vocabulary":
        data = yaml.safe_load(Path(__file__).with_name("vocabulary.yaml").read_text(encoding="utf-8"))
        return cls(
            phrases=tuple(data["phrases"]),
            fillers=frozenset(data["fillers"]),
            specialists=tuple(data["specialists"]),
            strangers=tuple(data["strangers"]),
        )

    def candidates(self, names: Iterable[str], doctors: Iterable[str] = ()) -> Candidates:
        """Facts that can be heard, with the right names (in lower case) among strangers' ones."""
        return Candidates.of(specialists=self.specialists, names=(*names, *self.strangers), doctors=doctors)

    def heard(self, candidates: Candidates) -> list[str]:
        """Everything that may be heard, for a recogniser's grammar."""
        few = [" ".join(form) for kind in _FEW for form in candidates.forms[kind]]
        doctors = [f"врач {form}" for form in self.specialists]
        return [*self.phrases * _WEIGHT, *(*few, *doctors) * _WEIGHT_OF_FEW, *candidates.phrases()]

    def is_filler(self, text: str) -> bool:
        """Nothing but words that bridge a pause."""
        return set(text.split()) <= self.fillers
