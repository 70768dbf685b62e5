"""What no cue explains makes a verdict a guess, and ordinary answers stay what they are."""

import pytest
from tables import NOW, cases, examined

from voicebot.language.reading import Context, Kind, Question, Reading
from voicebot.language.understanding import understand


def _read(question: Question, text: str) -> Reading:
    return understand(Kind.ANSWER, text, Context(now=NOW, question=question))


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
    ],
)
def test_a_polarity_beside_an_unexplained_negation_exception_or_contrast_is_asked_again(
    question: Question, text: str
) -> None:
    reading = _read(question, text)
    assert reading.polarity is None or reading.ambiguous


@pytest.mark.parametrize(
    ("question", "text"),
    [
        (Question.ATTENDANCE, "нет не смогу"),
        (Question.ATTENDANCE, "да приду не волнуйтесь"),
        (Question.ATTENDANCE, "не могу прийти"),
        (Question.OFFER, "нет лучше вечером"),
        (Question.OFFER, "неудобно но приду"),
        (Question.CANCEL, "не надо ничего отменять"),
        (Question.CONSENT, "нет записывать не надо"),
        (Question.ANYTHING_ELSE, "нет больше ничего спасибо"),
    ],
)
def test_an_ordinary_answer_with_a_negation_is_no_guess(question: Question, text: str) -> None:
    reading = _read(question, text)
    assert reading.polarity is not None
    assert not reading.ambiguous


def test_at_most_three_of_a_hundred_clear_answers_of_the_tables_are_asked_again() -> None:
    plain = [case.read() for case in cases() if case.kind is Kind.ANSWER]
    readings = plain + [case.read() for case in examined() if case.kind is Kind.ANSWER]
    clear = [reading for reading in readings if reading.polarity is not None]
    assert sum(reading.ambiguous for reading in clear) <= 0.03 * len(clear)
