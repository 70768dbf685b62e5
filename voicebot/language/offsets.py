"""Distances from now: "через час", "минут через пятнадцать", "через полторы недели", "два дня назад"."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from voicebot.language import lexicon, numerals
from voicebot.language.spans import words_of

_MINUTES = {"minute": 1, "hour": 60}
_DAYS = {"day": 1, "week": 7}
_MONTHS = {"month": 1, "year": 12}
_HALF = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Offset:
    """A distance said in tokens `start` to `end` (exclusive); minutes only, or days and months."""

    start: int
    end: int
    minutes: int = 0
    days: int = 0
    months: int = 0
    other: "Offset | None" = None  #: the second reading of "через два-три дня" and of "через день"

    @property
    def is_short(self) -> bool:
        return bool(self.minutes)


@cache
def _units() -> Mapping[str, str]:
    return {form: unit for unit, forms in lexicon.load("calendar")["units"].items() for form in forms}


def at(words: Sequence[str], start: int) -> Offset | None:
    """The distance that begins at token `start`."""
    if words[start] in ("через", "спустя"):
        return _forward(words, start, start + 1)
    unit = _units().get(words[start])
    through = start + 1
    while unit and through < len(words) and words[through] in words_of("about"):
        through += 1
    if unit and words[through : through + 1] in (("через",), ("спустя",)):  # "минут через пятнадцать"
        amounts, end = _amounts(words, through + 1)
        return _offset(start, end, unit, amounts) if amounts else None
    return _ago(words, start)


def _forward(words: Sequence[str], start: int, position: int) -> Offset | None:
    if position < len(words) and words[position] in words_of("halves"):
        return Offset(start, position + 1, minutes=30)
    word = words[position] if position < len(words) else ""
    if word.startswith("пол") and (unit := _units().get(word.removeprefix("пол"))):  # полгода, полдня
        return _offset(start, position + 1, unit, [_HALF])
    if word in _units() and word not in lexicon.load("calendar")["one_unit"]:  # "через минут сорок"
        amounts, end = _amounts(words, position + 1)
        return _offset(start, end, _units()[word], amounts)
    amounts, end = _amounts(words, position)
    unit = _units().get(words[end]) if end < len(words) else None
    if not unit:
        return None
    found = _offset(start, end + 1, unit, amounts or [Fraction(1)])
    if found and not amounts and words[end] == "день":  # "через день" is tomorrow to some and the day after to others
        found = Offset(start, end + 1, days=1, other=Offset(start, end + 1, days=2))
    if found and unit == "hour":
        found = _with_minutes(words, found)
    return _or_else(words, found, unit) if found else None


def _or_else(words: Sequence[str], found: Offset, unit: str) -> Offset:
    """`через час или два`."""
    if found.other or words[found.end : found.end + 1] not in (("или",), ("либо",)):
        return found
    amounts, end = _amounts(words, found.end + 1)
    if not amounts:
        return found
    end += end < len(words) and _units().get(words[end]) == unit
    other = _offset(found.start, end, unit, amounts[:1])
    return Offset(found.start, end, found.minutes, found.days, found.months, other=other)


def _with_minutes(words: Sequence[str], hours: Offset) -> Offset:
    """`через час двадцать (минут)`, `через час полтора`."""
    position = hours.end
    if position < len(words) and words[position] in words_of("one_and_half"):
        end = position + 1 + (words[position + 1 : position + 2] == ("часа",))
        return Offset(hours.start, end, minutes=hours.minutes, other=Offset(hours.start, end, minutes=90))
    numeral = numerals.at(words, position)
    if numeral and not numeral.ordinal and numeral.value < 60:
        named = numeral.end < len(words) and _units().get(words[numeral.end]) == "minute"
        if named or numeral.value >= 10:
            return Offset(hours.start, numeral.end + named, minutes=hours.minutes + numeral.value)
    return hours


def _ago(words: Sequence[str], start: int) -> Offset | None:
    """`два дня назад`, `недели две назад`, `полгода назад`."""
    amounts, end = _amounts(words, start)
    unit = _units().get(words[end]) if end < len(words) else None
    if unit and not amounts and end + 1 < len(words) and words[end + 1] not in words_of("ago"):
        amounts, behind = _amounts(words, end + 1)
        end = behind - 1
    elif words[start].startswith("пол") and (unit_of_half := _units().get(words[start].removeprefix("пол"))):
        amounts, end, unit = [_HALF], start, unit_of_half
    if not unit or end + 1 >= len(words) or words[end + 1] not in words_of("ago"):
        return None
    after = end + 2 + (words[end + 2 : end + 3] == ("назад",))
    return _offset(start, after, unit, [-amount for amount in amounts] or [Fraction(-1)])


def _amounts(words: Sequence[str], position: int) -> tuple[list[Fraction], int]:
    """One amount, or two of "через два-три дня", and where they end; none where nothing is counted."""
    amounts: list[Fraction] = []
    while position < len(words) and len(amounts) < 2:
        word = words[position]
        if word in words_of("one_and_half"):
            amount, position = Fraction(3, 2), position + 1
        elif word in words_of("couple"):
            amount, position = Fraction(2), position + 1
        elif word in ("четверть", "четвертинку"):
            amount, position = Fraction(1, 4), position + 1
        elif word in words_of("half"):
            amount, position = _HALF, position + 1
        elif (numeral := numerals.at(words, position)) and not numeral.ordinal:
            amount, position = Fraction(numeral.value), numeral.end
            if tuple(words[position : position + 2]) == ("с", "половиной"):
                amount, position = amount + _HALF, position + 2
        else:
            break
        amounts.append(amount)
    return amounts, position


def _offset(start: int, end: int, unit: str, amounts: Sequence[Fraction]) -> Offset | None:
    made = [_one(start, end, unit, amount) for amount in amounts]
    first = made[0] if made else None
    if first is None or len(made) == 1:
        return first
    return Offset(start, end, first.minutes, first.days, first.months, other=made[1])


def _one(start: int, end: int, unit: str, amount: Fraction) -> Offset | None:
    if abs(amount) > 10_000:
        return None
    if unit in _MINUTES:
        return Offset(start, end, minutes=round(amount * _MINUTES[unit]))
    if unit == "day" and amount.denominator > 1:
        return Offset(start, end, minutes=round(amount * 1440))
    if unit in _DAYS:
        return Offset(start, end, days=round(amount * _DAYS[unit]))
    months = amount * _MONTHS[unit]
    return Offset(start, end, months=int(months), days=round((months - int(months)) * 30))
