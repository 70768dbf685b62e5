"""The graph of models/tiny-ru out of its words: `python tools/tiny_ru/graph.py`. Takes seconds, needs no other program.

`lexicon.txt` holds the words that the model was trained with, `words.txt` those that were added since. What the
product's grammars use and the model still lacks is printed at the end.
"""

import time
from collections.abc import Iterator
from pathlib import Path

from voicebot import resources
from voicebot.dialog import asked, catalog, hearing, machine
from voicebot.language.grammar import phrases
from voicebot.language.reading import Kind, Question
from voicebot.simulator.vocabulary import Vocabulary
from voicebot.speech import own_words
from voicebot.speech.graph.build import build
from voicebot.speech.graph.lexicon import Lexicon, Pronunciation
from voicebot.speech.recogniser import Model

HERE = Path(__file__).parent
MODEL = resources.models() / "tiny-ru"


def main() -> None:
    began = time.perf_counter()
    lexicon = words()
    build(MODEL, lexicon, MODEL / "graph")
    print(f"{len(lexicon.words)} words in {time.perf_counter() - began:.1f} s")
    if lacking := Model(MODEL).unknown_words(used()):
        print(f"still lacking: {' '.join(lacking)}")


def words() -> Lexicon:
    """All words of the shipped model."""
    more: dict[str, list[Pronunciation]] = {}
    for one in own_words.read(HERE / "words.txt"):
        more.setdefault(one.word, []).extend(one.pronunciations)
    return Lexicon.read(HERE / "lexicon.txt").with_words(more)


def used() -> Iterator[str]:
    """Every phrase of a grammar."""
    for kind in Kind:
        for question in Question:
            yield from phrases(kind, question)
    yield from machine.phrases()
    yield from Vocabulary.load().phrases
    for way in ("inbound", "outbound"):
        for file in sorted((resources.campaigns() / way).glob("*.yaml")):
            if not file.name.endswith(".talk.yaml"):
                for step in asked.every(catalog.load(file)):
                    yield from hearing.grammar(step)


if __name__ == "__main__":
    main()
