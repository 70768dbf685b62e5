"""Words with their pronunciations, as in a file of lines `word sound sound …`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from voicebot.errors import SpeechError
from voicebot.speech.graph.phones import PHONES

FILE = Path("graph/lexicon.txt")  #: in a model's folder; only a model that has it can be taught words
Pronunciation = tuple[str, ...]  #: of `phones.PHONES`

_KNOWN = frozenset(PHONES)


@dataclass(frozen=True)
class Lexicon:
    """Word → its pronunciations."""

    words: Mapping[str, tuple[Pronunciation, ...]] = field(default_factory=dict)

    @classmethod
    def read(cls, file: Path) -> Self:
        """A lexicon's file; a model's one is `FILE` in its folder.

        Raises:
            SpeechError: there is none, or it is damaged.
        """
        try:
            lines = file.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            mend = "Use tiny-ru, or ask its publisher for a model with these words."
            raise SpeechError("this model's words are fixed: it has no lexicon", place=str(file), mend=mend) from None
        words: dict[str, tuple[Pronunciation, ...]] = {}
        for number, line in enumerate(lines, 1):
            word, *sounds = line.split()
            if not sounds or not _KNOWN.issuperset(sounds):
                raise SpeechError("not a word and its sounds", place=f"{file}:{number}", mend="Restore this file.")
            words[word] = (*words.get(word, ()), tuple(sounds))
        return cls(words)

    def with_words(self, more: Mapping[str, Iterable[Pronunciation]]) -> Self:
        """This one and further words, or further pronunciations of known words."""
        words = dict(self.words)
        for word, pronunciations in more.items():
            words[word] = tuple(dict.fromkeys((*words.get(word, ()), *pronunciations)))
        return type(self)(words)

    def text(self) -> str:
        """What `read` reads, sorted."""
        lines = (f"{word} {' '.join(sounds)}\n" for word, every in sorted(self.words.items()) for sounds in every)
        return "".join(lines)
