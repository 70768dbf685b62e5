"""One day, week or month as it is said."""

import calendar
import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cache

from voicebot.language import lexicon, numerals, offsets, years
from voicebot.language.reading import Grain
from voicebot.language.spans import Days, Span, words_of

Meaning = date | Days

_WRITTEN = re.compile(r"(\d{1,2})[./](\d{1,2})(?:[./](\d{4}|\d{2}))?")
_WEEK = timedelta(weeks=1)
_DAY = timedelta(days=1)


@cache
def _forms(table: str) -> Mapping[str, int]:
    return {form: number for number, forms in lexicon.load("calendar")[table].items() for form in forms}


def weekday(word: str) -> int | None:
    """0 for Monday."""
    return _forms("weekdays").get(word)


def names_month(words: Sequence[str]) -> bool:
    """Whether a month is named."""
    return any(word in _forms("months") for word in words)


def read(words: Sequence[str], start: int, today: date) -> Span[Meaning] | None:
    """The day or period that begins at token `start`."""
    if start >= len(words):
        return None
    for rule in (_distance, _relative, _week, _part_of_period, _weekday, _written, _day_of_month, _month, _kind_of_day):
        if found := rule(words, start, today):
            return found
    return None


def past(words: Sequence[str], position: int) -> int:
    """Where to look on after `position`: never inside a number, for "тридцать второго" is not the second."""
    numeral = numerals.at(words, position)
    return numeral.end if numeral else position + 1


def _distance(words: Sequence[str], start: int, today: date) -> Span[Meaning] | None:
    offset = offsets.at(words, start)
    if not offset or offset.is_short:
        return None
    readings = tuple(shifted(today, each) for each in (offset, offset.other) if each)
    day_of_week = _after_preposition(words, offset.end)
    wanted = weekday(words[day_of_week]) if day_of_week < len(words) else None
    if wanted is not None and not offset.months and offset.days % 7 == 0:  # "через неделю в пятницу"
        day = readings[0]
        return Span(start, day_of_week + 1, (day + timedelta(days=wanted - day.weekday()),))
    return Span(start, offset.end, readings)


def shifted(day: date, offset: offsets.Offset) -> date:
    """The day that is so far from `day`; the last of a month where that day does not exist."""
    months = day.year * 12 + day.month - 1 + offset.months
    year, month = min(max(months // 12, 1), 9998), months % 12 + 1
    last = calendar.monthrange(year, month)[1]
    return date(year, month, min(day.day, last)) + timedelta(days=offset.days)


def _relative(words: Sequence[str], start: int, today: date) -> Span[Meaning] | None:
    distance = _forms("days").get(words[start])
    if distance is not None:
        end = start + 1 + (words[start + 1 : start + 2] == ("день",))
        return Span(start, end, (today + timedelta(days=distance),))
    if tuple(words[start : start + 2]) == ("после", "завтра"):
        return Span(start, start + 2, (today + 2 * _DAY,))
    if tuple(words[start : start + 3]) == ("на", "следующий", "день"):
        return Span(start, start + 3, (today + _DAY,))
    return None


def _monday(today: date) -> date:
    return today - timedelta(days=today.weekday())


def _which(word: str) -> int | None:
    """Weeks or months ahead that a pronoun means: `этой` 0, `следующей` and `той` 1, `прошлой` -1."""
    table = (("this", 0), ("next", 1), ("that", 1), ("last", -1))
    return next((ahead for name, ahead in table if word in words_of(name)), None)


def _week_at(words: Sequence[str], start: int, today: date) -> tuple[date, int] | None:
    """Monday of `(на) следующей неделе`, and where it ends."""
    position = _after_preposition(words, start)
    ahead = _which(words[position]) if position < len(words) else None
    if ahead is None:
        return None
    doubled = words[position + 1 : position + 2] and words[position + 1] in words_of("next")  # через следующую
    end = position + (2 if doubled else 1)
    if end >= len(words) or words[end] not in ("неделе", "неделю", "недели", "недельке", "недели"):
        return None
    return _monday(today) + ahead * _WEEK, end + 1


def _after_preposition(words: Sequence[str], position: int) -> int:
    while position < len(words) and words[position] in ("в", "во", "на", "к", "ко"):
        position += 1
    return position


def _week(words: Sequence[str], start: int, today: date) -> Span[Meaning] | None:
    """`на следующей неделе`, also with a weekday or a part of the week after it."""
    found = _week_at(words, start, today)
    if not found:
        return None
    monday, end = found
    place = _after_preposition(words, end)
    if place < len(words):
        wanted = weekday(words[place])
        if wanted is not None:
            return Span(start, place + 1, (monday + timedelta(days=wanted),))
        if part := _part_of_week(words[place], monday):
            return Span(start, place + 1, (part,))
    first = max(monday, today) if monday == _monday(today) else monday
    return Span(start, end, (Days(first, monday + _WEEK, Grain.WEEK),))


def _part_of_week(word: str, monday: date) -> Days | None:
    table = {"begin": (0, 2), "middle": (2, 4), "finish": (3, 5), "weekend": (5, 7), "workdays": (0, 5)}
    for name, (first, last) in table.items():
        if word in words_of(name):
            return Days(monday + timedelta(days=first), monday + timedelta(days=last), Grain.DAY)
    return None


def _part_of_period(words: Sequence[str], start: int, today: date) -> Span[Meaning] | None:
    """`в начале следующей недели`, `до конца недели`, `в конце месяца`, `в середине декабря`."""
    position = _after_preposition(words, start)
    word = words[position] if position < len(words) else ""
    name = next((name for name in ("begin", "middle", "finish") if word in words_of(name)), None)
    if not name or position + 1 >= len(words):
        return None
    week = _week_at(words, position + 1, today)
    if not week and words[position + 1] in ("недели", "неделе"):
        monday = _monday(today)
        week = (monday + _WEEK if name == "begin" and today > monday + _DAY else monday, position + 2)
    if week:
        part = _part_of_week(word, week[0])
        if part and part.end and name == "finish":
            part = Days(part.start, week[0] + _WEEK)
        return Span(start, week[1], (part,)) if part else None
    month = _month_at(words, position + 1, today)
    if not month:
        return None
    first, end = month
    after = _next_month(first)
    limits = {"begin": (first, first + 10 * _DAY), "middle": (first + 10 * _DAY, first + 20 * _DAY)}
    low, high = limits.get(name, (first + 20 * _DAY, after))
    return Span(start, end, (Days(low, high),))


def _weekday(words: Sequence[str], start: int, today: date) -> Span[Meaning] | None:
    """`вторник`, `в эту пятницу`, `в следующую пятницу`, `в пятницу на следующей неделе`, `в пятницу через неделю`."""
    ahead = _which(words[start])
    place = start + 1 if ahead is not None else start
    wanted = weekday(words[place]) if place < len(words) else None
    if wanted is None:
        return None
    this_week = _monday(today) + timedelta(days=wanted)
    nearest = this_week if this_week > today else this_week + _WEEK
    week = _week_at(words, place + 1, today)
    if week:
        return Span(start, week[1], (week[0] + timedelta(days=wanted),))
    later = offsets.at(words, place + 1) if place + 1 < len(words) else None
    if later and later.days and later.days % 7 == 0:
        return Span(start, later.end, (nearest + timedelta(days=later.days),))
    if ahead == -1:
        last = this_week if this_week < today else this_week - _WEEK
        return Span(start, place + 1, (last,))
    if ahead == 1 and words[start] not in words_of("that"):
        following = this_week + _WEEK
        return Span(start, place + 1, (following, this_week) if this_week > today else (following,))
    return Span(start, place + 1, (nearest,))


def _written(words: Sequence[str], start: int, today: date) -> Span[Meaning] | None:
    """`24.11`, `24.11.2026`, and `2026-11-24`, whose parts are words of their own."""
    match = _WRITTEN.fullmatch(words[start])
    if match:
        year = years.full(int(match[3]), today) if match[3] else None
        day = make(int(match[1]), int(match[2]), year, today)
        return Span(start, start + 1, (day,)) if day else None
    three = words[start : start + 3]
    if len(three) == 3 and len(three[0]) == 4 and all(part.isdecimal() for part in three):
        day = make(int(three[2]), int(three[1]), int(three[0]), today)
        return Span(start, start + 3, (day,)) if day else None
    return None


def make(day: int, month: int, year: int | None, today: date) -> date | None:
    """The date; without a year the next such date, today included. None where there is none."""
    for candidate in [year] if year else range(today.year, today.year + 9):
        try:
            made = date(candidate, month, day)
        except ValueError:
            continue
        if year or made >= today:
            return made
    return None


def _day_of_month(words: Sequence[str], start: int, today: date) -> Span[Meaning] | None:
    """`двадцать четвёртого (ноября (две тысячи двадцать шестого года))`, `числа пятнадцатого`, `24 ноября`."""
    place = start + (words[start] in ("числа", "число"))
    zero = words[place : place + 1] == ("ноль",)
    day = numerals.at(words, place + zero)
    if not day or not 1 <= day.value <= 31:
        return None
    end = day.end + (words[day.end : day.end + 1] in (("го",), ("е",), ("ое",), ("ого",), ("число",), ("числа",)))
    month, after = _month_name(words, end)
    if month is None and (month_number := _month_number(words, day, end)):
        month, after = month_number
    if month is not None:
        year, after = years.at(words, after, today)
        made = make(day.value, month, year, today)
        return Span(start, after, (made,)) if made else None
    if not _stands_alone(words, day, named=place > start or end > day.end):
        return None
    return Span(start, end, (_next_such_day(day.value, today),))


def _month_name(words: Sequence[str], position: int) -> tuple[int | None, int]:
    if words[position : position + 1] == ("числа",):
        position += 1
    month = _forms("months").get(words[position]) if position < len(words) else None
    return month, position + 1


def _month_number(words: Sequence[str], day: numerals.Numeral, position: int) -> tuple[int, int] | None:
    """`третье ноль пятого …`, `двадцать четвёртое одиннадцатого`: the month by its number."""
    zero = words[position : position + 1] == ("ноль",)
    month = numerals.at(words, position + zero)
    if not month or not 1 <= month.value <= 12:
        return None
    ordinals = day.ordinal and month.ordinal and words[day.end - 1].endswith(("ое", "ье"))
    followed = zero or years.follows(words, month.end)
    same = month.ordinal == day.ordinal and (day.ordinal or years.follows(words, month.end))
    return (month.value, month.end) if ordinals or (followed and same) else None


def _stands_alone(words: Sequence[str], day: numerals.Numeral, *, named: bool) -> bool:
    """Whether an ordinal without a month is a date: not "второй вариант", not "десять минут пятого"."""
    before = words[day.start - 1] if day.start else ""
    if before in words_of("half") or before in ("минут", "минуты", "четверть"):
        return False
    if words[day.end : day.end + 1] in (("вариант",), ("этаж",), ("раз",), ("часу",), ("этаже",), ("кабинет",)):
        return False
    return named or (day.ordinal and words[day.end - 1].endswith(("ого", "его", "ое", "ье", "ому", "ему")))


def _next_such_day(day: int, today: date) -> date:
    first = today.replace(day=1)
    while True:
        if calendar.monthrange(first.year, first.month)[1] >= day and first.replace(day=day) >= today:
            return first.replace(day=day)
        first = _next_month(first)


def _next_month(first: date) -> date:
    return (first.replace(day=28) + 4 * _DAY).replace(day=1)


def _month_at(words: Sequence[str], start: int, today: date) -> tuple[date, int] | None:
    """First day of `декабря`, `следующего месяца`, and where it ends."""
    position = _after_preposition(words, start)
    if position >= len(words):
        return None
    if words[position] in ("месяца", "месяце"):
        return today.replace(day=1), position + 1
    ahead = _which(words[position])
    if ahead is not None and words[position + 1 : position + 2] in (("месяце",), ("месяца",), ("месяц",)):
        first = today.replace(day=1)
        return {0: first, 1: _next_month(first), -1: (first - _DAY).replace(day=1)}[ahead], position + 2
    month = _forms("months").get(words[position])
    if month is None:
        return None
    year, end = years.at(words, position + 1, today)
    return date(year or today.year + (month < today.month), month, 1), end


def _month(words: Sequence[str], start: int, today: date) -> Span[Meaning] | None:
    """`в декабре`, `в следующем месяце`."""
    if words[start] in ("месяца", "месяце"):
        return None
    found = _month_at(words, start, today)
    if not found:
        return None
    first, end = found
    after = _next_month(first)
    return Span(start, end, (Days(max(first, today) if first <= today < after else first, after, Grain.MONTH),))


def _kind_of_day(words: Sequence[str], start: int, today: date) -> Span[Meaning] | None:
    """`в выходные`, `в будни`, `в любой день`."""
    word = words[start]
    ahead = _which(word)
    place = start + 1 if ahead is not None else start
    word = words[place] if place < len(words) else ""
    day = words[place + 1 : place + 2] and words[place + 1] in ("день", "дни", "дням", "дня")
    monday = _monday(today) + (ahead or 0) * _WEEK
    if word in words_of("weekend"):
        saturday = monday + 5 * _DAY
        saturday += _WEEK if saturday + _DAY <= today and not ahead else timedelta()
        return Span(start, place + 1 + bool(day), (Days(max(saturday, today), saturday + 2 * _DAY),))
    if word in words_of("workdays") and (day or not word.startswith("рабоч")):
        if today.weekday() >= 4 and not ahead:
            monday += _WEEK
        return Span(start, place + 1 + bool(day), (Days(max(monday, today + _DAY), monday + 5 * _DAY),))
    if word in ("любой", "любое") and day:
        return Span(start, place + 2, (Days(today, None),))
    return None
