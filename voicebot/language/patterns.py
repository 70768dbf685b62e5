"""Phrases as patterns over words, and finding them in an utterance.

A phrase is words divided by spaces. `стем*` is any word that begins so, `#VERB,1per` one with these grammemes of
pymorphy3, `(а|б в|<name>)` one of several, `<name>` one word of a class; a `?` makes any of these optional, `..`
stands for up to three words of any kind, `$` for the end.
"""

import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from voicebot.language.inflection import parses
from voicebot.language.tokens import normal

END = "$"  #: stands behind the last word
OPENERS = frozenset({"ну", "так"})  #: begin a phrase only where none that is longer begins behind: "ну давайте в среду"

_GAP = 3
_CLASS = re.compile(r"<(\w+)>")
_ELEMENT = re.compile(r"(?:\(([^)]*)\)|<(\w+)>|([^\s()<>?]+))(\?)?")


@dataclass(frozen=True, slots=True)
class Element:
    """One place of a phrase; no words and no stems mean a gap."""

    words: frozenset[str]
    stems: tuple[str, ...]
    grammemes: tuple[frozenset[str], ...] = ()

    def fits(self, word: str) -> bool:
        if word in self.words or (self.stems and word.startswith(self.stems)):
            return True
        for each in self.grammemes:  # noqa: SIM110, a generator for each of a million questions took a tenth of the time
            if _is(word, each):
                return True
        return False

    @property
    def is_gap(self) -> bool:
        return not (self.words or self.stems or self.grammemes)


@lru_cache(maxsize=16384)
def _is(word: str, grammemes: frozenset[str]) -> bool:
    """Whether a known word has the grammemes, in its likeliest reading."""
    likeliest = parses(word)[0] if word != END else None
    return bool(likeliest and likeliest.is_known and all(each in likeliest.tag for each in grammemes))


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase of the group `name` found in tokens `start` to `end` (exclusive)."""

    name: str
    start: int
    end: int


Phrase = tuple[Element, ...]
#: Its rank (exact first words before stems, then as listed; smaller is better), group and phrase.
_Ranked = tuple[tuple[int, int], str, Phrase]
_LAST = (3, 0)  # worse than any rank


def compile_phrase(source: str, classes: Mapping[str, Sequence[str]] | None = None) -> list[Phrase]:
    """All variants of a phrase, optional places in and out.

    Raises:
        ValueError: an unknown class.
    """
    places: list[list[Phrase]] = []
    for alternatives, class_name, word, optional in _ELEMENT.findall(source):
        told = alternatives.split("|") if alternatives else [f"<{class_name}>" if class_name else word]
        members = [member for each in told for member in _members(each, classes or {}, source)]
        place = _place(members)
        places.append([*place, ()] if optional else place)
    variants = (_trim(tuple(itertools.chain.from_iterable(variant))) for variant in itertools.product(*places))
    return [variant for variant in dict.fromkeys(variants) if variant]


def _members(alternative: str, classes: Mapping[str, Sequence[str]], source: str) -> Sequence[str]:
    """The words of `<name>`, or the alternative itself."""
    named = _CLASS.fullmatch(alternative)
    if not named and "<" not in alternative:
        return [alternative]
    if not named or named[1] not in classes:
        raise ValueError(f"unknown class {alternative} in {source!r}")
    return classes[named[1]]


def _trim(phrase: Phrase) -> Phrase:
    """Without gaps at the end, which stay there when an optional last place is left out."""
    while phrase and phrase[-1].is_gap:
        phrase = phrase[:-1]
    return phrase


def _place(members: Iterable[str]) -> list[Phrase]:
    """The alternatives of one place: the single words together, each longer one by itself."""
    split = [member.split() for member in members]
    single = [words[0] for words in split if len(words) == 1]
    longer = [tuple(_element([word]) for word in words) for words in split if len(words) > 1]
    return ([(_element(single),)] if single else []) + longer


def _element(members: Iterable[str]) -> Element:
    plain = [member for member in members if member != ".."]
    return Element(
        words=frozenset(normal(member) for member in plain if not member.endswith("*") and not member.startswith("#")),
        stems=tuple(member[:-1].replace("ё", "е") for member in plain if member.endswith("*")),
        grammemes=tuple(frozenset(member[1:].split(",")) for member in plain if member.startswith("#")),
    )


class _Beginning:
    """Phrases that begin with the same word; those whose second word is known too are found by it."""

    def __init__(self) -> None:
        self._by_second: dict[str, list[_Ranked]] = defaultdict(list)
        self._others: list[_Ranked] = []

    def add(self, ranked: _Ranked) -> None:
        phrase = ranked[2]
        if len(phrase) == 1 or phrase[1].is_gap or phrase[1].stems or phrase[1].grammemes:
            self._others.append(ranked)
            return
        for word in phrase[1].words:
            self._by_second[word].append(ranked)

    def before(self, second: str | None) -> Iterable[_Ranked]:
        """Those that may go on with this word."""
        return itertools.chain(self._others, self._by_second.get(second or "", ()))


class Finder:
    """Finds phrases of named groups; where several fit, the longest wins, then the one listed first."""

    def __init__(self, groups: Mapping[str, Iterable[str]], classes: Mapping[str, Sequence[str]] | None = None) -> None:
        self._by_word: dict[str, _Beginning] = defaultdict(_Beginning)
        self._by_stem: dict[str, list[tuple[str, _Ranked]]] = defaultdict(list)
        self._by_grammemes: dict[Element, list[_Ranked]] = defaultdict(list)
        listed = ((name, source) for name, phrases in groups.items() for source in phrases)
        for rank, (name, phrase) in enumerate((n, p) for n, source in listed for p in compile_phrase(source, classes)):
            self._index(rank, name, phrase)

    def _index(self, rank: int, name: str, phrase: Phrase) -> None:
        first = phrase[0]
        for word in first.words:
            self._by_word[word].add(((0, rank), name, phrase))
        for stem in first.stems:
            self._by_stem[stem[:2]].append((stem, ((1, rank), name, phrase)))
        if first.grammemes:
            self._by_grammemes[first].append(((2, rank), name, phrase))

    def at(self, words: Sequence[str], start: int) -> Hit | None:
        """The longest phrase that begins at token `start`."""
        best: Hit | None = None
        best_rank = _LAST
        for rank, name, phrase in self._candidates(words, start):
            end = _match(phrase, 1, words, start + 1)
            if end is not None and (best is None or end > best.end or (end == best.end and rank < best_rank)):
                best, best_rank = Hit(name, start, end), rank
        return best

    def _candidates(self, words: Sequence[str], start: int) -> Iterator[_Ranked]:
        first = words[start]
        if first in self._by_word:
            yield from self._by_word[first].before(words[start + 1] if start + 1 < len(words) else None)
        for stem, ranked in self._by_stem.get(first[:2], ()):
            if first.startswith(stem):
                yield ranked
        for element, several in self._by_grammemes.items():
            if element.fits(first):
                yield from several

    def find(self, words: Sequence[str], tail: int = 0) -> list[Hit]:
        """All phrases from left to right; they do not overlap. The last `tail` words may be ignored by `$`."""
        hits: list[Hit] = []
        position = 0
        closed = (*words, END)
        early = (*words[: len(words) - tail], END) if tail else ()
        while position < len(words):
            hit = self._longest(closed, early, position)
            if hit and words[position] in OPENERS and position + 1 < len(words):
                behind = self._longest(closed, early, position + 1)
                hit = None if behind and behind.end > hit.end else hit
            if hit:
                hits.append(Hit(hit.name, hit.start, min(hit.end, len(words))))
            position = hit.end if hit else position + 1
        return hits

    def _longest(self, words: Sequence[str], early: Sequence[str], position: int) -> Hit | None:
        """The longest phrase at `position`, where the utterance may also end as `early` does."""
        hit = self.at(words, position)
        if position >= len(early) - 1:
            return hit
        closed = self.at(early, position)
        if closed is None or (hit and hit.end >= closed.end):
            return hit
        return Hit(closed.name, closed.start, min(closed.end, len(early) - 1))


def _match(phrase: Phrase, place: int, words: Sequence[str], position: int) -> int | None:
    """Where the rest of the phrase ends, or None."""
    while place < len(phrase):
        element = phrase[place]
        if element.is_gap:
            reach = range(position, min(position + _GAP, len(words)) + 1)
            return next((end for skip in reach if (end := _match(phrase, place + 1, words, skip)) is not None), None)
        if position >= len(words) or not element.fits(words[position]):
            return None
        place, position = place + 1, position + 1
    return position
