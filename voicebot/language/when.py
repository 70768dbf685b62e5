"""When: date, time and range together, as people name a wish ("во вторник или в среду утром, только не рано")."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import cast

from voicebot.language import dates, offsets, times, tokens
from voicebot.language.calendar_words import Meaning
from voicebot.language.reading import Context, Grain, Reading, Value
from voicebot.language.spans import Clock, Days, Hours, Placed, Span, preferred_first

Day = Meaning
Moment = times.Meaning


@dataclass(frozen=True, slots=True)
class _Wish:
    """One wish: a day, a time or both; or a distance from now."""

    start: int
    end: int
    day: Span[Day] | None = None
    time: Span[Moment] | None = None
    distance: offsets.Offset | None = None

    @property
    def named(self) -> Placed:
        """Where it differs from its neighbours: the hour of "во вторник или в среду утром" is said once."""
        return self.day or self.time or self

    @property
    def excluded(self) -> bool:
        return any(span.excluded for span in (self.day, self.time) if span)


def parse(text: str, context: Context) -> Reading:
    """Wishes in the order in which they were named, those ruled out last."""
    utterance = tokens.read(text)
    wishes = preferred_first(utterance.words, _wishes(utterance.words, context), lambda wish: wish.named)
    values: list[Value] = []
    ambiguous = False
    for wish in sorted(wishes, key=lambda wish: wish.excluded):
        readings = _readings(wish, context)
        ambiguous |= len(readings) > 1
        values += [
            Value(
                value=value,
                words=utterance.said(wish.start, wish.end),
                confidence=times.confidence(place, len(readings)),
                grain=grain,
                excluded=wish.excluded,
            )
            for place, (value, grain) in enumerate(readings)
        ]
    return Reading(text=text, values=tuple(values), ambiguous=ambiguous)


def _wishes(words: Sequence[str], context: Context) -> list[_Wish]:
    taken = [False] * len(words)
    distances = _distances(words, taken)
    day_spans = dates.find(words, context.now.date(), taken)
    for span in day_spans:
        taken[span.start : span.end] = [True] * (span.end - span.start)
    time_spans = times.find(words, context, taken)
    if not distances and not day_spans and not time_spans:
        time_spans = times.find(words, context, bare=True)
    if day_spans:
        time_spans = [span for span in time_spans if not times.is_any_time(span)]
    combined = _combine(words, sorted([*day_spans, *time_spans], key=lambda span: span.start))
    return sorted([*distances, *combined], key=lambda wish: wish.start)


def _distances(words: Sequence[str], taken: list[bool]) -> list[_Wish]:
    """Distances in minutes and hours; longer ones are dates."""
    found = []
    for position in range(len(words)):
        offset = None if taken[position] else offsets.at(words, position)
        if offset and offset.is_short:
            taken[offset.start : offset.end] = [True] * (offset.end - offset.start)
            found.append(_Wish(offset.start, offset.end, distance=offset))
    return found


def _is_day(span: Span[Day] | Span[Moment]) -> bool:
    return isinstance(span.readings[0], date | Days)


def _combine(words: Sequence[str], spans: Sequence[Span[Day] | Span[Moment]]) -> list[_Wish]:
    """Each time goes with the days before it that have none yet ("во вторник или в среду утром" is both mornings),
    else with the day right after it ("в пять завтра"), else with the day of the time before it."""
    wishes: list[_Wish] = []
    waiting: list[Span[Day]] = []  # days that have no time yet
    current: list[Span[Day]] = []  # days of the last time
    loose: Span[Moment] | None = None  # a time that was said before its day
    for span in spans:
        if _is_day(span):
            day = cast(Span[Day], span)
            if loose and not day.excluded and (not current or _is_alternative(words, current[-1], day)):
                if not current:
                    wishes.pop()
                wishes.append(_join(day, loose))
                current = [day]
            else:
                waiting, loose = [*waiting, day], None
            continue
        at = cast(Span[Moment], span)
        if at.excluded:
            wishes.append(_Wish(at.start, at.end, time=at))
            continue
        wishes += [_only(day) for day in waiting if day.excluded]
        current = [day for day in waiting if not day.excluded] or current
        wishes += [_join(day, at) for day in current] or [_Wish(at.start, at.end, time=at)]
        waiting, loose = [], None if current else at
    return wishes + [_only(day) for day in waiting]


def _is_alternative(words: Sequence[str], last: Span[Day], day: Span[Day]) -> bool:
    """Whether "или" joins two days."""
    return any(word in ("или", "либо") for word in words[last.end : day.start])


def _only(day: Span[Day]) -> _Wish:
    return _Wish(day.start, day.end, day=day)


def _join(day: Span[Day], at: Span[Moment]) -> _Wish:
    return _Wish(min(day.start, at.start), max(day.end, at.end), day=day, time=at)


def _readings(wish: _Wish, context: Context) -> list[tuple[object, Grain]]:
    if wish.distance:
        both = (wish.distance, wish.distance.other)
        return [(_later(context.now, each), _grain(each)) for each in both if each]
    if wish.day is None:
        return [(times.jsonable(moment), moment.grain) for moment in wish.time.readings] if wish.time else []
    if wish.time is None:
        return [(dates.jsonable(day), day.grain if isinstance(day, Days) else Grain.DAY) for day in wish.day.readings]
    today = context.now.date()
    made = [_instant(day, moment, today) for day in wish.day.readings for moment in wish.time.readings]
    now = context.now.replace(tzinfo=None).isoformat(timespec="minutes")
    ahead = [each for each in made if not (isinstance(each[0], str) and each[0] < now)]
    return ahead or made


def _later(now: datetime, offset: offsets.Offset) -> str:
    return (now + timedelta(minutes=offset.minutes)).replace(tzinfo=None).isoformat(timespec="minutes")


def _grain(offset: offsets.Offset) -> Grain:
    return Grain.MINUTE if offset.minutes % 60 else Grain.HOUR


def _instant(day: Day, moment: Moment, today: date) -> tuple[object, Grain]:
    if isinstance(day, Days) and day.end is None:
        return _from(day.start, moment, today)
    if isinstance(day, Days):  # "на следующей неделе утром": the days, with the hours beside them
        value: dict[str, object] = {**_as_mapping(dates.jsonable(day)), "time": times.jsonable(moment)}
        return value, day.grain
    if isinstance(moment, Clock):
        return _at(day, moment.at), moment.grain
    end = moment.end
    last = day + timedelta(days=1) if moment.start and end and end <= moment.start else day
    return {
        "from": _at(day, moment.start) if moment.start else None,
        "to": _at(last, end) if end else None,
    }, moment.grain


def _from(day: date | None, moment: Moment, today: date) -> tuple[object, Grain]:
    """`с понедельника после обеда`; in "в любой день после шести" the day says nothing."""
    if day is None or day <= today or not isinstance(moment, Hours) or not moment.start:
        return times.jsonable(moment), moment.grain
    return {"from": _at(day, moment.start), "to": None}, moment.grain


def _as_mapping(value: str | dict[str, str | None]) -> dict[str, str | None]:
    return value if isinstance(value, dict) else {"from": value, "to": None}


def _at(day: date, at: time) -> str:
    return datetime.combine(day, at).isoformat(timespec="minutes")
