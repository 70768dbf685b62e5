"""When no campaign calls are begun because those who talk are answered too late."""

import logging

import pytest

from voicebot.app.lag import LoopLag
from voicebot.app.overload import Overload


@pytest.mark.parametrize(
    ("lag", "ear_delay", "under_way", "may"),
    [
        (0.01, 0.1, 40, True),
        (0.3, 0.0, 2, False),  # the event loop is late
        (0.0, 0.6, 2, False),  # sound waits for a thread
        (0.3, 0.6, 0, True),  # waiting would mend nothing
    ],
)
def test_an_overloaded_robot_begins_no_call_beside_those_under_way(
    lag: float, ear_delay: float, under_way: int, may: bool
) -> None:
    watched = LoopLag()
    watched.take([0.0] * 1000 + [lag] * 100)
    assert Overload(watched, lambda: ear_delay).may_call(under_way) is may


def test_it_says_when_overload_begins_and_ends(caplog: pytest.LogCaptureFixture) -> None:
    delays = iter((0.0, 0.9, 0.9, 0.0))
    overload = Overload(LoopLag(), lambda: next(delays))
    with caplog.at_level(logging.WARNING):
        for _ in range(4):
            overload.may_call(3)
    assert caplog.messages == ["overload: no new campaign calls", "the overload is over"]
