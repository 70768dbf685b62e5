from datetime import UTC, datetime, timedelta

import pytest

from voicebot.outbound.breaker import THRESHOLD, Health
from voicebot.outcomes import Outcome

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def after(*outcomes: Outcome, health: Health | None = None) -> Health:
    """Calls one after another, a second each."""
    health, at = health or Health(), NOW
    for outcome in outcomes:
        health = health.ended(outcome, began=at, at=at)
        at += SECOND
    return health


def test_a_trunk_rests_after_so_many_refusals_in_a_row() -> None:
    assert after(*[Outcome.CONGESTION] * (THRESHOLD - 1)).rests_until(NOW) is None
    broken = after(*[Outcome.CONGESTION, Outcome.FAILED] * THRESHOLD)
    assert broken.is_broken
    assert broken.rests_until(NOW + timedelta(seconds=5)) is not None


@pytest.mark.parametrize("outcome", [Outcome.ANSWERED, Outcome.BUSY, Outcome.NO_ANSWER, Outcome.INVALID_NUMBER])
def test_a_call_that_the_network_took_makes_it_well(outcome: Outcome) -> None:
    almost = [Outcome.CONGESTION] * (THRESHOLD - 1)
    assert after(*almost, outcome) == Health()
    assert not after(*almost, outcome, *almost).is_broken


@pytest.mark.parametrize("outcome", [Outcome.CANCELLED, Outcome.NOT_DIALLED, Outcome.BLOCKED, Outcome.LOST])
def test_what_says_nothing_of_the_network_changes_nothing(outcome: Outcome) -> None:
    almost = after(*[Outcome.FAILED] * (THRESHOLD - 1))
    assert after(outcome, health=almost) == almost


def test_after_the_rest_one_call_is_tried_and_each_refusal_doubles_the_rest_up_to_a_quarter_of_an_hour() -> None:
    health, at, rests = after(*[Outcome.CONGESTION] * THRESHOLD), NOW + THRESHOLD * SECOND, []
    for _ in range(8):
        until = health.rests_until(at)
        assert until is not None
        rests.append(until - at)
        at = until
        assert health.rests_until(at) is None
        health = health.begun(at)
        assert health.rests_until(at + SECOND) is not None  # no second probe beside the first
        health = health.ended(Outcome.CONGESTION, began=at, at=at)
    assert rests[1:4] == [timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4)]
    assert rests[-1] == timedelta(minutes=15)
    assert health.ended(Outcome.BUSY, began=at, at=at) == Health()


def test_calls_from_before_the_break_prolong_nothing() -> None:
    broken = after(*[Outcome.CONGESTION] * THRESHOLD)
    late = broken.ended(Outcome.CONGESTION, began=NOW - timedelta(minutes=2), at=NOW + timedelta(seconds=20))
    assert late == broken


def test_a_clock_that_is_set_back_prolongs_no_rest() -> None:
    broken = after(*[Outcome.CONGESTION] * THRESHOLD)
    hour_ago = NOW - timedelta(hours=1)
    assert broken.rests_until(hour_ago) == hour_ago + timedelta(seconds=30)
