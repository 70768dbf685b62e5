"""Pieces of an utterance that name a time: what they may mean, before date and time are put together."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from functools import cache
from typing import Generic, Protocol, TypeVar

from voicebot.language import lexicon
from voicebot.language.reading import Grain


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day."""

    at: time
    grain: Grain = Grain.MINUTE


@dataclass(frozen=True, slots=True)
class Hours:
    """A range of the day, half-open; either end may be open."""

    start: time | None
    end: time | None
    grain: Grain = Grain.HOUR


@dataclass(frozen=True, slots=True)
class Days:
    """A range of days, half-open; either end may be open."""

    start: date | None
    end: date | None
    grain: Grain = Grain.DAY


Meaning = TypeVar("Meaning")

_LISTED = ({"и"}, {"ни"}, {"да"}, {"и", "в"}, {"и", "во"})  # words between the members of a list


_ELSE = {("нет", "то"), ("нет", "так")}  # "завтра, а нет, так послезавтра"
_LIMITS = (("до",), ("с",), ("после",))


@dataclass(frozen=True, slots=True)
class Span(Generic[Meaning]):
    """Tokens `start` to `end` (exclusive) and what they mean, likelier first."""

    start: int
    end: int
    readings: tuple[Meaning, ...]
    excluded: bool = False


def corrected(words: Sequence[str], spans: Sequence[Span[Meaning]]) -> list[Span[Meaning]]:
    """Without what the speaker took back: of "в пять, ой нет, в шесть" only the second."""
    kept: list[Span[Meaning]] = []
    for span in spans:
        if kept and not span.excluded and is_correction(words[kept[-1].end : span.start]):
            kept.pop()
        kept.append(span)
    return kept


def without_refused(spans: Sequence[Span[Meaning]]) -> list[Span[Meaning]]:
    """Without what is ruled out later on ("сегодня нет сегодня никак, завтра") or has been said already."""
    return [
        span
        for place, span in enumerate(spans)
        if not any(each.readings == span.readings and each.excluded >= span.excluded for each in spans[place + 1 :])
    ]


class Placed(Protocol):
    """Anything said in tokens `start` to `end` (exclusive)."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


Item = TypeVar("Item")


def preferred_first(words: Sequence[str], items: Sequence[Item], place: Callable[[Item], Placed]) -> list[Item]:
    """What is called better goes before what it is better than: "в пять, а лучше в шесть"."""
    ordered: list[Item] = []
    for item, last in zip(items, (None, *items), strict=False):
        better = last is not None and {"а", "лучше"} <= set(words[place(last).end : place(item).start])
        ordered.insert(len(ordered) - better, item)
    return ordered


def ruled_out_together(words: Sequence[str], spans: Sequence[Span[Meaning]]) -> list[Span[Meaning]]:
    """A refusal beside a list rules all of it out: "понедельник и вторник не подходят", "кроме вторника и четверга"."""
    kept: list[Span[Meaning]] = []
    for span in reversed(spans):
        following = kept[-1] if kept else None
        linked = following and following.excluded and set(words[span.end : following.start]) in _LISTED
        kept.append(replace(span, excluded=True) if linked else span)
    forward: list[Span[Meaning]] = []
    for span in reversed(kept):
        last = forward[-1] if forward else None
        linked = last and set(words[last.end : span.start]) in _LISTED and _is_ruled_out_before(words, last.start)
        forward.append(replace(span, excluded=True) if linked and last and last.excluded else span)
    return forward


def _is_ruled_out_before(words: Sequence[str], start: int) -> bool:
    before = past_prepositions(words, start) - 1
    return before >= 0 and words[before] in words_of("exclusions")


def past_prepositions(words: Sequence[str], start: int) -> int:
    """Where what begins at `start` begins with its prepositions."""
    while start > 0 and words[start - 1] in words_of("prepositions"):
        start -= 1
    return start


def _busy(after: Sequence[str]) -> bool:
    """`я на работе`, `у меня смена` behind a time: it is taken."""
    place = 0
    while place < len(after) and after[place] in words_of("before_busy"):
        place += 1
    if place == len(after) or after[place] not in words_of("busy") | words_of("occupied"):
        return False
    return after[place + 1 : place + 2] not in _LIMITS  # "после пяти я работаю до пяти"


def is_correction(between: Sequence[str]) -> bool:
    """Whether the words between two values take the first back; "а если нет" only names what else would do."""
    if any(word in ("или", "либо", "если") for word in between) or set(itertools.pairwise(between)) & _ELSE:
        return False
    return any(word in words_of("corrections") for word in between) or tuple(between[:2]) == ("то", "есть")


def is_taken_back(words: Sequence[str], start: int, end: int, following: int) -> bool:
    """Whether what stands in tokens `start` to `end` is replaced by what begins at `following`: "не пять а шесть"."""
    between = words[end:following]
    return is_correction(between) or ("а" in between and words[max(start - 1, 0) : start] == ("не",))


@cache
def words_of(*path: str) -> frozenset[str]:
    """A word list of `data/temporal.yaml`."""
    table = lexicon.load("temporal")
    for key in path:
        table = table[key]
    return frozenset(word.replace("ё", "е") for word in table)


def excluded(words: Sequence[str], start: int, end: int) -> bool:
    """Whether a span is named only to be ruled out: "только не утром", "кроме среды", "утром не смогу"."""
    if _is_ruled_out_before(words, start):
        return True
    before = past_prepositions(words, start) - 1
    if before >= 0 and words[before] in words_of("busy") and (before == 0 or words[before - 1] in ("я", "мы", "что")):
        return True
    after = words[end : end + 3]
    for place, word in enumerate(after[:2]):  # "неудобно", "мне неудобно"; but not "я работаю до пяти"
        softened = place == 0 or after[0] in words_of("between_refusal")
        if softened and word in words_of("impossible"):
            return place == 0 or after[place + 1 : place + 2] not in _LIMITS
    if _busy(words[end : end + 5]):
        return True
    return any(
        after[place] == "не" and place + 1 < len(after) and after[place + 1].startswith(tuple(words_of("refusals")))
        for place in (0, 1)
        if place < len(after) and (place == 0 or after[0] in words_of("between_refusal"))
    )
