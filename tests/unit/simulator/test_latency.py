"""Which of the robot's phrases answers, and since when."""

import pytest

from voicebot.simulator.latency import first_reply, replies
from voicebot.simulator.transcript import Heard, HeardPart, Said


def said(text: str, started: float, ended: float, **more: bool) -> Said:
    return Said(text=text, started=started, ended=ended, **more)


def heard(*parts: tuple[str, float, float]) -> Heard:
    made = tuple(HeardPart(text=text, started=started, ended=ended) for text, started, ended in parts)
    return Heard(parts=made, decided=made[-1].ended + 0.7)


GREETING = heard(("здравствуйте", 1.0, 1.5), ("я говорю с иванова", 1.7, 3.0))
QUESTION = heard(("вы сможете", 6.5, 8.0))


def milliseconds(said_: list[Said], *heard_: Heard) -> list[int]:
    return [reply.milliseconds for reply in replies(said_, heard_)]


def test_an_answer_counts_from_the_last_voiced_sample_to_the_first() -> None:
    assert milliseconds([said("да это я", 5.0, 6.0)], GREETING, QUESTION) == [500]


def test_every_answer_is_measured_and_the_greeting_is_apart() -> None:
    people = [said("алло", 0.0, 0.6, is_greeting=True), said("да", 5.0, 6.0), said("да приду", 9.0, 9.5)]
    thanks = heard(("спасибо", 10.2, 11.0))
    assert milliseconds(people, GREETING, QUESTION, thanks) == [500, 700]
    greeting = first_reply(people, [GREETING, QUESTION])
    assert greeting
    assert greeting.milliseconds == 400


def test_a_filler_is_no_answer() -> None:
    assert milliseconds([said("да", 5.0, 6.0)], heard(("одну минуту", 6.1, 6.8)), heard(("спасибо", 8.0, 9.0))) == [
        2000
    ]
    assert milliseconds([said("да", 5.0, 6.0)], heard(("так", 6.1, 6.3), ("спасибо", 6.6, 7.0))) == [600]


def test_a_noise_is_no_answer_but_words_that_were_not_recognised_are() -> None:
    assert milliseconds([said("да", 5.0, 6.0)], heard(("", 6.1, 6.2), ("спасибо", 6.5, 7.0))) == [500]
    assert milliseconds([said("да", 5.0, 6.0)], heard(("", 6.1, 6.8), ("спасибо", 7.0, 7.5))) == [100]
    assert milliseconds([said("да", 5.0, 6.0)], heard(("", 6.1, 6.8))) == []


@pytest.mark.parametrize(("asks_again", "found"), [(False, []), (True, [500])])
def test_a_repeated_question_answers_only_who_asked_for_it(asks_again: bool, found: list[int]) -> None:
    again = heard(("здравствуйте", 6.5, 7.0), ("я говорю с иванова", 7.2, 8.5))
    assert milliseconds([said("что", 5.0, 6.0, asks_again=asks_again)], GREETING, again) == found


def test_what_began_before_the_person_had_ended_is_no_answer() -> None:
    assert milliseconds([said("да", 5.0, 7.0)], GREETING, QUESTION) == []


def test_what_came_after_the_persons_next_words_answers_those() -> None:
    assert milliseconds([said("да", 4.0, 4.4), said("алло", 5.0, 6.0)], GREETING, QUESTION) == [500]
