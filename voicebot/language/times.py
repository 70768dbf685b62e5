"""Times of day: "в три", "полчетвёртого", "без четверти шесть", "после обеда", "с девяти до часу"."""

from collections.abc import Sequence, Set
from datetime import time, timedelta

from voicebot.language import clocks, days, lexicon, offsets, parts, tokens, zones
from voicebot.language.reading import Context, Grain, Reading, Value
from voicebot.language.spans import Clock, Hours, Span, corrected, excluded, preferred_first, without_refused, words_of

Meaning = Clock | Hours


def parse(text: str, context: Context) -> Reading:
    """Times and ranges in the order in which they were named; a time with two readings gives both."""
    utterance = tokens.read(text)
    spans = find(utterance.words, context, bare=True)
    told = preferred_first(utterance.words, spans, lambda span: span)
    values = tuple(
        Value(
            value=jsonable(meaning),
            words=utterance.said(span.start, span.end),
            confidence=confidence(place, len(span.readings)),
            grain=meaning.grain,
            excluded=span.excluded,
        )
        for span in sorted(told, key=lambda span: span.excluded)
        for place, meaning in enumerate(span.readings)
    )
    return Reading(text=text, values=values, ambiguous=any(len(span.readings) > 1 for span in spans))


def jsonable(meaning: Meaning) -> str | dict[str, str | None]:
    """In the conventions of the command line."""
    if isinstance(meaning, Clock):
        return meaning.at.isoformat("minutes")
    return {"from": _text(meaning.start), "to": _text(meaning.end)}


def _text(at: time | None) -> str | None:
    return at.isoformat("minutes") if at else None


def confidence(place: int, readings: int) -> float:
    """Of the reading at `place` among several."""
    return 0.95 if readings == 1 else (0.6, 0.35)[min(place, 1)]


def find(
    words: Sequence[str], context: Context, taken: Sequence[bool] = (), *, bare: bool = False
) -> list[Span[Meaning]]:
    """All times from left to right; `taken` tokens belong to something else; `bare`: a lone number is an hour."""
    found: list[Span[Meaning]] = []
    position = 0
    while position < len(words):
        span = None
        if not (taken and taken[position]):
            span = _at(words, position, context, taken, bare, _part_before(words, found, position))
        if span:
            found.append(span)
        position = span.end if span else days.past(words, position)
    told = without_refused(corrected(words, found))
    narrower = [span for span in told if not is_any_time(span)]
    return _by_own_clock(narrower or told, zones.difference(words, context.now))


def is_any_time(span: Span[Meaning]) -> bool:
    """`в любое время`: says nothing beside a time or a day."""
    return all(isinstance(meaning, Hours) and not (meaning.start or meaning.end) for meaning in span.readings)


def _by_own_clock(spans: list[Span[Meaning]], ahead: timedelta) -> list[Span[Meaning]]:
    if not ahead:
        return spans
    return [
        Span(span.start, span.end, tuple(zones.moved(meaning, ahead) for meaning in span.readings), span.excluded)
        for span in spans
    ]


def _part_before(words: Sequence[str], found: Sequence[Span[Meaning]], position: int) -> str | None:
    """The part of the day that was said before the first of two hours: "утром в восемь или в девять"."""
    last = found[-1] if found else None
    part = parts.at(words, last.start) if last else None
    if not last or not part or not part.allows_clock or part.end == last.end:
        return None
    return part.name if set(words[last.end : position]) & {"или", "либо"} and position - last.end <= 2 else None


def _at(
    words: Sequence[str], start: int, context: Context, taken: Sequence[bool], bare: bool, part: str | None
) -> Span[Meaning] | None:
    limit = next((place for place in range(start, len(words)) if taken and taken[place]), len(words))
    visible = words[:limit]
    limited = (
        _range(visible, start, context) or _relation(visible, start, context) or _distance(visible, start, context)
    )
    return limited or _point(visible, start, context, bare, part)


def _distance(words: Sequence[str], start: int, context: Context) -> Span[Meaning] | None:
    """`через полчаса`, `минут через сорок`: the time that it will be then."""
    found = offsets.at(words, start)
    if not found or not found.is_short:
        return None
    then = [context.now + timedelta(minutes=each.minutes) for each in (found, found.other) if each]
    readings = (Clock(at.time().replace(second=0, microsecond=0), Grain.MINUTE) for at in then)
    return Span(start, found.end, tuple(readings), excluded(words, start, found.end))


def _range(words: Sequence[str], start: int, context: Context) -> Span[Meaning] | None:
    """`с девяти до двенадцати`, `между двумя и четырьмя`, `с двух до четырёх дня`."""
    opened = words[start] in ("с", "со", "от", "между")  # a recogniser often loses the "с"
    position = _skip(words, start + 1, over=words_of("around")) if opened else start
    first = clocks.read(words, position, bare=True)
    link = words[first.end] if first and first.end < len(words) else ""
    if not first or link not in (words_of("range_ends") if opened else {"до"}):
        return None
    if link == "и" and words[start] != "между":
        return None
    last = clocks.read(words, _skip(words, first.end + 1, over=words_of("around")), bare=True)
    if not last:
        return None
    ends = last.candidates()
    begins = first.candidates(part=last.part if first.part is None else first.part)
    begin = next((at for at in clocks.preferred(begins, context.between) if any(end > at for end in ends)), None)
    if begin is None or (first.part is None and last.part and first.hour >= 7):  # "с девяти до двух дня"
        begin = clocks.preferred(first.candidates(), context.between)[0]
    end = min((at for at in ends if at > begin), default=ends[0])
    return Span(start, last.end, (Hours(begin, end),), excluded(words, start, last.end))


def _relation(words: Sequence[str], start: int, context: Context, part: str | None = None) -> Span[Meaning] | None:
    """`после трёх`, `до шести`, `не раньше десяти`, `с пяти`, `до вечера`; `part`: "вечером после семи"."""
    if parts.at(words, start):  # "пораньше с утра"
        return None
    place, negated = (start + 1, True) if words[start] == "не" else (start, False)
    word = words[place] if place < len(words) else ""
    after = word in (words_of("not_before") if negated else words_of("after") | {"с", "со", "от", "начиная"})
    before = word in (words_of("not_after") if negated else words_of("before"))
    hours = lexicon.load("calendar")["units"]["hour"]
    ahead = place + 1 + (place + 1 < len(words) and words[place + 1] in hours)
    at_the_hour = words[ahead : ahead + 1] in (("в",), ("на",), ("к",))  # "пораньше часов в восемь"
    if not (after or before) or (at_the_hour and not negated):
        return None
    position = _skip(words, place + 1, over=words_of("around") | {"чем", "с"})
    clock = clocks.read(words, position, bare=True)
    if clock:
        at = clocks.preferred(clock.candidates(part), context.between)[0]
        end = clock.end
    elif negated and (named_part := parts.at(words, position)):  # "не раньше обеда", "не позже обеда"
        low, high = named_part.hours.start, named_part.hours.end
        return Span(start, named_part.end, (Hours(low, None) if after else Hours(None, high),))
    elif before and not negated and (named := parts.beginning(words, position)):
        at, end = named, position + 1
    else:
        return None
    hours = Hours(at, None) if after else Hours(None, at)
    return Span(start, end, (hours,), excluded(words, start, end))


def _skip(words: Sequence[str], position: int, over: Set[str]) -> int:
    """Past words that only soften a time: "часов до пяти", "примерно в три"."""
    while position < len(words) and words[position] in over:
        if words[position] in ("часа", "часов") and clocks.read(words, position, bare=False):
            break
        position += 1
    return position


def _point(words: Sequence[str], start: int, context: Context, bare: bool, told: str | None) -> Span[Meaning] | None:
    part = parts.at(words, start)
    if part:
        return _part(words, start, part, context)
    if start and words[start - 1] in lexicon.load("calendar")["units"]["minute"]:  # "минут десять"
        return None
    position = _skip(words, start, over=words_of("around"))
    if hour := clocks.hour_of(words, position):
        begin = clocks.preferred(hour.candidates(), context.between)[0]
        return Span(start, hour.end, (Hours(begin, time((begin.hour + 1) % 24)),), excluded(words, start, hour.end))
    return _clock(words, start, position, context, told, bare=bare or position > start)


def _part(words: Sequence[str], start: int, part: parts.Part, context: Context) -> Span[Meaning]:
    """A part of the day: alone, before an hour ("вечером в семь") or before a limit ("вечером после семи")."""
    if part.allows_clock:
        position = _skip(words, part.end, over=words_of("around"))
        clock = _clock(words, start, position, context, part.name, bare=position > part.end)
        if clock:
            return clock
    position = _skip(words, part.end, over={"часов", "где", "то", "примерно"})
    if position < len(words) and (limit := _relation(words, position, context, part.name)):
        hours = limit.readings[0]
        begin = hours.start if isinstance(hours, Hours) and hours.start else part.hours.start
        end = hours.end if isinstance(hours, Hours) else None
        return Span(start, limit.end, (Hours(begin, end),), limit.excluded)
    closer = parts.at(words, part.end)
    if closer and closer.hours.start is None and closer.hours.end:  # "с утра до обеда"
        return Span(start, closer.end, (Hours(part.hours.start, closer.hours.end),), excluded(words, start, closer.end))
    if closer and closer.hours.start and not closer.allows_clock:  # "вечером после работы"
        hours = Hours(closer.hours.start, closer.hours.end or part.hours.end, part.hours.grain)
        return Span(start, closer.end, (hours,), excluded(words, start, closer.end))
    return Span(start, part.end, (part.hours,), excluded(words, start, part.end))


def _clock(
    words: Sequence[str], start: int, position: int, context: Context, part: str | None, *, bare: bool
) -> Span[Meaning] | None:
    clock = clocks.read(words, position, bare=bare)
    if not clock:
        return None
    end, name = clock.end, clock.part or part
    later = parts.at(words, end) if name is None else None
    if later and later.allows_clock:  # "в девять вечером"
        end, name = later.end, later.name
    if name is None:
        name = _part_of_alternative(words, end)
    candidates = clock.candidates(part=name)
    if name is None and later and (within := [at for at in candidates if later.holds(at)]):  # "в шесть после работы"
        candidates, end = within, later.end
    meanings = tuple(
        Clock(at, Grain.MINUTE if clock.minute is not None else Grain.HOUR)
        for at in clocks.on_offer(candidates, context.between)
    )
    return Span(start, end, meanings, excluded(words, start, end))


def _part_of_alternative(words: Sequence[str], end: int) -> str | None:
    """The part of the day of "в два или в три часа дня", "в пять а лучше в шесть вечера" holds for both."""
    position = end
    while position < len(words) and words[position] in words_of("alternatives"):
        position += 1
    if position == end:
        return None
    other = clocks.read(words, _skip(words, position, over=words_of("around")), bare=True)
    return other.part if other else None
