"""A clock time as it is said, and which of its readings is meant."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time

from voicebot.language import lexicon, numerals, parts
from voicebot.language.spans import words_of

_WRITTEN = re.compile(r"(\d{1,2})[:.](\d{2})")
_ONE_O_CLOCK = ("час", "часа", "часу", "часом")
_LIKELY = (time(8), time(20))  # an hour without part of day is sooner meant within this


@dataclass(frozen=True, slots=True)
class Said:
    """An hour and perhaps minutes in tokens `start` to `end` (exclusive)."""

    start: int
    end: int
    hour: int
    minute: int | None = None
    part: str | None = None
    exact: bool = False  #: written on the 24-hour clock: `09:30`

    def candidates(self, part: str | None = None) -> list[time]:
        """The times that it may mean."""
        part = self.part or part
        minute = self.minute or 0
        if self.exact or not 1 <= self.hour <= 12:
            return [time(self.hour % 24, minute)]
        if part:
            return [time(parts.hour_in(part, self.hour), minute)]
        return [time(self.hour % 12, minute), time(self.hour % 12 + 12, minute)]


def on_offer(candidates: Sequence[time], between: tuple[time, time] | None) -> list[time]:
    """The readings on offer, else all; likelier first."""
    offered = [at for at in candidates if between and between[0] <= at < between[1]]
    return sorted(offered or candidates, key=lambda at: not _LIKELY[0] <= at < _LIKELY[1])


def preferred(candidates: Sequence[time], between: tuple[time, time] | None) -> list[time]:
    """All readings, those on offer first, then the likelier ones."""
    first = on_offer(candidates, between)
    return first + [at for at in candidates if at not in first]


def read(words: Sequence[str], start: int, *, bare: bool) -> Said | None:
    """The clock time that begins at token `start`; `bare`: a lone number is an hour."""
    if start >= len(words):
        return None
    said = _written(words, start) or _idiom(words, start) or _hour(words, start, bare)
    if said and said.part is None and said.end < len(words) and (part := parts.after_hour(words[said.end])):
        said = Said(said.start, said.end + 1, said.hour, said.minute, part, said.exact)
    return said


def hour_of(words: Sequence[str], start: int) -> Said | None:
    """The hour that is running: `третьем часу (дня)`, `начале третьего (дня)` is the one that begins at two."""
    begun = words[start] in words_of("begin") if start < len(words) else False
    numeral = _hour_ordinal(words, start + 1) if begun else numerals.at(words, start)
    if not numeral or not numeral.ordinal or not 1 <= numeral.value <= 12:
        return None
    end = numeral.end + (words[numeral.end : numeral.end + 1] in (("часу",), ("часа",), ("час",)))
    if not begun and words[numeral.end : numeral.end + 1] not in (("часу",), ("час",)):
        return None
    part = parts.after_hour(words[end]) if end < len(words) else None
    return Said(start, end + bool(part), (numeral.value + 10) % 12 + 1, part=part)


def _written(words: Sequence[str], start: int) -> Said | None:
    match = _WRITTEN.fullmatch(words[start])
    if not match or int(match[1]) > 24 or int(match[2]) > 59:
        return None
    exact = words[start].startswith("0") or int(match[1]) > 12
    return Said(start, start + 1, int(match[1]) % 24, int(match[2]), exact=exact)


def _idiom(words: Sequence[str], start: int) -> Said | None:
    return _named(words, start) or _half(words, start) or _short_of(words, start) or _past(words, start)


def _named(words: Sequence[str], start: int) -> Said | None:
    if words[start] in words_of("noon"):
        return Said(start, start + 1, 12, exact=True)
    return Said(start, start + 1, 0, exact=True) if words[start] in words_of("midnight") else None


def _half(words: Sequence[str], start: int) -> Said | None:
    """`полтретьего`, `пол третьего`, `половина третьего`."""
    word = words[start]
    if word in words_of("half"):
        hour = _hour_ordinal(words, start + 1, dative=word == "пол")
        return _before(start, hour.end, hour.value, 30) if hour else None
    hour = _hour_ordinal([word.removeprefix("пол")], 0, dative=True) if word.startswith("пол") else None
    return _before(start, start + 1, hour.value, 30) if hour else None


def _short_of(words: Sequence[str], start: int) -> Said | None:
    """`без четверти шесть`, `без пяти минут шесть`."""
    if words[start] != "без":
        return None
    minutes, end = _minutes(words, start + 1)
    hour = _hour_after(words, end)
    if minutes and not hour and end == start + 3:  # "без двадцати пять" is not twenty-five minutes
        minutes, end = _minutes(words[: start + 2], start + 1)
        hour = _hour_after(words, end)
    return _before(start, hour[1], hour[0], 60 - minutes) if minutes and hour else None


def _hour_after(words: Sequence[str], position: int) -> tuple[int, int] | None:
    """The hour of the twelve-hour clock at `position`, and where it ends."""
    if words[position : position + 1] == ("час",):
        return 1, position + 1
    hour = numerals.at(words, position)
    if not hour or hour.ordinal or not 1 <= hour.value <= 12:
        return None
    return hour.value, _past_unit(words, hour.end)


def _past(words: Sequence[str], start: int) -> Said | None:
    """`четверть шестого`, `десять минут третьего`, `минут десять третьего`."""
    about = words[start] in lexicon.load("calendar")["units"]["minute"]
    minutes, end = _minutes(words, start + about)
    hour = _hour_ordinal(words, end) if minutes and end > start + about else None
    return _before(start, hour.end, hour.value, minutes) if hour else None


def _minutes(words: Sequence[str], start: int) -> tuple[int, int]:
    """Minutes and where they end; 0 where none are said."""
    if start < len(words) and words[start] in ("четверть", "четверти"):
        return 15, start + 1
    numeral = numerals.at(words, start)
    if not numeral or numeral.ordinal or not 1 <= numeral.value < 60:
        return 0, start
    named = numeral.end < len(words) and words[numeral.end] in lexicon.load("calendar")["units"]["minute"]
    return numeral.value, numeral.end + named


def _hour_ordinal(words: Sequence[str], start: int, *, dative: bool = False) -> numerals.Numeral | None:
    """`третьего`: an ordinal in the genitive; `dative`: as in "к полтретьему"."""
    numeral = numerals.at(words, start)
    if not numeral or not numeral.ordinal or not 1 <= numeral.value <= 12:
        return None
    endings = ("ого", "его", "ому", "ему") if dative else ("ого", "его")
    return numeral if words[numeral.end - 1].endswith(endings) else None


def _before(start: int, end: int, hour: int, minute: int) -> Said:
    """`minute` minutes into the hour that ends at `hour`."""
    return Said(start, end, (hour + 10) % 12 + 1, minute)


def _hour(words: Sequence[str], start: int, bare: bool) -> Said | None:
    """`три`, `три часа`, `пятнадцать тридцать`, `девять ноль ноль`."""
    if words[start] in _ONE_O_CLOCK:
        return _one_o_clock(words, start, bare)
    numeral = numerals.at(words, start)
    if not numeral or numeral.ordinal or numeral.value > 24 or len(numeral.digits) > 2:
        return None
    digit = numerals.at(words, numeral.end) if numeral.value == 0 and numeral.digits != "00" else None
    if digit and not digit.ordinal and 1 <= digit.value <= 9:  # "ноль восемь тридцать"
        return _written_hour(words, start, digit)
    hour_end = _past_unit(words, numeral.end)
    named = hour_end > numeral.end
    if tuple(words[hour_end : hour_end + 2]) == ("с", "половиной") and numeral.value <= 12:  # "в девять с половиной"
        return Said(start, hour_end + 2, numeral.value, 30)
    minute, end = _minutes_of_hour(words, hour_end, named)
    following = words[end] if end < len(words) else ""
    if minute is None and following in lexicon.load("calendar")["units"]["minute"]:
        return None
    part = parts.after_hour(following)  # "три дня" alone may be three days
    if not (bare or named or minute is not None or (part and part != "day")):
        return None
    return Said(start, end, numeral.value % 24, minute)


def _one_o_clock(words: Sequence[str], start: int, bare: bool) -> Said | None:
    """`час дня`, `час тридцать`; the word alone only where an hour is expected."""
    part = parts.after_hour(words[start + 1]) if start + 1 < len(words) else None
    if not bare and not part:
        return None
    minute, end = _minutes_of_hour(words, start + 1, named=True)
    return Said(start, end, 1, minute)


def _written_hour(words: Sequence[str], start: int, hour: numerals.Numeral) -> Said | None:
    """An hour told as it is written, with its zero; it has minutes."""
    minute, end = _minutes_of_hour(words, hour.end, named=True)
    return Said(start, end, hour.value, minute, exact=True) if minute is not None else None


def _past_unit(words: Sequence[str], position: int) -> int:
    """Past "часов" and "ровно"."""
    while position < len(words) and words[position] in (*lexicon.load("calendar")["units"]["hour"], "ровно"):
        position += 1
    return position


def _minutes_of_hour(words: Sequence[str], start: int, named: bool) -> tuple[int | None, int]:
    """`тридцать`, `ноль пять`, `ноль ноль`, `пятнадцать минут` after an hour, and where they end."""
    position = start + (words[start : start + 1] == ("и",) and named)
    first = numerals.at(words, position)
    if not first or first.ordinal or first.value > 59 or len(first.digits) > 2:
        return None, start
    value, end = first.value, first.end
    if first.value == 0 and first.digits != "00":
        second = numerals.at(words, end)
        if not second or second.ordinal or second.value > 9:
            return None, start
        value, end = second.value, second.end
    unit = end < len(words) and words[end] in lexicon.load("calendar")["units"]["minute"]
    if first.value == 0 or unit or value >= 10:
        return value, end + unit
    return None, start
