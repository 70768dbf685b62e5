"""Why somebody cancels or moves a visit, by key."""

from functools import cache

from voicebot.language import lexicon, tokens
from voicebot.language.patterns import Finder
from voicebot.language.reading import Context, Reading, Value

_SURE = 0.85


def parse(text: str, context: Context) -> Reading:
    """Keys of the reasons that were given, in the order in which they were."""
    utterance = tokens.read(text)
    found: dict[str, Value] = {}
    for hit in _finder().find(utterance.words):
        said = utterance.said(hit.start, hit.end)
        found.setdefault(hit.name, Value(value=hit.name, words=said, confidence=_SURE))
    return Reading(text=text, values=tuple(found.values()))


def title(key: str) -> str:
    """The reason as it stands in reports."""
    return str(lexicon.load("reasons")[key]["title"])


@cache
def _finder() -> Finder:
    return Finder({key: entry["phrases"] for key, entry in lexicon.load("reasons").items()})
