"""The words that a subscriber of the city can hear from a robot, wrong ones among them."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from voicebot.simulator.spoken import Candidates


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """The contents of `vocabulary.yaml`."""

    phrases: tuple[str, ...]
    fillers: frozenset[str]
    specialists: tuple[tuple[str, ...], ...]
    strangers: tuple[str, ...]

    @classmethod
    @cache
    def load(cls) -> "Vocabulary":
        data = yaml.safe_load(Path(__file__).with_name("vocabulary.yaml").read_text(encoding="utf-8"))
        return cls(
            phrases=tuple(data["phrases"]),
            fillers=frozenset(data["fillers"]),
            specialists=tuple(map(tuple, data["specialists"])),
            strangers=tuple(data["strangers"]),
        )

    def candidates(self, names: Iterable[str]) -> Candidates:
        """Facts that can be heard, with the right names among strangers' ones."""
        return Candidates.of(self.specialists, (*names, *self.strangers))

    def is_filler(self, text: str) -> bool:
        """Nothing but words that bridge a pause."""
        return set(text.split()) <= self.fillers
