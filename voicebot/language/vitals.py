"""Vital signs with limits of plausibility: pressure, pulse, temperature, sugar, oxygen, weight."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from voicebot.language import lexicon, quantities, tokens
from voicebot.language.numbers import plain
from voicebot.language.quantities import Quantity
from voicebot.language.reading import Context, Reading, Value
from voicebot.language.spans import is_taken_back
from voicebot.language.tokens import Token, Utterance

_SURE, _BY_VALUE = 0.95, 0.75
# A recogniser takes "на" for "не" and "но".
_BETWEEN_PRESSURES = ("на", "и", "нижнее", "нижняя", "нижний", "а", "к", "дробь", "по", "это", "над", "не", "но")


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
    utterance = _read(text)
    places = _standing(utterance.words)
    values = tuple(
        Value(
            value=dict(found.value),
            words=utterance.said(places[found.start], places[found.end - 1] + 1),
            confidence=found.confidence,
        )
        for found in _find(tuple(utterance.words[place] for place in places))
    )
    return Reading(text=text, values=values)


def _read(text: str) -> Utterance:
    """The words, a typed "120/80" as "120 на 80"; all three are where it stands."""
    split: list[Token] = []
    for token in tokens.read(text).tokens:
        for no, part in enumerate(token.word.split("/")):
            between = [Token("на", token.start, token.end)] if no else []
            split += [*between, Token(part, token.start, token.end)]
    return Utterance(text, tuple(split), tuple(token.word for token in split))


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


def _standing(words: Sequence[str]) -> list[int]:
    """The places of the words that the speaker did not take back: of "на семьдесят ой на восемьдесят" the last two."""
    amounts = quantities.find(words)
    gone: set[int] = set()
    for place, (amount, following) in enumerate(itertools.pairwise(amounts)):
        if not is_taken_back(words, amount.start, amount.end, following.start):
            continue
        begin = amount.start
        if (
            place
            and _is_pair(words, amounts[place - 1], amount)
            and words[following.end : following.end + 1] == ("на",)
        ):
            begin = amounts[place - 1].start  # "сто сорок на девяносто нет сто тридцать на восемьдесят"
        same = words[amount.start - 1 : amount.start] == words[following.start - 1 : following.start]  # "на … ой на …"
        gone.update(range(begin, following.start - same))
    return [place for place in range(len(words)) if place not in gone]


def _is_pair(words: Sequence[str], upper: Quantity, lower: Quantity) -> bool:
    return words[upper.end : lower.start] == ("на",)


def _find(words: Sequence[str]) -> Iterator[Found]:
    amounts = [amount for amount in quantities.find(words) if not amount.ordinal]
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
        amount, used = _with_rest(words, amount, following, last_end)
        limit = following.start if following and not used else len(words)
        after_next = amounts[place + 2] if place + 2 < len(amounts) else None
        if following and not used and not _pressure(words, following, after_next):
            limit = max(limit - 1, amount.end)  # the word before an amount names that one
        single = _single(words, amount, last_end, limit)
        if single:
            yield single
        place, last_end = place + 1 + used, amount.end


def _pressure(words: Sequence[str], upper: Quantity, lower: Quantity | None) -> Found | None:
    if not lower:
        return None
    before = (words[upper.start - 1] if upper.start else "", words[lower.start - 1])
    if _name_in(before[:1]) == "diastolic" and _name_in(before[1:]) == "systolic":
        swapped = _pressure_of(lower, upper)
        return Found(swapped, upper.start, lower.end) if swapped else None
    if _name_in(before[:1]) == "systolic" and _name_in(before[1:]) == "diastolic" and _pressure_of(upper, lower):
        return Found(_pressure_of(upper, lower) or {}, upper.start, lower.end)
    if not all(word in _BETWEEN_PRESSURES for word in words[upper.end : lower.start]):
        return None
    value = _pressure_of(upper, lower)
    return Found(value, upper.start, lower.end) if value else None


def _pressure_of(upper: Quantity, lower: Quantity) -> Mapping[str, int | float] | None:
    measures = _measures()
    plausible = measures["systolic"].allows(upper.value) and measures["diastolic"].allows(lower.value)
    if not plausible or upper.value <= lower.value:
        return None
    return {"systolic": plain(upper.value), "diastolic": plain(lower.value)}


def _with_rest(words: Sequence[str], amount: Quantity, following: Quantity | None, after: int) -> tuple[Quantity, bool]:
    """`тридцать семь два` as 37.2, `сахар пять восемь` as 5.8, `вешу пятьдесят три семьсот` as 53.7."""
    if not following or amount.value % 1 or following.value % 1:
        return amount, False
    if _is_kilo(words, amount.end) and following.start == amount.end + 1 and 100 <= following.value < 1000:
        return Quantity(amount.value + following.value / 1000, amount.start, following.end), True
    if following.start != amount.end:
        return amount, False
    named = _name_in(words[after : amount.start][::-1])
    tenths = named in (None, "temperature") and _measures()["temperature"].allows(amount.value)
    if (tenths or named in ("glucose", "weight")) and 0 <= following.value < 10:
        return Quantity(amount.value + following.value / 10, amount.start, following.end), True
    if named == "weight" and 100 <= following.value < 1000:
        return Quantity(amount.value + following.value / 1000, amount.start, following.end), True
    return amount, False


def _is_kilo(words: Sequence[str], place: int) -> bool:
    return place < len(words) and words[place].startswith(_measures()["weight"].units)


def _single(words: Sequence[str], amount: Quantity, after: int, before: int) -> Found | None:
    named = _named(words, amount, after, before)
    if named:
        plausible = _measures()[named].allows(amount.value)
        half = named in ("systolic", "diastolic") and _is_of_pair(words, amount)
        return Found({named: plain(amount.value)}, amount.start, amount.end) if plausible and not half else None
    if _measures()["temperature"].allows(amount.value) and _is_fraction(words, amount):
        return Found({"temperature": plain(amount.value)}, amount.start, amount.end, _BY_VALUE)
    return None


def _is_of_pair(words: Sequence[str], amount: Quantity) -> bool:
    """Whether a pressure was told with another that makes no sense beside it: "давление восемьсот на семьдесят"."""
    beside = (*words[amount.end : amount.end + 1], *words[max(amount.start - 1, 0) : amount.start])
    return any(word in ("на", "дробь", "не") for word in beside)


def _is_fraction(words: Sequence[str], amount: Quantity) -> bool:
    """Whether tenths were told, be they none: `тридцать семь ноль`."""
    return bool(amount.value % 1) or words[amount.end - 1] == "ноль"


def _named(words: Sequence[str], amount: Quantity, after: int, before: int) -> str | None:
    """What an amount measures: by its unit, else by the last name before it, else by a name after it."""
    behind = words[amount.end : before]
    for beside in (behind[:1], words[max(amount.start - 1, after) : amount.start]):
        for key, measure in _measures().items():
            if beside and measure.units and beside[0].startswith(measure.units):
                return key
    named = _name_in(words[after : amount.start][::-1])
    if named or (_measures()["temperature"].allows(amount.value) and amount.value % 1 and before < len(words)):
        return named
    return _name_in(behind)


def _name_in(words: Sequence[str]) -> str | None:
    for word in words:
        for key, measure in _measures().items():
            if word.startswith(measure.names):
                return key
    return None
