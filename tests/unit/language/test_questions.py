"""A question back is no answer: what is asked counts for nothing, what is answered beside it counts."""

import pytest
from tables import answered

from voicebot.language.reading import Polarity, Question

_YES, _NO = Polarity.YES, Polarity.NO


@pytest.mark.parametrize(
    ("question", "text", "polarity"),
    [
        (Question.CONSENT, "сначала объясните мне куда это потом пойдёт", None),
        (Question.CONSENT, "нет сначала объясните куда это пойдёт", _NO),
        (Question.CONSENT, "да а куда это потом пойдёт объясните", _YES),
        (Question.CONSENT, "объясните потом зачем а так я согласна", _YES),
        (Question.OFFER, "подскажите кто принимает и подойдёт ли мой полис", None),
        (Question.OFFER, "в какой это день подойдёт", None),
        (Question.ATTENDANCE, "а какой там врач принимает напомните", None),
        (Question.ATTENDANCE, "да какой там врач", _NO),
        (Question.ATTENDANCE, "скажите кто из врачей придёт", None),
        (Question.ATTENDANCE, "скажите врачу что я приду", _YES),
        (Question.ATTENDANCE, "объясните зачем вы звоните я же сказала не приду", _NO),
        (Question.ATTENDANCE, "вряд ли приду", _NO),
        (Question.ANYTHING_ELSE, "подскажите кто принимает по субботам", _YES),
        # what else there is, asked instead of an answer to an offer
        (Question.OFFER, "а на воскресенье что есть", None),
        (Question.OFFER, "нет ли чего попозже", None),
        (Question.OFFER, "нет а на воскресенье что есть", _NO),
        (Question.OFFER, "мне бы попозже", _NO),
        (Question.OFFER, "а есть попозже нет ну давайте это", _YES),
        (Question.ATTENDANCE, "а есть что нибудь попозже", None),
        (Question.CONSENT, "согласна на что простите", None),
        (Question.CONSENT, "согласна на что угодно", _YES),
        (Question.ANYTHING_ELSE, "чем ещё вы можете помочь", None),
        (Question.ANYTHING_ELSE, "говорите погромче", None),
    ],
)
def test_only_what_stands_beside_a_question_back_answers(
    question: Question, text: str, polarity: Polarity | None
) -> None:
    assert answered(question, text).polarity is polarity
