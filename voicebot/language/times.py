"""Times of day: "в три", "полчетвёртого", "без четверти шесть", "после обеда", "с девяти до часу"."""

from collections.abc import Sequence
from datetime import time

from voicebot.language import clocks, parts, tokens
from voicebot.language.reading import Context, Grain, Reading, Value
from voicebot.language.spans import Clock, Hours, Span, corrected, excluded, words_of

Meaning = Clock | Hours


def parse(text: str, context: Context) -> Reading:
    """Times and ranges in the order in which they were named; a time with two readings gives both."""
    utterance = tokens.read(text)
    spans = find(utterance.words, context, bare=True)
    values = tuple(
        Value(
            value=jsonable(meaning),
            words=utterance.said(span.start, span.end),
            confidence=confidence(place, len(span.readings)),
            grain=meaning.grain,
            excluded=span.excluded,
        )
        for span in sorted(spans, key=lambda span: span.excluded)
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
        span = None if taken and taken[position] else _at(words, position, context, taken, bare)
        if span:
            found.append(span)
        position = span.end if span else position + 1
    return corrected(words, found)


def _at(words: Sequence[str], start: int, context: Context, taken: Sequence[bool], bare: bool) -> Span[Meaning] | None:
    limit = next((place for place in range(start, len(words)) if taken and taken[place]), len(words))
    visible = words[:limit]
    return (
        _range(visible, start, context) or _relation(visible, start, context) or _point(visible, start, context, bare)
    )


def _range(words: Sequence[str], start: int, context: Context) -> Span[Meaning] | None:
    """`с девяти до двенадцати`, `между двумя и четырьмя`, `с двух до четырёх дня`."""
    if words[start] not in ("с", "со", "от", "между"):
        return None
    first = clocks.read(words, _skip(words, start + 1), bare=True)
    if not first or first.end >= len(words) or words[first.end] not in words_of("range_ends"):
        return None
    if words[first.end] == "и" and words[start] != "между":
        return None
    last = clocks.read(words, _skip(words, first.end + 1), bare=True)
    if not last:
        return None
    ends = last.candidates()
    begins = first.candidates(part=last.part if first.part is None else first.part)
    begin = next((at for at in clocks.preferred(begins, context.between) if any(end > at for end in ends)), None)
    if begin is None or (first.part is None and last.part and first.hour >= 7):  # "с девяти до двух дня"
        begin = clocks.preferred(first.candidates(), context.between)[0]
    end = min((at for at in ends if at > begin), default=ends[0])
    return Span(start, last.end, (Hours(begin, end),), excluded(words, start, last.end))


def _relation(words: Sequence[str], start: int, context: Context) -> Span[Meaning] | None:
    """`после трёх`, `до шести`, `не раньше десяти`, `с пяти`, `в шесть и позже`."""
    place, negated = (start + 1, True) if words[start] == "не" else (start, False)
    word = words[place] if place < len(words) else ""
    after = word in (words_of("not_before") if negated else words_of("after") | {"с", "со", "от", "начиная"})
    before = word in (words_of("not_after") if negated else words_of("before"))
    if not after and not before:
        return None
    clock = clocks.read(words, _skip(words, place + 1), bare=True)
    if not clock:
        return None
    at = clocks.preferred(clock.candidates(), context.between)[0]
    hours = Hours(at, None) if after else Hours(None, at)
    return Span(start, clock.end, (hours,), excluded(words, start, clock.end))


def _skip(words: Sequence[str], position: int) -> int:
    """Past words that only soften a time: "часов до пяти", "примерно в три"."""
    while position < len(words) and words[position] in words_of("around") | {"чем", "с"}:
        if words[position] in ("часа", "часов") and clocks.read(words, position, bare=False):
            break
        position += 1
    return position


def _point(words: Sequence[str], start: int, context: Context, bare: bool) -> Span[Meaning] | None:
    part = parts.at(words, start)
    if part and not part.allows_clock:
        return Span(start, part.end, (part.hours,), excluded(words, start, part.end))
    position = _skip(words, part.end if part else start)
    led = part is not None or position > start
    clock = clocks.read(words, position, bare=bare or led)
    if not clock:
        return Span(start, part.end, (part.hours,), excluded(words, start, part.end)) if part else None
    end, name = clock.end, clock.part or (part.name if part else None)
    if name is None and (later := parts.at(words, end)) and later.allows_clock:  # "в девять вечером"
        end, name = later.end, later.name
    candidates = clock.candidates(part=name)
    meanings = tuple(
        Clock(at, Grain.MINUTE if clock.minute is not None else Grain.HOUR)
        for at in clocks.on_offer(candidates, context.between)
    )
    return Span(start, end, meanings, excluded(words, start, end))
