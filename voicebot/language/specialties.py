"""Specialists by what people call them."""

from functools import cache

from voicebot.language import lexicon, tokens
from voicebot.language.patterns import Finder
from voicebot.language.reading import Context, Reading, Value

_SURE = 0.95


def parse(text: str, context: Context) -> Reading:
    """Keys of specialists in the order in which they were named; ambiguous when several were."""
    utterance = tokens.read(text)
    values = tuple(
        Value(value=hit.name, words=utterance.said(hit.start, hit.end), confidence=_SURE)
        for hit in _finder().find(utterance.words)
    )
    unique = tuple({value.value: value for value in reversed(values)}.values())[::-1]
    return Reading(text=text, values=unique, ambiguous=len(unique) > 1)


def title(key: str) -> str:
    """The Russian title of a specialist's key; anything else is taken for a title already."""
    entry = lexicon.load("specialties").get(key)
    return str(entry["title"]) if entry else key


@cache
def _finder() -> Finder:
    return Finder({key: entry["aliases"] for key, entry in lexicon.load("specialties").items()})
