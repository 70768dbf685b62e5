"""The tables of utterances: every one is understood as its author meant it."""

import pytest
import yaml
from tables import NOW, TABLES, cases, examined

from voicebot.language import lexicon, tokens
from voicebot.language.reading import Context, Kind, Question
from voicebot.language.understanding import understand


@pytest.mark.parametrize("kind", list(Kind))
def test_every_utterance_of_the_table_is_understood(kind: Kind) -> None:
    faults = [fault for case in cases() if case.kind is kind and (fault := case.fault())]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("kind", list(Kind))
def test_every_sentence_of_the_examiner_and_its_neighbours_are_understood(kind: Kind) -> None:
    faults = [fault for case in examined() if case.kind is kind and (fault := case.fault())]
    assert not faults, "\n".join(faults)


def test_the_tables_hold_more_than_nine_hundred_distinct_utterances() -> None:
    """Utterances that differ only in numbers and given names count once."""
    numbers = {form for forms in lexicon.load("numbers").values() for each in forms.values() for form in each}
    given = {tokens.normal(name) for full, short in lexicon.load("names").items() for name in (full, *short)}
    distinct = {(case.kind, tuple(_without(numbers | given, case.text))) for case in (*cases(), *examined())}
    assert len(distinct) >= 900


def _without(words: set[str], text: str) -> list[str]:
    return [word for word in tokens.read(text).words if word not in words and not word.isdigit()]


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_has_its_own_table(kind: Kind) -> None:
    assert any(case.kind is kind for case in cases())


def test_what_a_bad_line_made_of_utterances_keeps_its_meaning() -> None:
    changed = []
    for kind, asked, spoken, heard in yaml.safe_load((TABLES / "misheard.yaml").read_text(encoding="utf-8")):
        context = Context(now=NOW, question=Question(asked))
        meant, understood = (understand(Kind(kind), text, context) for text in (spoken, heard))
        if (meant.polarity, meant.best if kind != "answer" else None) != (
            understood.polarity,
            understood.best if kind != "answer" else None,
        ):
            changed.append((kind, asked, spoken, heard, meant.best, understood.best))
    assert not changed
