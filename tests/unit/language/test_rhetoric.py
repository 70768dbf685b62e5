"""A denial that is only asked about denies nothing where the opposite is said; what is disbelieved is not so."""

import pytest
from tables import answered

from voicebot.language.reading import Polarity, Question


@pytest.mark.parametrize(
    ("question", "text"),
    [
        (Question.OFFER, "почему неудобно удобно"),
        (Question.OFFER, "пойдёт чего ж не пойдёт"),
        (Question.OFFER, "отчего ж не сгодится сгодится"),
        (Question.ATTENDANCE, "выберусь как не выбраться"),
        (Question.ATTENDANCE, "как мне не прийти приду"),
    ],
)
def test_who_asks_why_not_and_says_the_same_without_not_agrees(question: Question, text: str) -> None:
    reading = answered(question, text)
    assert reading.polarity is Polarity.YES
    assert not reading.ambiguous


@pytest.mark.parametrize(
    ("question", "text"),
    [
        (Question.ATTENDANCE, "почему не приду потому что болею"),
        (Question.ATTENDANCE, "почему буду не буду"),
        (Question.OFFER, "почему удобно неудобно"),
        (Question.OFFER, "как же не удивляться не подходит"),
    ],
)
def test_who_says_it_only_with_not_refuses(question: Question, text: str) -> None:
    assert answered(question, text).polarity is Polarity.NO


@pytest.mark.parametrize(
    ("question", "text", "meant"),
    [
        (Question.ATTENDANCE, "да кто вам сказал что я приду", Polarity.NO),
        (Question.ATTENDANCE, "с чего вы взяли что буду", Polarity.NO),
        (Question.OFFER, "с чего это вы решили что мне удобно", Polarity.NO),
        (Question.ATTENDANCE, "кто вам сказал что я не приду", Polarity.YES),
        (Question.ATTENDANCE, "врач сказал что приду", Polarity.YES),
    ],
)
def test_what_others_are_wrong_to_believe_is_not_so(question: Question, text: str, meant: Polarity) -> None:
    assert answered(question, text).polarity is meant
