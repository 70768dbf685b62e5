"""Dates: "двадцать четвёртого", "в следующую пятницу", "через неделю", "на той неделе", "с пятого по десятое"."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from voicebot.language import days, months, tokens, weeks
from voicebot.language.calendar_words import Meaning
from voicebot.language.reading import Context, Grain, Reading, Value
from voicebot.language.spans import (
    Days,
    Span,
    corrected,
    excluded,
    is_correction,
    preferred_first,
    ruled_out_together,
    without_refused,
    words_of,
)
from voicebot.language.times import confidence


def parse(text: str, context: Context) -> Reading:
    """Dates and ranges of days in the order in which they were named."""
    utterance = tokens.read(text)
    spans = find(utterance.words, context.now.date())
    told = preferred_first(utterance.words, spans, lambda span: span)
    values = tuple(
        Value(
            value=jsonable(meaning),
            words=utterance.said(span.start, span.end),
            confidence=confidence(place, len(span.readings)),
            grain=meaning.grain if isinstance(meaning, Days) else Grain.DAY,
            excluded=span.excluded,
        )
        for span in sorted(told, key=lambda span: span.excluded)
        for place, meaning in enumerate(span.readings)
    )
    return Reading(text=text, values=values, ambiguous=any(len(span.readings) > 1 for span in spans))


def jsonable(meaning: Meaning) -> str | dict[str, str | None]:
    """In the conventions of the command line."""
    if isinstance(meaning, date):
        return meaning.isoformat()
    return {
        "from": meaning.start.isoformat() if meaning.start else None,
        "to": meaning.end.isoformat() if meaning.end else None,
    }


def find(words: Sequence[str], today: date, taken: Sequence[bool] = ()) -> list[Span[Meaning]]:
    """All dates from left to right; `taken` tokens belong to something else."""
    found: list[Span[Meaning]] = []
    position = 0
    while position < len(words):
        span = None if taken and taken[position] else _range(words, position, today) or _one(words, position, today)
        if span:
            found.append(span)
        position = span.end if span else days.past(words, position)
    told = without_refused(
        ruled_out_together(words, corrected(words, _merged(words, _without_explained(words, found))))
    )
    return [span for span in told if not _is_any_day(span, today)] if any(span.excluded for span in told) else told


def _without_explained(words: Sequence[str], spans: Sequence[Span[Meaning]]) -> list[Span[Meaning]]:
    """`завтра же воскресенье, послезавтра`, `завтра, ой нет, завтра воскресенье, в понедельник`.

    What a day is tells why it will not do, where another follows.
    """
    gone: set[Meaning] = set()
    weekdays: set[int] = set()
    for before, day, weekday in zip((None, *spans), spans, spans[1:-1], strict=False):
        gap = words[day.end : weekday.start]
        again = before and before.readings == day.readings and is_correction(words[before.end : day.start])
        told = words_of("because").issuperset(gap) and (gap or again)
        if told and _is_weekday(words, weekday):
            gone.update(day.readings)
            weekdays.add(weekday.start)
    return [span for span in spans if span.start not in weekdays and gone.isdisjoint(span.readings)]


def _is_any_day(span: Span[Meaning], today: date) -> bool:
    """`любой день`: beside a day that is ruled out it says nothing."""
    return span.readings == (Days(today, None),)


def _range(words: Sequence[str], start: int, today: date) -> Span[Meaning] | None:
    """`с понедельника по среду`, `после пятого`, `до конца недели`, `не раньше среды`."""
    if words[start] == "не":
        return _denied_limit(words, start, today)
    if words[start] == "по" and (turned := _turned_span(words, start, today)):
        return turned
    if words[start] in ("с", "со", "от", "между"):
        return _span_of_days(words, start, _skip(words, start + 1), today) or _limit(words, start, today)
    # a recogniser often loses the "с"
    return _limit(words, start, today) or _span_of_days(words, start, start, today)


def _limit(words: Sequence[str], start: int, today: date) -> Span[Meaning] | None:
    """`после пятого`, `до пятницы`, `с первого декабря`."""
    word = words[start]
    after, before = word in words_of("after"), word in words_of("before")
    if not (after or before or word in ("с", "со", "от", "начиная")):
        return None
    first = days.read(words, _skip(words, start + 1), today)
    if not first:
        return None
    low, high = bounds(first.readings[0])
    to_the_end = words[start + 1 : start + 2] in (("конца",), ("конец",))
    meaning = Days(None, high if to_the_end else low) if before else Days(high if after else low, None)
    return Span(start, first.end, (meaning,), excluded(words, start, first.end))


def _denied_limit(words: Sequence[str], start: int, today: date) -> Span[Meaning] | None:
    """`не раньше среды`, `не позже пятницы`."""
    word = words[start + 1] if start + 1 < len(words) else ""
    if word not in words_of("not_before") | words_of("not_after"):
        return None
    first = days.read(words, _skip(words, start + 2), today)
    if not first:
        return None
    low, high = bounds(first.readings[0])
    return Span(start, first.end, (Days(low, None) if word in words_of("not_before") else Days(None, high),))


def _span_of_days(words: Sequence[str], start: int, position: int, today: date) -> Span[Meaning] | None:
    """`(с) пятого по десятое декабря`: the month of the last day is that of the first, too."""
    first = days.read(words, position, today)
    if not first or first.end >= len(words) or words[first.end] not in words_of("range_ends"):
        return None
    opened = position > start
    if not opened and words[first.end] != "по":
        return None
    begin = first.readings[0]
    last = days.read(words, _skip(words, first.end + 1), bounds(begin)[0] or today)
    if not last:
        return None
    final = last.readings[0]
    month_said_once = months.named(words[last.start : last.end]) and not months.named(words[position : first.end])
    if month_said_once and isinstance(begin, date) and isinstance(final, date) and begin.day <= final.day:
        begin = final.replace(day=begin.day)
    end = bounds(final)[0 if words[first.end] == "до" else 1]
    return Span(start, last.end, (Days(bounds(begin)[0], end),), excluded(words, start, last.end))


def _turned_span(words: Sequence[str], start: int, today: date) -> Span[Meaning] | None:
    """`по пятницу включительно с понедельника`."""
    last = days.read(words, start + 1, today)
    place = last.end + (words[last.end : last.end + 1] == ("включительно",)) if last else len(words)
    first = days.read(words, place + 1, today) if words[place : place + 1] in (("с",), ("со",)) else None
    if not last or not first:
        return None
    return Span(start, first.end, (Days(bounds(first.readings[0])[0], bounds(last.readings[0])[1]),))


def _skip(words: Sequence[str], position: int) -> int:
    while position < len(words) and words[position] in ("с", "со", "чем", "в", "во", "на", "где", "то", "примерно"):
        position += 1
    return position


def _one(words: Sequence[str], start: int, today: date) -> Span[Meaning] | None:
    found = days.read(words, start, today)
    if not found:
        return None
    return Span(found.start, found.end, found.readings, excluded(words, found.start, found.end))


def bounds(meaning: Meaning) -> tuple[date | None, date | None]:
    """First day, and the day after the last."""
    if isinstance(meaning, date):
        return meaning, meaning + timedelta(days=1)
    return meaning.start, meaning.end


def _merged(words: Sequence[str], spans: Sequence[Span[Meaning]]) -> list[Span[Meaning]]:
    """`во вторник двадцать четвёртого` is one date; where weekday and date disagree, both stand and it is ambiguous."""
    merged: list[Span[Meaning]] = []
    for span in spans:
        previous = merged[-1] if merged else None
        gap = words[previous.end : span.start] if previous else ()
        if previous and "под" in gap and words_of("eve").issuperset(gap) and (eve := _eve(words, previous, span)):
            merged[-1] = replace(previous, readings=(eve,))
            continue
        if (
            previous
            and all(word in words_of("prepositions") or word in ("числа", "это", "день") for word in gap)
            and previous.excluded == span.excluded
            and _is_weekday(words, previous) != _is_weekday(words, span)
            and all(isinstance(meaning, date) for meaning in (*previous.readings, *span.readings))
        ):
            merged[-1] = Span(previous.start, span.end, _agreed(words, previous, span), span.excluded)
        else:
            merged.append(span)
    return merged


def _eve(words: Sequence[str], day: Span[Meaning], feast: Span[Meaning]) -> date | None:
    """`тридцатого под самый новый год`: the last such day before the feast, which is no date of its own."""
    said, then = day.readings[0], feast.readings[0]
    if not isinstance(said, date) or not isinstance(then, date):
        return None
    if months.named(words[day.start : day.end]) or _is_weekday(words, day):
        return said
    return next((each for ago in range(1, 62) if (each := then - timedelta(days=ago)).day == said.day), None)


def _agreed(words: Sequence[str], left: Span[Meaning], right: Span[Meaning]) -> tuple[Meaning, ...]:
    exact, weekday = (right, left) if _is_weekday(words, left) else (left, right)
    named = {meaning.weekday() for meaning in weekday.readings if isinstance(meaning, date)}
    agreeing = tuple(day for day in exact.readings if isinstance(day, date) and day.weekday() in named)
    return agreeing or tuple(dict.fromkeys((*exact.readings, *weekday.readings)))


def _is_weekday(words: Sequence[str], span: Span[Meaning]) -> bool:
    return any(weeks.weekday(word) is not None for word in words[span.start : span.end])
