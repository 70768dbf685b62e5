"""Phrases as patterns over words, and the word tables written in them."""

from collections.abc import Iterator, Sequence

import pytest

from voicebot.language import lexicon, tokens
from voicebot.language.patterns import END, Finder, Hit, compile_phrase


def find(phrases: Sequence[str], text: str) -> list[Hit]:
    return Finder({"it": phrases}).find(tokens.read(text).words)


def test_an_optional_word_may_be_there_or_not() -> None:
    assert find(["не могу сейчас? говорить"], "не могу говорить")
    assert find(["не могу сейчас? говорить"], "не могу сейчас говорить")


def test_a_gap_spans_up_to_three_words() -> None:
    assert find(["хочу .. врача"], "хочу самого лучшего детского врача")
    assert not find(["хочу .. врача"], "хочу самого лучшего и умного детского врача")


def test_a_stem_stands_for_all_words_that_begin_so() -> None:
    assert find(["кардиолог*"], "к кардиологу")


def test_the_longest_phrase_wins() -> None:
    finder = Finder({"short": ["не могу"], "long": ["не могу говорить"]})
    assert [hit.name for hit in finder.find(("не", "могу", "говорить"))] == ["long"]


def test_a_phrase_may_be_bound_to_the_end() -> None:
    assert find(["не $"], "нет не")
    assert not find(["не $"], "не приду")


def test_a_class_may_be_one_of_several() -> None:
    finder = Finder({"it": ["(вам|<room>) говорю"]}, {"room": ["коту", "мужу"]})
    assert finder.find(("вам", "говорю"))
    assert finder.find(("мужу", "говорю"))
    assert not finder.find(("room", "говорю"))


def test_an_unknown_class_is_named() -> None:
    with pytest.raises(ValueError, match="nobody"):
        compile_phrase("<nobody> придёт")


def _tables() -> Iterator[tuple[str, str, dict[str, list[str]]]]:
    answers = lexicon.load("answers")
    for name, cue in answers["cues"].items():
        yield f"answers/{name}", cue["phrases"], answers["classes"]
    for key, entry in lexicon.load("specialties").items():
        yield f"specialties/{key}", [*entry["aliases"], *entry.get("about", ())], {}
    for key, entry in lexicon.load("reasons").items():
        yield f"reasons/{key}", entry["phrases"], {}
    for part in ("symptoms", "parts"):
        for key, phrases in lexicon.load("symptoms")[part].items():
            yield f"{part}/{key}", phrases, {}


def test_no_pattern_holds_a_word_that_no_utterance_can_have() -> None:
    """A word with a hyphen, a capital or ё would never be found, and nobody would notice."""
    words = {
        (place, word)
        for place, phrases, classes in _tables()
        for source in phrases
        for phrase in compile_phrase(source, classes)
        for element in phrase
        for word in (*element.words, *element.stems)
    }
    assert not sorted((place, word) for place, word in words if word != END and not _can_be_said(word))


def _can_be_said(word: str) -> bool:
    return len(tokens.read(word).words) == 1 and "ё" not in word and word == word.lower()
