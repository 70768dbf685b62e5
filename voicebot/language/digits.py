"""Digits and letters that are dictated one by one or in groups: telephone and policy numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from voicebot.language import lexicon, numerals
from voicebot.language.spans import is_correction


@dataclass(frozen=True, slots=True)
class Group:
    """Digits (or letters) said in tokens `start` to `end` (exclusive)."""

    text: str
    start: int
    end: int


def groups(words: Sequence[str], *, letters: bool = False) -> list[Group]:
    """The dictated groups from left to right; one that was taken back is replaced by the next."""
    found: list[Group] = []
    position = 0
    while position < len(words):
        group = _repeated(words, position) or _number(words, position)
        group = group or (_letter(words, position) if letters else None)
        if group:
            if found and is_correction(words[found[-1].end : group.start]):
                found.pop()
            found.append(group)
        position = group.end if group else position + 1
    return found


def _repeated(words: Sequence[str], start: int) -> Group | None:
    """`три пятёрки`, `два ноля`, `двойная семёрка`."""
    if times := _repeats().get(words[start]):
        once = numerals.at(words, start + 1)
        return Group(str(once.value) * times, start, once.end) if once and once.value < 10 else None
    count = numerals.at(words, start)
    if not count or not 2 <= count.value <= 4 or count.end >= len(words) or count.end - count.start > 1:
        return None
    digit = _plural_digits().get(words[count.end], "")
    return Group(digit * count.value, start, count.end + 1) if digit else None


@cache
def _repeats() -> Mapping[str, int]:
    return {form: times for times, forms in lexicon.load("letters")["repeats"].items() for form in forms}


@cache
def _plural_digits() -> Mapping[str, str]:
    return {form: str(digit) for digit, forms in lexicon.load("letters")["plural_digits"].items() for form in forms}


def _number(words: Sequence[str], start: int) -> Group | None:
    numeral = numerals.at(words, start)
    if not numeral or (numeral.end < len(words) and words[numeral.end].startswith(("букв", "цифр"))):  # "две буквы"
        return None
    return Group(numeral.digits or str(numeral.value), start, numeral.end)


@cache
def _letters() -> Mapping[tuple[str, ...], str]:
    table: dict[str, list[str]] = lexicon.load("letters")["letters"]
    return {tuple(name.split()): letter for letter, names in table.items() for name in names}


def _letter(words: Sequence[str], start: int) -> Group | None:
    """`бэ`, `и краткое`, `а как анна`, `анна`; a lone `а` or `и` only beside something dictated."""
    for length in (2, 1):
        name = tuple(words[start : start + length])
        letter = _letters().get(name)
        if letter:
            end = start + len(name)
            if words[end : end + 1] == ("как",) and end + 1 < len(words):
                end += 2
            return Group(letter, start, end)
    return None
