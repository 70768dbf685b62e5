"""The tables of utterances: every one is understood as its author meant it."""

import re

import pytest
import yaml
from tables import NOW, TABLES, cases

from voicebot.language.reading import Context, Kind, Question
from voicebot.language.understanding import understand

_NUMERALS = re.compile(r"\d+|\b(?:один|одна|два|две|три|четыре|пять|шесть|семь|восемь|девять|десять)\b")


@pytest.mark.parametrize("kind", list(Kind))
def test_every_utterance_of_the_table_is_understood(kind: Kind) -> None:
    faults = [fault for case in cases() if case.kind is kind and (fault := case.fault())]
    assert not faults, "\n".join(faults)


def test_the_tables_hold_more_than_nine_hundred_distinct_utterances() -> None:
    distinct = {(case.kind, _NUMERALS.sub("#", case.text)) for case in cases()}
    assert len(distinct) >= 900


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
