"""Rhetoric: a denial that is only asked about, where the opposite is said too: "пойдёт, чего ж не пойдёт"."""

import itertools
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from voicebot.language import cues, lexicon
from voicebot.language.cues import NEGATIONS, Said
from voicebot.language.inflection import parses
from voicebot.language.patterns import Finder
from voicebot.language.tokens import Utterance


class _Denial(NamedTuple):
    """A denial like "чего ж не пойдет": the places of the whole, and what is denied as it would be said without."""

    start: int
    end: int
    word: str


def settled(utterance: Utterance, found: Sequence[Said]) -> list[Said]:
    """The cues; those inside a rhetorical denial of something that is said beside it, say nothing.

    What is said beside it then decides: "почему неудобно, удобно", "как не прийти, приду". Not "почему не приду? потому
    что болею", where nobody says that he comes.
    """
    vain = [each for each in _denials(utterance.words) if _is_said_too(utterance.words, each)]
    for denial in vain:
        inside = [each for each in found if each.start < denial.end and each.end > denial.start]
        known = any(each.start <= denial.start and each.end >= denial.end for each in inside)
        if not known and all(each.start >= denial.start and each.end <= denial.end for each in inside):
            kept = (each for each in found if each not in inside)
            silent = cues.silent(utterance, denial.start, denial.end)
            found = sorted((*kept, silent), key=lambda each: each.start)
    return list(found)


def _denials(words: Sequence[str]) -> Iterator[_Denial]:
    """What "почему", "как", "чего ж" denies: in two words or in one that begins with "не"."""
    for hit in _finder().find(words):
        if hit.end < len(words) and words[hit.end] in NEGATIONS:
            if hit.end + 1 < len(words):
                yield _Denial(hit.start, hit.end + 2, words[hit.end + 1])
        elif hit.end < len(words) and words[hit.end].startswith("не"):
            yield _Denial(hit.start, hit.end + 1, words[hit.end].removeprefix("не"))


def _is_said_too(words: Sequence[str], denial: _Denial) -> bool:
    """Whether what is denied stands elsewhere without "не", both of the past or neither."""
    before = itertools.pairwise(("", *words))
    elsewhere = (
        word
        for place, (left, word) in enumerate(before)
        if not denial.start <= place < denial.end and left not in NEGATIONS
    )
    return any(_is_same(word, denial.word) for word in elsewhere)


def _is_same(word: str, denied: str) -> bool:
    said, other = parses(word)[0], parses(denied)[0]
    return said.normal_form == other.normal_form and ("past" in said.tag) is ("past" in other.tag)


@cache
def _finder() -> Finder:
    table = lexicon.load("answers")
    return Finder({name: table[name] for name in ("rhetoric", "disbelief")})
