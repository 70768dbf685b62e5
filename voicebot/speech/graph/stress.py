"""Where a Russian word is stressed: by a list of known words, else by its ending, else every likely syllable."""

from collections.abc import Mapping
from functools import cache
from importlib import resources

import yaml

from voicebot.language import lexicon
from voicebot.speech.graph.letters import STRESS, VOWELS

_ANY = (2, 1, 3)  #: syllables from the end that are tried where the ending tells nothing


def marked(word: str) -> tuple[str, ...]:
    """The word with `+` before its stressed vowel; several forms where that is not known.

    Words with ё or with one vowel need no mark.
    """
    vowels = [place for place, letter in enumerate(word) if letter in VOWELS]
    if len(vowels) < 2:
        return (f"{word[: vowels[0]]}{STRESS}{word[vowels[0] :]}",) if vowels else (word,)
    if "ё" in word:
        return (word,)
    if word in _known():
        return (_known()[word],)
    places = [len(vowels) - syllable for syllable in _syllables(word) if syllable <= len(vowels)]
    return tuple(f"{word[: vowels[place]]}{STRESS}{word[vowels[place] :]}" for place in places)


def _syllables(word: str) -> tuple[int, ...]:
    """Likely ones, counted from the end, by the longest known ending."""
    for start in range(len(word)):
        if word[start:] in _endings():
            return _endings()[word[start:]]
    return _ANY


@cache
def _known() -> Mapping[str, str]:
    words: list[str] = lexicon.load("stress")["words"]
    return {word.replace(STRESS, ""): word for word in words}


@cache
def _endings() -> Mapping[str, tuple[int, ...]]:
    source = resources.files("voicebot.speech.graph").joinpath("endings.yaml").read_text(encoding="utf-8")
    table: dict[str, str] = yaml.safe_load(source)
    return {
        ending: tuple(map(int, syllables.split())) for syllables, endings in table.items() for ending in endings.split()
    }
