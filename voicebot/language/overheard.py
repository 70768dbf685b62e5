"""Overheard: words to somebody else in the room, and announcements of the network; what is left is meant for us."""

from collections.abc import Sequence
from functools import cache

from voicebot.language import lexicon
from voicebot.language.cues import Said
from voicebot.language.inflection import parses
from voicebot.language.patterns import Finder
from voicebot.language.tokens import Utterance

_NETWORK, _AWAY = "network", "away"


def addressed(utterance: Utterance) -> Utterance:
    """The words that are meant for us.

    "нет, не трогай, это я ребёнку… да, приду" keeps "да, приду"; of "абонент временно недоступен" nothing is left.
    """
    hits = _finder().find(utterance.words)
    if any(hit.name == _NETWORK for hit in hits):
        return Utterance(utterance.text, (), ())
    start = max((hit.end for hit in hits if hit.name == _AWAY), default=0)
    return Utterance(utterance.text, utterance.tokens[start:], utterance.words[start:]) if start else utterance


def orders(words: Sequence[str], found: Sequence[Said]) -> list[int]:
    """The places of orders that no cue explains and no caller gives a clinic: "да сядь ты", "не лезь"."""
    covered = {place for each in found for place in range(each.start, each.end)}
    return [place for place, word in enumerate(words) if place not in covered and _is_order(word)]


def _is_order(word: str) -> bool:
    likely = parses(word)[:2]  # "нибудь" and "нашли" may be something else
    told = all({"impr", "sing"} in parse.tag for parse in likely)
    return told and likely[0].normal_form not in lexicon.load("overheard")["to_us"]


@cache
def _finder() -> Finder:
    table = lexicon.load("overheard")
    return Finder({name: table[name] for name in (_NETWORK, _AWAY, "ours")}, table["classes"])
