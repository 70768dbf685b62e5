"""The tables of utterances: every one is understood as its author meant it."""

import re

import pytest
from tables import cases

from voicebot.language.reading import Kind

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
