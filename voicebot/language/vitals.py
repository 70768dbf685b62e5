"""Vital signs with limits of plausibility: pressure, pulse, temperature, sugar, oxygen, weight."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from voicebot.language import lexicon, quantities, tokens
from voicebot.language.numbers import plain
from voicebot.language.quantities import Quantity
from voicebot.language.reading import Context, Reading, Value
from voicebot.language.spans import is_correction

_SURE, _BY_VALUE = 0.95, 0.75
_BETWEEN_PRESSURES = ("на", "и", "нижнее", "нижняя", "а", "к", "дробь")


@dataclass(frozen=True, slots=True)
class Measure:
    """How a vital sign is named, and what it may be."""

    names: tuple[str, ...]
    units: tuple[str, ...]
    low: Decimal
    high: Decimal

    def allows(self, value: Decimal) -> bool:
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class Found:
    """A vital sign said in tokens `start` to `end` (exclusive)."""

    value: Mapping[str, int | float]
    start: int
    end: int
    confidence: float = _SURE


def parse(text: str, context: Context) -> Reading:
    """The vital signs that were told; implausible ones are not taken."""
    utterance = tokens.read(text.replace("/", " на "))
    values = tuple(
        Value(value=dict(found.value), words=utterance.said(found.start, found.end), confidence=found.confidence)
        for found in _find(utterance.words)
    )
    return Reading(text=text, values=values)


@cache
def _measures() -> Mapping[str, Measure]:
    return {
        key: Measure(
            tuple(name.rstrip("*") for name in entry["names"]),
            tuple(unit.rstrip("*") for unit in entry["units"]),
            *(Decimal(str(limit)) for limit in entry["limits"]),
        )
        for key, entry in lexicon.load("vitals").items()
    }


def _find(words: Sequence[str]) -> Iterator[Found]:
    amounts = [amount for amount in quantities.find(words) if not amount.ordinal]
    amounts = [each for place, each in enumerate(amounts) if not _taken_back(words, amounts, place)]
    place = 0
    last_end = 0
    while place < len(amounts):
        amount = amounts[place]
        following = amounts[place + 1] if place + 1 < len(amounts) else None
        pressure = _pressure(words, amount, following)
        if pressure:
            yield pressure
            place, last_end = place + 2, pressure.end
            continue
        amount, used = _with_tenths(amount, following)
        single = _single(words, amount, last_end, following.start if following and not used else len(words))
        if single:
            yield single
        place, last_end = place + 1 + used, amount.end


def _taken_back(words: Sequence[str], amounts: Sequence[Quantity], place: int) -> bool:
    return place + 1 < len(amounts) and is_correction(words[amounts[place].end : amounts[place + 1].start])


def _pressure(words: Sequence[str], upper: Quantity, lower: Quantity | None) -> Found | None:
    if not lower or not all(word in _BETWEEN_PRESSURES for word in words[upper.end : lower.start]):
        return None
    measures = _measures()
    plausible = measures["systolic"].allows(upper.value) and measures["diastolic"].allows(lower.value)
    if not plausible or upper.value <= lower.value:
        return None
    return Found({"systolic": plain(upper.value), "diastolic": plain(lower.value)}, upper.start, lower.end)


def _with_tenths(amount: Quantity, following: Quantity | None) -> tuple[Quantity, bool]:
    """`тридцать семь два` as 37.2, for temperatures are said so."""
    small = following and following.start == amount.end and 0 <= following.value < 10
    if small and following and _measures()["temperature"].allows(amount.value) and amount.value % 1 == 0:
        return Quantity(amount.value + following.value / 10, amount.start, following.end), True
    return amount, False


def _single(words: Sequence[str], amount: Quantity, after: int, before: int) -> Found | None:
    named = _named(words, amount, after, before)
    if named:
        plausible = named in _measures() and _measures()[named].allows(amount.value)
        single = named not in ("systolic", "diastolic")
        return Found({named: plain(amount.value)}, amount.start, amount.end) if plausible and single else None
    if _measures()["temperature"].allows(amount.value) and amount.value % 1:
        return Found({"temperature": plain(amount.value)}, amount.start, amount.end, _BY_VALUE)
    return None


def _named(words: Sequence[str], amount: Quantity, after: int, before: int) -> str | None:
    """What an amount measures: by its unit, else by the last name before it, else by a name after it."""
    behind = words[amount.end : before]
    for key, measure in _measures().items():
        if behind and measure.units and behind[0].startswith(measure.units):
            return key
    return _name_in(words[after : amount.start][::-1]) or _name_in(behind)


def _name_in(words: Sequence[str]) -> str | None:
    for word in words:
        for key, measure in _measures().items():
            if word.startswith(measure.names):
                return key
    return None
