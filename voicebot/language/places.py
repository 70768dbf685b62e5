"""Countries, cities and resorts in their cases ("в Анталье", "из Египта")."""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from voicebot.language import lexicon, tokens
from voicebot.language.inflection import parses
from voicebot.language.reading import Context, Reading, Value
from voicebot.language.spans import is_taken_back, past_prepositions

_SURE = 0.95
_SHORTEST_STEM = 4
_ENDINGS = ("ами", "ями", "ах", "ях", "ам", "ям", "ом", "ем", "ов", "ев", "ой", "ей", "ого", "ому", "ых", "ым")
_VOWELS = "аеиоуыэюяйь"
_DECLENSIONS = {
    "ия": ("ии", "ию", "ией"),
    "а": ("ы", "и", "е", "у", "ой"),
    "я": ("и", "е", "ю", "ей"),
    "ы": ("", "ов", "ам", "ах", "ами"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """A country, or a city in one."""

    country: str
    city: str | None


def parse(text: str, context: Context) -> Reading:
    """Places in the order in which they were named; a city beside its country is one place."""
    utterance = tokens.read(text)
    found = _joined(_standing(utterance.words, _find(utterance.words)))
    values = tuple(
        Value(value={"country": place.country, "city": place.city}, words=utterance.said(start, end), confidence=_SURE)
        for place, start, end in found
    )
    return Reading(text=text, values=values, ambiguous=len({place for place, _, _ in found}) > 1)


Found = tuple[Place, int, int]


def _find(words: Sequence[str]) -> list[Found]:
    exact, stems = _index()
    found: list[Found] = []
    position = 0
    while position < len(words):
        length, place = next(
            (
                (length, place)
                for length in (3, 2, 1)
                if (window := tuple(words[position : position + length]))
                and len(window) == length
                and (place := exact.get(window) or stems.get(tuple(map(_stem, window))))
            ),
            (1, None),
        )
        if place:
            found.append((place, position, position + length))
        position += length
    return found


def _standing(words: Sequence[str], found: Sequence[Found]) -> Iterator[Found]:
    """Those that were not taken back: of "не в турции, а в греции" the second."""
    for (place, start, end), following in itertools.zip_longest(found, found[1:]):
        if not following or not is_taken_back(words, past_prepositions(words, start), end, following[1]):
            yield place, start, end


def _joined(found: Iterable[Found]) -> list[Found]:
    joined: list[Found] = []
    for place, start, end in found:
        last = joined[-1][0] if joined else None
        if last and last.country == place.country and (last.city is None or place.city is None):
            both = Place(place.country, last.city or place.city)
            joined[-1] = (both, joined[-1][1], end)
        else:
            joined.append((place, start, end))
    return joined


@cache
def _index() -> tuple[Mapping[tuple[str, ...], Place], Mapping[tuple[str, ...], Place]]:
    """Places by exact words and, for names that the dictionary does not inflect, by stems."""
    exact: dict[tuple[str, ...], Place] = {}
    stems: dict[tuple[str, ...], Place] = {}
    for country, entry in lexicon.load("places").items():
        for name in entry["names"]:
            _add(name, Place(country, None), exact, stems)
        for city, aliases in entry["cities"].items():
            for name in (city, *aliases):
                _add(name, Place(country, city), exact, stems)
    return exact, stems


def _add(name: str, place: Place, exact: dict[tuple[str, ...], Place], stems: dict[tuple[str, ...], Place]) -> None:
    words = tokens.read(name).words
    exact.setdefault(words, place)
    if len(words) == 1 and (forms := _forms(words[0])):
        for form in forms:
            exact.setdefault((form,), place)
    elif all(len(_stem(word)) >= _SHORTEST_STEM for word in words) or len(words) > 1:
        stems.setdefault(tuple(map(_stem, words)), place)


def _forms(word: str) -> set[str]:
    """All cases of a place name that the dictionary knows; empty where it does not."""
    known = {
        form.word.replace("ё", "е")
        for parse in parses(word)
        if "Geox" in parse.tag and parse.is_known
        for form in parse.lexeme
    }
    return known or _regular(word)


def _regular(word: str) -> set[str]:
    """The cases that a name has by its ending: `патайя` → `патайе`; empty where it has none."""
    for ending, cases in _DECLENSIONS.items():
        if word.endswith(ending) and len(word) > len(ending) + 2:
            return {word, *(word[: -len(ending)] + case for case in cases)}
    return {word, *(word + case for case in ("а", "у", "ом", "е"))} if word[-1] not in _VOWELS else set()


def _stem(word: str) -> str:
    """A name without its ending: the same for all cases, so that `хургаде` finds `Хургада`."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word[: -len(ending)].rstrip(_VOWELS)
    return word.rstrip(_VOWELS) or word
