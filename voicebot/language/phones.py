"""Telephone numbers as they are dictated, to E.164 by `phonenumbers`."""

import itertools
import math
from collections.abc import Iterator, Sequence

import phonenumbers

from voicebot.language import digits, numerals, tokens
from voicebot.language.digits import Group
from voicebot.language.reading import Context, Reading, Value

_VALID, _POSSIBLE = 0.95, 0.6
_COUNTRY = "RU"
_DIGITS = 10  #: of a national number
_SHORTEST = 6  #: digits: with fewer something is missing, not run together
_TOO_MANY = 512  #: ways of splitting


def parse(text: str, context: Context) -> Reading:
    """The number that was dictated, if its digits make one."""
    utterance = tokens.read(text)
    groups = digits.groups(utterance.words)
    if not groups:
        return Reading(text=text)
    foreign = "плюс" in utterance.words or "+" in text
    dialled = _dialled(utterance.words, groups)
    numbers = _best([_number(each, foreign=foreign) for each in dialled])
    is_plain = dialled == ["".join(group.text for group in groups)]  # else half of one may be taken for another
    said = utterance.said(groups[0].start, groups[-1].end)
    values = tuple(
        Value(
            value=phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164),
            words=said,
            confidence=_VALID if is_plain and phonenumbers.is_valid_number(number) else _POSSIBLE,
        )
        for number in numbers
    )
    return Reading(text=text, values=values, ambiguous=len(values) > 1)


def is_whole(number: str) -> bool:
    """Whether no digit can follow: Russian numbers are all of one length, those of other countries are not."""
    found = phonenumbers.parse(number)
    return phonenumbers.region_code_for_number(found) == _COUNTRY and phonenumbers.is_valid_number(found)


def _dialled(words: Sequence[str], groups: Sequence[Group]) -> list[str]:
    """The digits as they were said; where they make no number, "пятьсот десять" may have been 500 and 10."""
    plain = "".join(group.text for group in groups)
    if len(plain) >= _DIGITS or len(plain) < _SHORTEST:
        return [plain]
    parts = [list(_splits(words, group)) for group in groups]
    if math.prod(map(len, parts)) > _TOO_MANY:
        return [plain]
    joined = ("".join(choice) for choice in itertools.product(*parts))
    return list(dict.fromkeys(each for each in joined if len(each) == _DIGITS + (each[0] in "78")))


def _splits(words: Sequence[str], group: Group) -> Iterator[str]:
    yield group.text
    for middle in range(group.start + 1, group.end):
        first, last = numerals.at(words[:middle], group.start), numerals.at(words[: group.end], middle)
        if first and last and first.end == middle and last.end == group.end:
            yield f"{first.value}{last.value}"


def _best(numbers: Sequence[phonenumbers.PhoneNumber | None]) -> list[phonenumbers.PhoneNumber]:
    """The possible numbers; only the valid ones where there are any."""
    possible = [number for number in numbers if number]
    return [number for number in possible if phonenumbers.is_valid_number(number)] or possible


def _number(dialled: str, *, foreign: bool) -> phonenumbers.PhoneNumber | None:
    """A possible number, or None: too few or too many digits."""
    try:
        number = phonenumbers.parse(f"+{dialled}" if foreign and not dialled.startswith("8") else dialled, _COUNTRY)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_possible_number(number) and len(dialled) >= _DIGITS else None
