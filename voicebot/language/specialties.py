"""Specialists by what people call them."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from rapidfuzz import fuzz, process

from voicebot.language import lexicon, tokens
from voicebot.language.patterns import Finder, Hit
from voicebot.language.phonetics import sound
from voicebot.language.reading import Context, Reading, Value
from voicebot.language.spans import is_taken_back, past_prepositions

_SURE = 0.95
_SHORTEST = 6  #: letters: shorter words sound like too much
_ALIKE = 82.0  #: of 100


def parse(text: str, context: Context) -> Reading:
    """Keys of specialists in the order in which they were named; ambiguous when several were."""
    utterance = tokens.read(text)
    hits = _finder("aliases").find(utterance.words) or _finder("about").find(utterance.words)
    values = tuple(
        Value(value=hit.name, words=utterance.said(hit.start, hit.end), confidence=_SURE)
        for hit in _standing(utterance.words, hits)
    ) or tuple(_misheard(utterance))
    unique = tuple({value.value: value for value in reversed(values)}.values())[::-1]
    return Reading(text=text, values=unique, ambiguous=len(unique) > 1)


def _standing(words: Sequence[str], hits: Sequence[Hit]) -> list[Hit]:
    """Those that were not taken back: of "к терапевту нет лучше к хирургу", "не к терапевту к хирургу" the second."""
    kept: list[Hit] = []
    for hit in hits:
        last = kept[-1] if kept else None
        if last and (
            is_taken_back(words, past_prepositions(words, last.start), last.end, hit.start)
            or not {"лучше", "надо", "нужно"}.isdisjoint(words[last.end : hit.start])
            or tuple(words[last.end : last.end + 2]) == ("не", "хочу")
        ):
            kept.pop()
        kept.append(hit)
    return [hit for hit in kept if not _is_denied(words, hit)] or kept


def _is_denied(words: Sequence[str], hit: Hit) -> bool:
    start = past_prepositions(words, hit.start)
    return start > 0 and words[start - 1] == "не" and words[start] != "только"


def _misheard(utterance: tokens.Utterance) -> Iterator[Value]:
    """Titles that sound like a word of the utterance: `кордиологу`, `эндокринолугу`."""
    for place, word in enumerate(utterance.words):
        if len(word) < _SHORTEST:
            continue
        best = process.extractOne(sound(word), _sounds(), scorer=fuzz.ratio, score_cutoff=_ALIKE)
        if best:
            yield Value(value=best[2], words=utterance.said(place, place + 1), confidence=round(best[1] / 100 - 0.1, 2))


@cache
def _sounds() -> Mapping[str, str]:
    """Sounds of the titles by key."""
    return {key: sound(entry["title"]) for key, entry in lexicon.load("specialties").items()}


def title(key: str) -> str:
    """The Russian title of a specialist's key; anything else is taken for a title already."""
    entry = lexicon.load("specialties").get(key)
    return str(entry["title"]) if entry else key


@cache
def _finder(column: str) -> Finder:
    return Finder({key: entry.get(column, ()) for key, entry in lexicon.load("specialties").items()})
