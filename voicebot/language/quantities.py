"""Amounts: whole numbers and fractions as they are said ("тридцать шесть и шесть", "полторы тысячи")."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from voicebot.language import numerals
from voicebot.language.spans import words_of

_WRITTEN = re.compile(r"\d+[.,]\d+")
_DENOMINATORS = {"десят": 1, "сот": 2, "тысячн": 3}
_MULTIPLES = {"десятка": 10, "десятков": 10, "сотни": 100, "сотен": 100, "сот": 100, "тысячи": 1_000, "тысяч": 1_000}
_MULTIPLES |= {"миллиона": 1_000_000, "миллионов": 1_000_000}
_HALVES = {"полсотни": 50, "полтысячи": 500, "полмиллиона": 500_000}


@dataclass(frozen=True, slots=True)
class Quantity:
    """An amount said in tokens `start` to `end` (exclusive)."""

    value: Decimal
    start: int
    end: int
    ordinal: bool = False


def at(words: Sequence[str], start: int) -> Quantity | None:
    """The longest amount that begins at token `start`."""
    if start >= len(words):
        return None
    if words[start] == "минус":
        found = at(words, start + 1)
        return Quantity(-found.value, start, found.end) if found else None
    found = _written(words, start) or _halves(words, start) or _zero(words, start) or _counted(words, start)
    return _multiplied(words, found) if found else None


def _multiplied(words: Sequence[str], found: Quantity) -> Quantity:
    """`полтора десятка`, `пять сотен`, `две с половиной тысячи`."""
    factor = _MULTIPLES.get(words[found.end]) if found.end < len(words) else None
    if not factor or found.ordinal or found.value >= factor:
        return found
    return Quantity(found.value * factor, found.start, found.end + 1)


def find(words: Sequence[str]) -> list[Quantity]:
    """All amounts from left to right."""
    found: list[Quantity] = []
    position = 0
    while position < len(words):
        quantity = at(words, position)
        if quantity:
            found.append(quantity)
        position = quantity.end if quantity else position + 1
    return found


def _written(words: Sequence[str], start: int) -> Quantity | None:
    if not _WRITTEN.fullmatch(words[start]):
        return None
    return Quantity(Decimal(words[start][:20].replace(",", ".")), start, start + 1)


def _halves(words: Sequence[str], start: int) -> Quantity | None:
    """`полтора`, `половина`, `три четверти`, `полмиллиона`."""
    if words[start] in words_of("one_and_half"):
        return Quantity(Decimal("1.5"), start, start + 1)
    if words[start] in _HALVES:
        return Quantity(Decimal(_HALVES[words[start]]), start, start + 1)
    if tuple(words[start : start + 2]) == ("три", "четверти"):
        return Quantity(Decimal("0.75"), start, start + 2)
    if words[start] in ("четверть", "четвертинка", "четвертинку"):
        return Quantity(Decimal("0.25"), start, start + 1)
    if words[start] in ("половина", "половину", "половинка", "половинку"):
        return Quantity(Decimal("0.5"), start, start + 1)
    return None


def _zero(words: Sequence[str], start: int) -> Quantity | None:
    if words[start] in ("нисколько", "ничего"):
        return Quantity(Decimal(0), start, start + 1)
    if words[start] == "ни" and words[start + 1 : start + 2] in (("одного",), ("одной",), ("разу",)):
        return Quantity(Decimal(0), start, start + 2)
    return None


def _counted(words: Sequence[str], start: int) -> Quantity | None:
    if words[start] in ("тысяч", "тысячи") and (after := numerals.at(words, start + 1)) and after.value < 1000:
        return Quantity(Decimal(after.value * 1000), start, after.end)  # "тысяч пять"
    whole = numerals.at(words, start)
    if not whole:
        return None
    plain = Quantity(Decimal(whole.value), start, whole.end, ordinal=whole.ordinal)
    return plain if whole.ordinal else _fraction(words, plain) or plain


def _fraction(words: Sequence[str], whole: Quantity) -> Quantity | None:
    """`… целых восемь десятых`, `… и шесть`, `… с половиной`."""
    end = whole.end
    if tuple(words[end : end + 2]) == ("с", "половиной"):
        return Quantity(whole.value + Decimal("0.5"), whole.start, end + 2)
    if tuple(words[end : end + 2]) == ("с", "четвертью"):
        return Quantity(whole.value + Decimal("0.25"), whole.start, end + 2)
    named = end < len(words) and words[end].startswith(("цел", "запят", "точк"))
    position = end + named + (words[end + named : end + named + 1] == ("и",))
    if position == end:
        return None
    part = numerals.at(words, position)
    if not part or (part.ordinal and not part.value < 100):
        return None
    places = next(
        (
            places
            for stem, places in _DENOMINATORS.items()
            if words[part.end : part.end + 1] and words[part.end].startswith(stem)
        ),
        0,
    )
    # "сто шестьдесят и сто" is two numbers: only a small one after a small one is a fraction
    if not (named or places or part.value < 10 or (whole.value < 50 and part.value < 100)):
        return None
    digits = str(part.value).zfill(places)
    return Quantity(whole.value + Decimal(f"0.{digits}"), whole.start, part.end + bool(places))
