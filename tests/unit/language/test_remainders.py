"""What no cue explains makes a verdict a guess, and ordinary answers stay what they are."""

import pytest
from tables import NOW, Case, Examined, answered, cases, examined

from voicebot.language import answers
from voicebot.language.reading import Context, Kind, Question


@pytest.mark.parametrize(
    ("question", "text"),
    [
        (Question.ATTENDANCE, "не смогу не заглянуть"),
        (Question.ATTENDANCE, "подводить не буду"),
        (Question.OFFER, "неудобно но выкручусь"),
        (Question.OFFER, "удобно помимо пятницы"),
        (Question.OFFER, "годится только полдень"),
        (Question.CONSENT, "тайны нет"),
        (Question.CONSENT, "да плевать мне на рассылки"),
        (Question.IDENTITY, "да слушаю ой нет подождите вы николаевну зовёте а я комбайнёр"),
    ],
)
def test_a_polarity_beside_an_unexplained_negation_exception_or_contrast_is_asked_again(
    question: Question, text: str
) -> None:
    reading = answered(question, text)
    assert reading.polarity is None or reading.ambiguous


@pytest.mark.parametrize(
    ("question", "text"),
    [
        (Question.ATTENDANCE, "нет не смогу"),
        (Question.ATTENDANCE, "да приду не волнуйтесь"),
        (Question.ATTENDANCE, "не могу прийти"),
        (Question.ATTENDANCE, "нет не приду ой нет подождите всё правильно приду"),
        (Question.OFFER, "нет лучше вечером"),
        (Question.OFFER, "неудобно но приду"),
        (Question.CANCEL, "не надо ничего отменять"),
        (Question.CONSENT, "нет записывать не надо"),
        (Question.ANYTHING_ELSE, "нет больше ничего спасибо"),
    ],
)
def test_an_ordinary_answer_with_a_negation_is_no_guess(question: Question, text: str) -> None:
    reading = answered(question, text)
    assert reading.polarity is not None
    assert not reading.ambiguous


def test_at_most_seven_of_two_hundred_answers_that_the_cues_explain_are_asked_again() -> None:
    heard = [case for case in (*cases(), *examined()) if case.kind is Kind.ANSWER and _by_cues(case)]
    assert sum(case.read().ambiguous for case in heard) <= 0.035 * len(heard)


def _by_cues(case: Case | Examined) -> bool:
    return answers.by_cues(case.text, Context(now=NOW, question=case.question)).polarity is not None
