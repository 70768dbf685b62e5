"""Parts of the day, and what their names do to an hour."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from functools import cache

from voicebot.language import lexicon
from voicebot.language.patterns import Finder
from voicebot.language.reading import Grain
from voicebot.language.spans import Hours

_WITHOUT_CLOCK = frozenset({"before_noon", "after_work", "any_time"})


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the day named in an utterance, up to token `end` (exclusive)."""

    name: str
    end: int
    hours: Hours

    @property
    def allows_clock(self) -> bool:
        """Whether an hour may follow: "вечером в семь", but not "после работы в семь"."""
        return self.name not in _WITHOUT_CLOCK

    def holds(self, at: time) -> bool:
        """Whether a time lies in it; one without limits holds nothing in particular."""
        if self.hours.start is None and self.hours.end is None:
            return False
        return (self.hours.start or time.min) <= at and (self.hours.end is None or at < self.hours.end)


@cache
def _table() -> Mapping[str, Hours]:
    return {
        name: Hours(_clock(entry["from"]), _clock(entry["to"]), Grain.PART_OF_DAY)
        for name, entry in lexicon.load("calendar")["parts"].items()
    }


def _clock(text: str | None) -> time | None:
    return time.fromisoformat(text) if text else None


@cache
def _finder() -> Finder:
    groups = {name: entry["alone"] for name, entry in lexicon.load("calendar")["parts"].items()}
    return Finder(groups)


@cache
def _after_hour() -> Mapping[str, str]:
    table = lexicon.load("calendar")["parts"]
    return {word: name for name, entry in table.items() for word in entry["after_hour"]}


def at(words: Sequence[str], start: int) -> Part | None:
    """The part of the day that begins at token `start`."""
    if start >= len(words) or (start and words[start - 1] in lexicon.load("calendar")["wishing"]):
        return None
    hit = _finder().at(words, start)
    return Part(hit.name, hit.end, _table()[hit.name]) if hit else None


def beginning(words: Sequence[str], position: int) -> time | None:
    """When the part of the day begins that a limit names: `вечера` in "до вечера"."""
    name = after_hour(words[position]) if position < len(words) else None
    return _table()[name].start if name else None


def after_hour(word: str) -> str | None:
    """`утра` in "девять утра"."""
    return _after_hour().get(word)


def hour_in(part: str, hour: int) -> int:
    """An hour of the twelve-hour clock in a part of the day: 3, `day` → 15; 12, `night` → 0."""
    if hour > 12 or hour == 0:
        return hour
    early, late = hour % 12, hour % 12 + 12
    if part in ("morning", "early", "forenoon"):
        return late if hour == 12 else early
    if part == "night":
        return late if 9 <= hour <= 11 else early
    if part in ("evening", "late"):
        return 0 if hour == 12 else late
    return late if hour <= 7 or hour == 12 else early
