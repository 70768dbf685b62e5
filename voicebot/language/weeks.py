"""Weeks and weekdays: "на следующей неделе", "в эту пятницу", "в выходные"."""

from collections.abc import Sequence
from datetime import date, timedelta

from voicebot.language import offsets
from voicebot.language.calendar_words import DAY, WEEK, Meaning, after_preposition, forms, which
from voicebot.language.reading import Grain
from voicebot.language.spans import Days, Span, words_of

_REACH = 4  #: words between "у меня" and its "выходной"


def weekday(word: str) -> int | None:
    """0 for Monday."""
    return forms("weekdays").get(word)


def monday_of(today: date) -> date:
    """The Monday of this week."""
    return today - timedelta(days=today.weekday())


def at(words: Sequence[str], start: int, today: date) -> tuple[date, int] | None:
    """Monday of `(на) следующей неделе`, and where it ends."""
    position = after_preposition(words, start)
    ahead = which(words[position]) if position < len(words) else None
    if ahead is None:
        return None
    doubled = words[position + 1 : position + 2] and words[position + 1] in words_of("next")  # через следующую
    end = position + (2 if doubled else 1)
    if end >= len(words) or words[end] not in ("неделе", "неделю", "недели", "недельке", "недели"):
        return None
    return monday_of(today) + ahead * WEEK, end + 1


def week(words: Sequence[str], start: int, today: date) -> Span[Meaning] | None:
    """`на следующей неделе`, also with a weekday or a part of the week after it."""
    found = at(words, start, today)
    if not found:
        return None
    monday, end = found
    place = after_preposition(words, end)
    if place < len(words):
        wanted = weekday(words[place])
        if wanted is not None:
            return Span(start, place + 1, (monday + timedelta(days=wanted),))
        if part := _part_of_week(words[place], monday):
            return Span(start, place + 1, (part,))
        if tuple(words[place : place + 2]) == ("любой", "день"):
            end = place + 2
    first = max(monday, today) if monday == monday_of(today) else monday
    return Span(start, end, (Days(first, monday + WEEK, Grain.WEEK),))


def _part_of_week(word: str, monday: date) -> Days | None:
    table = {"begin": (0, 2), "middle": (2, 4), "finish": (3, 5), "weekend": (5, 7), "workdays": (0, 5)}
    for name, (first, last) in table.items():
        if word in words_of(name):
            return Days(monday + timedelta(days=first), monday + timedelta(days=last), Grain.DAY)
    return None


def part(words: Sequence[str], start: int, today: date) -> Span[Meaning] | None:
    """`в начале следующей недели`, `до конца недели`."""
    position = after_preposition(words, start)
    name = section(words, position)
    if not name or position + 1 >= len(words):
        return None
    found = at(words, position + 1, today)
    if not found and words[position + 1] in ("недели", "неделе"):
        monday = monday_of(today)
        found = (monday + WEEK if name == "begin" and today > monday + DAY else monday, position + 2)
    days = _part_of_week(words[position], found[0]) if found else None
    if not found or not days:
        return None
    return Span(start, found[1], (Days(days.start, found[0] + WEEK) if name == "finish" else days,))


def section(words: Sequence[str], position: int) -> str | None:
    """`begin`, `middle` or `finish` of a period."""
    word = words[position] if position < len(words) else ""
    return next((name for name in ("begin", "middle", "finish") if word in words_of(name)), None)


def named_day(words: Sequence[str], start: int, today: date) -> Span[Meaning] | None:
    """`вторник`, `в эту пятницу`, `в следующую пятницу`, `в пятницу на следующей неделе`, `в пятницу через неделю`."""
    ahead = which(words[start])
    place = start + 1 if ahead is not None else start
    wanted = weekday(words[place]) if place < len(words) else None
    if wanted is None:
        return None
    this_week = monday_of(today) + timedelta(days=wanted)
    nearest = this_week if this_week > today else this_week + WEEK
    named = at(words, place + 1, today)
    if named:
        return Span(start, named[1], (named[0] + timedelta(days=wanted),))
    later = offsets.at(words, place + 1) if place + 1 < len(words) else None
    if later and later.days and later.days % 7 == 0:
        return Span(start, later.end, (nearest + timedelta(days=later.days),))
    if ahead == -1:
        last = this_week if this_week < today else this_week - WEEK
        return Span(start, place + 1, (last,))
    if ahead == 1 and words[start] not in words_of("that"):
        following = this_week + WEEK
        return Span(start, place + 1, (following, this_week) if this_week > today else (following,))
    return Span(start, place + 1, (nearest,))


def kind_of_day(words: Sequence[str], start: int, today: date) -> Span[Meaning] | None:
    """`в выходные`, `в будни`, `по будням`, `в любой день`."""
    word = words[start]
    ahead = which(word)
    place = start + 1 if ahead is not None else start
    word = words[place] if place < len(words) else ""
    day = words[place + 1 : place + 2] and words[place + 1] in ("день", "дни", "дням", "дня")
    monday = monday_of(today) + (ahead or 0) * WEEK
    if word in words_of("weekend") and not _is_off(words, place):
        saturday = monday + 5 * DAY
        saturday += WEEK if saturday + DAY <= today and not ahead else timedelta()
        return Span(start, place + 1 + bool(day), (Days(max(saturday, today), saturday + 2 * DAY),))
    if word in words_of("workdays") and (day or not word.startswith("рабоч")):
        if today.weekday() >= 4 and not ahead:
            monday += WEEK
        return Span(start, place + 1 + bool(day), (Days(max(monday, today + DAY), monday + 5 * DAY),))
    if word in ("любой", "любое") and day:
        return Span(start, place + 2, (Days(today, None),))
    return None


def _is_off(words: Sequence[str], place: int) -> bool:
    """Whether somebody only tells that he does not work then: "в четверг у меня выходной"."""
    before = words[max(place - _REACH, 0) : place]
    told = words[place] == "выходной" and bool(before) and before[-1] not in ("в", "на")
    return told and any(word in ("я", "мы", "меня", "нас") for word in before)
