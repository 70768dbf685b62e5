"""Numerals inside an utterance: which words make one number, and where it ends."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from voicebot.language import lexicon

_DIGITS = re.compile(r"\d+")
_THOUSAND, _MILLION = 1_000, 1_000_000


@dataclass(frozen=True, slots=True)
class Numeral:
    """A whole number said in tokens `start` to `end` (exclusive)."""

    value: int
    start: int
    end: int
    ordinal: bool = False
    digits: str = ""  #: as written, where it was written in digits: leading zeros count in telephone numbers


@dataclass(frozen=True, slots=True)
class _Part:
    value: int
    ordinal: bool = False


@cache
def _parts() -> Mapping[str, _Part]:
    table: dict[str, dict[int, list[str]]] = lexicon.load("numbers")
    parts = {form: _Part(value, ordinal=True) for value, forms in table["ordinal"].items() for form in forms}
    for kind in ("collective", "cardinal"):  # a cardinal wins over a homonym
        parts |= {form: _Part(value) for value, forms in table[kind].items() for form in forms}
    return parts


def forms() -> frozenset[str]:
    """Every word that is a numeral or part of one."""
    return frozenset(_parts())


def _rank(value: int) -> int:
    """The place that a part fills: 1 units, teens and zero, 2 tens, 3 hundreds."""
    return 1 if value < 20 else 2 if value < 100 else 3


def at(words: Sequence[str], start: int) -> Numeral | None:
    """The longest numeral that begins at `start`: `тысяча девятьсот восемьдесят пятого` is one, `два три` are two."""
    if start >= len(words):
        return None
    if _DIGITS.fullmatch(words[start]):
        return Numeral(int(words[start][:12]), start, start + 1, digits=words[start])
    total = group = 0
    open_rank, scale = 4, _MILLION * _THOUSAND
    position, ordinal = start, False
    while position < len(words) and not ordinal and (part := _parts().get(words[position])):
        if part.value in (_THOUSAND, _MILLION):
            if part.value >= scale or (group == 0 and position > start) or not _agrees(words[position], group):
                break
            total, group = total + (group or 1) * part.value, 0
            open_rank, scale = 4, part.value
        elif part.value > _THOUSAND:  # двухтысячный
            if position > start:
                break
            total, open_rank = part.value, 0
        else:
            rank = _rank(part.value)
            if not _joins(part.value, rank, group, open_rank, position == start):
                break
            group, open_rank = group + part.value, rank
        ordinal = part.ordinal
        position += 1
    return Numeral(total + group, start, position, ordinal=ordinal) if position > start else None


def _agrees(word: str, group: int) -> bool:
    """Whether a thousand belongs to the number before it: in "четыре тысяча девятьсот" a year begins."""
    return word not in ("тысяча", "тысячу") or group == 0 or (group % 10 == 1 and group % 100 != 11)


def _joins(value: int, rank: int, group: int, open_rank: int, first: bool) -> bool:
    """Whether a part may follow: each smaller than the last, teens and ten never after tens, zero only alone."""
    if first:
        return True
    if value == 0 or rank >= open_rank:
        return False
    return not (10 <= value < 20 and group % 100)


def find(words: Sequence[str]) -> list[Numeral]:
    """All numerals from left to right."""
    found: list[Numeral] = []
    position = 0
    while position < len(words):
        numeral = at(words, position)
        if numeral:
            found.append(numeral)
        position = numeral.end if numeral else position + 1
    return found
