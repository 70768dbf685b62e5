"""The second opinion raises doubt or offers a guess; it makes nothing sure."""

import pytest
from tables import answered, answers

from voicebot.language import tokens
from voicebot.language.opinion import advised, opinion
from voicebot.language.reading import Polarity, Question
from voicebot.language.verdicts import Verdict


def test_the_shipped_weights_are_those_of_the_tables() -> None:
    """They go stale as the tables grow: then run tools/opinion.py."""
    clear = [(opinion(tokens.read(text).words, asked), meant) for asked, text, meant in answers() if meant]
    assert sum(heard.of(meant) > 0.5 for heard, meant in clear) >= 0.97 * len(clear)


def test_a_verdict_that_the_tables_flatly_deny_is_asked_again() -> None:
    words = ("нет", "не", "приду")
    assert not advised(Verdict(polarity=Polarity.NO), words, Question.ATTENDANCE).contradicted
    denied = advised(Verdict(polarity=Polarity.YES), words, Question.ATTENDANCE)
    assert denied.contradicted
    assert denied.polarity is Polarity.YES


@pytest.mark.parametrize(
    ("text", "polarity"),
    [("лифт у нас не работает не спуститься мне", Polarity.NO), ("стою уже у ворот", Polarity.YES)],
)
def test_what_no_cue_tells_is_offered_as_a_guess(text: str, polarity: Polarity) -> None:
    reading = answered(Question.ATTENDANCE, text)
    assert reading.polarity is polarity
    assert reading.ambiguous


@pytest.mark.parametrize("text", ["", "абракадабра", "зеленый заяц прыгает", "приду если отпустят"])
def test_strange_words_and_open_conditions_stay_open(text: str) -> None:
    for question in Question:
        assert answered(question, text).polarity is None
