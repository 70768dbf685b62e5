"""Months: "в декабре", "в следующем месяце", "в конце месяца"."""

from collections.abc import Sequence
from datetime import date

from voicebot.language import numerals, weeks, years
from voicebot.language.calendar_words import DAY, Meaning, after_preposition, forms, which
from voicebot.language.reading import Grain
from voicebot.language.spans import Days, Span


def named(words: Sequence[str]) -> bool:
    """Whether a month is named."""
    return any(word in forms("months") for word in words)


def next_month(first: date) -> date:
    """The first day of the month after."""
    return (first.replace(day=28) + 4 * DAY).replace(day=1)


def name_at(words: Sequence[str], position: int, today: date) -> tuple[int | None, int]:
    """`ноября`, `этого месяца`, and where it ends."""
    if words[position : position + 1] == ("числа",):
        position += 1
    ahead = which(words[position]) if position < len(words) else None
    if ahead is not None and words[position + 1 : position + 2] == ("месяца",):
        return (today.month - 1 + ahead) % 12 + 1, position + 2
    month = forms("months").get(words[position]) if position < len(words) else None
    return month, position + 1


def at(words: Sequence[str], start: int, today: date) -> tuple[date, int] | None:
    """First day of `декабря`, `следующего месяца`, and where it ends."""
    position = after_preposition(words, start)
    if position >= len(words):
        return None
    if words[position] in ("месяца", "месяце"):
        return today.replace(day=1), position + 1
    ahead = which(words[position])
    if ahead is not None and words[position + 1 : position + 2] in (("месяце",), ("месяца",), ("месяц",)):
        first = today.replace(day=1)
        return {0: first, 1: next_month(first), -1: (first - DAY).replace(day=1)}[ahead], position + 2
    number = forms("months").get(words[position])
    if number is None:
        return None
    year, end = years.at(words, position + 1, today)
    return date(year or today.year + (number < today.month), number, 1), end


def period(words: Sequence[str], start: int, today: date) -> Span[Meaning] | None:
    """`в декабре`, `в следующем месяце`."""
    ordered = numerals.at(words, start - 1) if start else None
    if words[start] in ("месяца", "месяце") or (ordered and ordered.ordinal):  # "тридцатого февраля" is no February
        return None
    found = at(words, start, today)
    if not found:
        return None
    first, end = found
    after = next_month(first)
    return Span(start, end, (Days(max(first, today) if first <= today < after else first, after, Grain.MONTH),))


def part(words: Sequence[str], start: int, today: date) -> Span[Meaning] | None:
    """`в конце месяца`, `в середине декабря`."""
    position = after_preposition(words, start)
    name = weeks.section(words, position)
    found = at(words, position + 1, today) if name and position + 1 < len(words) else None
    if not found:
        return None
    first, end = found
    limits = {"begin": (first, first + 10 * DAY), "middle": (first + 10 * DAY, first + 20 * DAY)}
    low, high = limits.get(name or "", (first + 20 * DAY, next_month(first)))
    return Span(start, end, (Days(low, high),))
