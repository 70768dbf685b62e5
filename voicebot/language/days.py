"""One day, week or month as it is said."""

import calendar
import re
from collections.abc import Sequence
from datetime import date, timedelta

from voicebot.language import lexicon, months, numerals, offsets, weeks, years
from voicebot.language.calendar_words import DAY, Meaning, after_preposition, forms
from voicebot.language.spans import Span, words_of

_WRITTEN = re.compile(r"(\d{1,2})[./](\d{1,2})(?:[./](\d{4}|\d{2}))?")


def read(words: Sequence[str], start: int, today: date) -> Span[Meaning] | None:
    """The day or period that begins at token `start`."""
    if start >= len(words):
        return None
    for rule in _RULES:
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
    day_of_week = after_preposition(words, offset.end)
    wanted = weeks.weekday(words[day_of_week]) if day_of_week < len(words) else None
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
    distance = forms("days").get(words[start])
    if distance is not None:
        end = start + 1 + (words[start + 1 : start + 2] in (("день",), ("дня",)))
        return Span(start, end, (today + timedelta(days=distance),))
    for length in (2, 1):
        feast = lexicon.load("calendar")["feasts"].get(" ".join(words[start : start + length]))
        if start + length <= len(words) and feast and (day := make(feast[0], feast[1], None, today)):
            return Span(start, start + length, (day,))
    if tuple(words[start : start + 2]) == ("после", "завтра"):
        return Span(start, start + 2, (today + 2 * DAY,))
    if tuple(words[start : start + 3]) == ("на", "следующий", "день"):
        return Span(start, start + 3, (today + DAY,))
    return None


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
    month, after = months.name_at(words, end, today)
    if month is None and (month_number := _month_number(words, day, end)):
        month, after = month_number
    if month is not None:
        year, after = years.told(words, after, today)
        made = make(day.value, month, year, today)
        return Span(start, after, (made,)) if made else None
    if not _stands_alone(words, day, named=place > start or end > day.end):
        return None
    return Span(start, end, (_next_such_day(day.value, today),))


def _year_first(words: Sequence[str], start: int, today: date) -> Span[Meaning] | None:
    """`тысяча девятьсот сорок восьмого года пятого мая`."""
    if numerals.at(words, start) is None:
        return None
    year, position = years.at(words, start, today)
    position = years.past_birth(words, position)
    day = numerals.at(words, position) if year and position < len(words) else None
    month = forms("months").get(words[day.end]) if day and day.end < len(words) else None
    made = make(day.value, month, year, today) if day and month else None
    return Span(start, day.end + 1, (made,)) if day and made else None


def _last_day(words: Sequence[str], start: int, today: date) -> Span[Meaning] | None:
    """`последний день месяца`, `последнее число декабря`."""
    if not words[start].startswith("последн") or words[start + 1 : start + 2] not in (
        ("день",),
        ("число",),
        ("числа",),
    ):
        return None
    found = months.at(words, start + 2, today)
    return Span(start, found[1], (months.next_month(found[0]) - DAY,)) if found else None


def _weekday_of_month(words: Sequence[str], start: int, today: date) -> Span[Meaning] | None:
    """`первый понедельник декабря`, `последняя пятница месяца`: the next such day."""
    last = words[start].startswith("последн")
    ordinal = None if last else numerals.at(words, start)
    place = start + 1 if last else ordinal.end if ordinal and ordinal.ordinal and ordinal.value <= 5 else len(words)
    wanted = weeks.weekday(words[place]) if place < len(words) else None
    found = months.at(words, place + 1, today) if wanted is not None else None
    if wanted is None or not found:
        return None
    first, end = found
    following = first.replace(year=first.year + 1) if months.named(words[place:end]) else months.next_month(first)
    made = (_such_weekday(each, wanted, ordinal.value if ordinal else 0) for each in (first, following))
    day = next((each for each in made if each and each >= today), None)
    return Span(start, end, (day,)) if day else None


def _such_weekday(first: date, wanted: int, number: int) -> date | None:
    """The weekday that comes as the `number`th of the month that begins at `first`; 0: the last one."""
    days = [day for week in calendar.monthcalendar(first.year, first.month) if (day := week[wanted])]
    return first.replace(day=days[number - 1]) if number <= len(days) else None


def _month_first(words: Sequence[str], start: int, today: date) -> Span[Meaning] | None:
    """`декабря пятого`."""
    month = forms("months").get(words[start])
    day = numerals.at(words, start + 1) if month else None
    if month is None or not day or not day.ordinal or not 1 <= day.value <= 31:
        return None
    made = make(day.value, month, None, today)
    return Span(start, day.end, (made,)) if made and words[day.end - 1].endswith(("ого", "его")) else None


def _month_number(words: Sequence[str], day: numerals.Numeral, position: int) -> tuple[int, int] | None:
    """`третье ноль пятого …`, `двадцать четвёртое одиннадцатого`: the month by its number."""
    zero = words[position : position + 1] == ("ноль",)
    month = numerals.at(words, position + zero)
    if not month or not 1 <= month.value <= 12:
        return None
    ordinals = day.ordinal and month.ordinal and words[day.end - 1].endswith(("ое", "ье"))
    ordinals = ordinals or (day.ordinal and month.ordinal and _is_genitive_pair(words, day, month))
    followed = zero or years.follows(words, month.end)
    same = month.ordinal == day.ordinal and (day.ordinal or years.follows(words, month.end))
    return (month.value, month.end) if ordinals or (followed and same) else None


def _is_genitive_pair(words: Sequence[str], day: numerals.Numeral, month: numerals.Numeral) -> bool:
    """`седьмого двенадцатого`; but `пятого шестого` are two days, and so are days before the name of a month."""
    genitive = words[day.end - 1].endswith(("ого", "его")) and words[month.end - 1].endswith(("ого", "его"))
    following = words[month.end] if month.end < len(words) else ""
    return genitive and month.value != day.value + 1 and not months.named((following,)) and following != "числа"


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
        first = months.next_month(first)


_RULES = (
    _distance,
    _relative,
    weeks.week,
    weeks.part,
    months.part,
    _weekday_of_month,
    weeks.named_day,
    _written,
    _year_first,
    _last_day,
    _day_of_month,
    _month_first,
    months.period,
    weeks.kind_of_day,
)
