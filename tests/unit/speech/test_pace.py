import pytest

from voicebot.speech.pace import Ending, Pace, Silences

SILENCES = Silences(open=0.8, may_go_on=0.6, slow=0.5, complete=0.25)


@pytest.mark.parametrize(
    ("answers", "is_slow"),
    [
        ([], False),
        ([(0.0, 1.0, 0.2)], False),  # fluent
        ([(0.0, 2.0, 0.45)], True),  # “да… приду”
        ([(0.0, 1.0, 0.0), (1.5, 2.5, 0.0)], True),  # the robot took “да” for all of it
        ([(0.0, 1.0, 0.0), (4.0, 5.0, 0.0)], False),  # the robot spoke in between
        ([(0.0, 1.0, 0.0), (1.2, 2.0, 0.0)], False),
        ([(0.0, 2.0, 0.45), (9.0, 10.0, 0.0)], True),  # once slow, always waited for
    ],
)
def test_who_pauses_inside_answers_is_known_as_slow(answers: list[tuple[float, float, float]], is_slow: bool) -> None:
    pace = Pace()
    for started, ended, longest_pause in answers:
        pace.answered(started, ended, longest_pause)
    assert pace.is_slow is is_slow
    assert pace.needed(SILENCES, Ending.COMPLETE, paused=False) == (0.5 if is_slow else 0.25)
    assert pace.needed(SILENCES, Ending.MAY_GO_ON, paused=False) == (0.8 if is_slow else 0.6)
    assert pace.needed(SILENCES, Ending.OPEN, paused=False) == 0.8


def test_an_answer_that_has_had_a_pause_is_waited_for_though_the_caller_was_fluent_before() -> None:
    assert Pace().needed(SILENCES, Ending.COMPLETE, paused=True) == 0.5
