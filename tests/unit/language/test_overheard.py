"""Words to somebody else in the room and announcements of the network are never an answer."""

import pytest
from tables import answered

from voicebot.language.reading import Polarity, Question

_YES_OR_NO = [Question.PLAIN, Question.ATTENDANCE, Question.CANCEL, Question.OFFER, Question.CONSENT]


@pytest.mark.parametrize("question", _YES_OR_NO)
@pytest.mark.parametrize(
    "text",
    [
        "да слезь ты с подоконника",
        "нет не грызи провод",
        "хорошо хорошо рисуй",
        "нет нельзя это я собаке",
        "да не вам говорю",
        "да тише вы я по телефону разговариваю",
        "абонент не может подойти",
        "к сожалению никто не может ответить оставьте сообщение",
    ],
)
def test_what_is_not_meant_for_us_answers_nothing(question: Question, text: str) -> None:
    assert answered(question, text).polarity is None


@pytest.mark.parametrize(
    ("text", "polarity"),
    [
        ("нет не трогай это я ребенку да приду", Polarity.YES),
        ("это я не вам это мужу нет не приду", Polarity.NO),
        ("да приду мишка слезь оттуда", Polarity.YES),
        ("брысь отсюда нет не смогу", Polarity.NO),
    ],
)
def test_what_is_said_to_us_besides_counts(text: str, polarity: Polarity) -> None:
    reading = answered(Question.ATTENDANCE, text)
    assert reading.polarity is polarity
    assert not reading.ambiguous
