"""Reasons of cancelling, complaints and red flags."""

import pytest
from tables import NOW

from voicebot.language import reasons, symptoms
from voicebot.language.reading import Context

CONTEXT = Context(now=NOW)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("да заболела я температура", "ill"),
        ("уже всё прошло", "recovered"),
        ("я на дачу уехала", "away"),
        ("с работы не отпустили", "work"),
        ("с ребёнком сидеть не с кем", "family"),
        ("мне не доехать до вас", "transport"),
        ("забыла я совсем", "forgot"),
        ("время неудобное", "time"),
        ("я в другую клинику сходила", "other_clinic"),
        ("дорого у вас", "price"),
        ("врач мне не понравился", "distrust"),
        ("да не нужно уже", "not_needed"),
    ],
)
def test_the_reason_of_a_cancelled_visit_is_understood(text: str, key: str) -> None:
    assert reasons.parse(text, CONTEXT).best == key


def test_every_reason_has_a_title_for_reports() -> None:
    assert reasons.title("away") == "уехал"


@pytest.mark.parametrize(
    ("text", "symptom", "part", "red_flag"),
    [
        ("болит голова", "pain", "head", False),
        ("спина ноет уже неделю", "pain", "back", False),
        ("в груди давит сильно", "chest_pain", "chest", True),
        ("не могу дышать", "breathless", None, True),
        ("у него отнялась рука", "stroke", "arm", True),
        ("муж без сознания", "unconscious", None, True),
        ("кровь из носа не останавливается", "bleeding", None, True),
        ("кашель и температура", "cough", None, False),
    ],
)
def test_a_complaint_is_told_with_its_part_of_the_body(
    text: str, symptom: str, part: str | None, red_flag: bool
) -> None:
    best = symptoms.parse(text, CONTEXT).best
    assert best == {"symptom": symptom, "part": part, "red_flag": red_flag}


def test_a_red_flag_comes_before_what_was_said_first() -> None:
    values = [value.value["symptom"] for value in symptoms.parse("кашель ещё и дышать нечем", CONTEXT).values]
    assert values == ["breathless", "cough"]


def test_what_is_denied_is_no_complaint() -> None:
    assert symptoms.parse("температуры нет ничего не болит", CONTEXT).values == ()
