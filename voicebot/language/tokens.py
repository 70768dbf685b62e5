"""Words of an utterance: lower case, ё as е, without punctuation, common spoken forms spelled in full."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from voicebot.language import lexicon

MAX_CHARACTERS = 2_000  #: longer texts are cut: nobody says so much in one turn, and no input may cost unbounded time

_WORD = re.compile(r"\d+(?:[.,:/]\d+)*|[а-яёА-ЯЁa-zA-Z]+")


@dataclass(frozen=True, slots=True)
class Token:
    """One word: as the parsers compare it, and where it stands in the text."""

    word: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Utterance:
    """A text and its words."""

    text: str
    tokens: tuple[Token, ...]
    words: tuple[str, ...]

    def said(self, start: int, end: int) -> str:
        """The words from token `start` to token `end` (exclusive) as they stand in the text."""
        return self.text[self.tokens[start].start : self.tokens[end - 1].end] if start < end else ""


@cache
def _variants() -> dict[str, str]:
    table: dict[str, Sequence[str]] = lexicon.load("variants")
    return {variant: word for word, variants in table.items() for variant in variants}


def normal(word: str) -> str:
    """A word as the parsers compare it: `ЩАС` → `сейчас`."""
    plain = word.lower().replace("ё", "е")
    return _variants().get(plain, plain)


def read(text: str) -> Utterance:
    """Split a text into words; anything but Russian and Latin letters and digits only separates."""
    text = text[:MAX_CHARACTERS]
    tokens = tuple(Token(normal(match.group()), match.start(), match.end()) for match in _WORD.finditer(text))
    return Utterance(text, tokens, tuple(token.word for token in tokens))
