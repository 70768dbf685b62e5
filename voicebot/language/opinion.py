"""A second opinion on answers: what the sentences of the tables, weighed word by word, would say to the question.

A linear model over words, their dictionary forms, pairs and triples, learnt from the tables by `tools/opinion.py`. It
knows nothing of negation or clauses, so it errs elsewhere than the cues do: where it flatly denies their verdict, that
is asked again; where they heard nothing, it may offer a guess. It never makes anything sure.
"""

import itertools
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

import numpy as np
import numpy.typing as npt

from voicebot.language.inflection import parses
from voicebot.language.reading import Polarity, Question
from voicebot.language.verdicts import Verdict

ANSWERS: tuple[Polarity | None, ...] = (Polarity.YES, Polarity.NO, None)  #: what a sentence may say, as columns
PLACES = 1 << 17  #: of the table of weights

_DENIES = 0.1  #: below that for a verdict: what it costs and catches at first sight is told in docs/language.md
_OFFERS = 0.9  #: more than this for a yes or a no where no cue tells


@dataclass(frozen=True, slots=True)
class Opinion:
    """How likely an utterance is a yes, a no, neither; together 1."""

    yes: float
    no: float

    def of(self, polarity: Polarity) -> float:
        return self.yes if polarity is Polarity.YES else self.no

    @property
    def likelier(self) -> Polarity:
        return Polarity.YES if self.yes >= self.no else Polarity.NO


def advised(verdict: Verdict, words: Sequence[str], question: Question) -> Verdict:
    """The verdict of the cues; a guess where the second opinion denies it, or where there is no other."""
    if not words:
        return verdict
    heard = opinion(words, question)
    if verdict.polarity:
        return verdict.doubted() if heard.of(verdict.polarity) < _DENIES else verdict
    sure = heard.of(heard.likelier)
    return Verdict(polarity=heard.likelier, confidence=sure).doubted() if sure > _OFFERS else verdict


def opinion(words: Sequence[str], question: Question) -> Opinion:
    """What the tables would say to these words after this question."""
    weights, scale = _weights()
    chances = shares(weights[marks(words, question)].sum(axis=0, dtype=np.float32) * scale)
    return Opinion(yes=float(chances[0]), no=float(chances[1]))


def shares(sums: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Sums of weights as likelihoods (softmax)."""
    grown = np.exp(sums - sums.max())
    shared: npt.NDArray[np.float32] = grown / grown.sum()
    return shared


def marks(words: Sequence[str], question: Question) -> list[int]:
    """The places in the table of weights that an utterance touches: by itself, and as an answer to the question."""
    asked = f"{question}|"
    seen = set(_marks(words))
    both = itertools.chain(seen, (asked + mark for mark in seen), (asked,))
    return sorted({zlib.crc32(mark.encode()) % PLACES for mark in both})


def _marks(words: Sequence[str]) -> Iterator[str]:
    whole, plain = ("<", *words, ">"), ("<", *map(_plain, words), ">")
    yield from (f"w {word}" for word in words)
    yield from (f"l {word}" for word in plain)
    yield from (f"b {a} {b}" for a, b in itertools.pairwise(whole))
    yield from (f"p {a} {b}" for a, b in itertools.pairwise(plain))
    for a, b, c in zip(whole, whole[1:], whole[2:], strict=False):
        yield f"t {a} {b} {c}"
        yield f"s {a} {c}"


@lru_cache(maxsize=16384)
def _plain(word: str) -> str:
    return str(parses(word)[0].normal_form)


@cache
def _weights() -> tuple[npt.NDArray[np.int8], float]:
    """Weights in steps of `scale`, a column an answer."""
    with resources.files("voicebot.language").joinpath("data", "opinion.npz").open("rb") as file, np.load(file) as held:
        return held["weights"], float(held["scale"])
