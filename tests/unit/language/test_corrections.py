"""What stands behind "не …, а" holds, and what is denied as a word says nothing."""

import pytest
from tables import answered

from voicebot.language.reading import Polarity, Question

_YES, _NO = Polarity.YES, Polarity.NO


@pytest.mark.parametrize(
    ("question", "text", "polarity"),
    [
        (Question.PLAIN, "не нет а да", _YES),
        (Question.PLAIN, "не да а нет", _NO),
        (Question.PLAIN, "я сказал не нет а да вы меня не расслышали", _YES),
        (Question.ATTENDANCE, "не то что да а скорее нет", _NO),
        (Question.ATTENDANCE, "не отменяю а подтверждаю", _YES),
        (Question.CANCEL, "не оставить а отменить", _YES),
        (Question.CANCEL, "не отменить а оставить", _NO),
        (Question.CANCEL, "я говорила что опоздаю а не что хочу отменить", _NO),
        (Question.OFFER, "не рано а в самый раз", _YES),
        (Question.IDENTITY, "не сестра а я", _YES),
        (Question.IDENTITY, "не я а сестра", _NO),
        (Question.ATTENDANCE, "вчера сомневалась а сегодня уже точно приду", _YES),
    ],
)
def test_what_is_said_instead_of_a_denied_word_decides(question: Question, text: str, polarity: Polarity) -> None:
    reading = answered(question, text)
    assert reading.polarity is polarity
    assert not reading.ambiguous
