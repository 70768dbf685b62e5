"""Outcomes of a dialling, for everything that a network may say."""

import pytest

from voicebot.outcomes import Outcome
from voicebot.telephony.causes import outcome_of

# (Q.850 cause, SIP status) as Asterisk 22 gave them, see docs/asterisk.md.
MEASURED = {
    (17, 486): Outcome.BUSY,
    (17, 600): Outcome.BUSY,
    (19, 480): Outcome.NO_ANSWER,
    (21, 603): Outcome.REJECTED,
    (21, 403): Outcome.REJECTED,
    (1, 404): Outcome.INVALID_NUMBER,
    (18, 408): Outcome.UNREACHABLE,
    (28, 484): Outcome.INVALID_NUMBER,
    (58, 488): Outcome.FAILED,
    (38, 500): Outcome.CONGESTION,
    (34, 503): Outcome.CONGESTION,
    (127, 487): Outcome.CANCELLED,
    (16, None): Outcome.CANCELLED,
}

BY_CAUSE = {
    Outcome.INVALID_NUMBER: {1, 22, 28},
    Outcome.UNREACHABLE: {3, 18, 20, 27},
    Outcome.BUSY: {17},
    Outcome.NO_ANSWER: {19, 31, 102},
    Outcome.REJECTED: {21},
    Outcome.CANCELLED: {16, 26},
    Outcome.CONGESTION: {34, 38, 41, 42, 44, 47},
}


@pytest.mark.parametrize(("told", "outcome"), MEASURED.items())
def test_what_asterisk_told_has_its_outcome(told: tuple[int, int | None], outcome: Outcome) -> None:
    assert outcome_of(*told) is outcome


@pytest.mark.parametrize("cause", range(1, 128))
def test_every_cause_of_the_telephone_network_has_one_outcome(cause: int) -> None:
    expected = [outcome for outcome, causes in BY_CAUSE.items() if cause in causes] or [Outcome.FAILED]
    assert [outcome_of(cause)] == expected


@pytest.mark.parametrize("status", [403, 404, 408, 410, 480, 484, 486, 503, 600, 603, 604])
def test_a_known_sip_status_decides_whatever_the_gateway_made_of_the_cause(status: int) -> None:
    assert outcome_of(0, status) is outcome_of(127, status) is outcome_of(16, status)
    assert outcome_of(0, status) is not Outcome.FAILED


def test_an_answered_call_was_answered_whatever_its_end() -> None:
    assert outcome_of(17, 486, answered=True) is Outcome.ANSWERED
    assert outcome_of(None, answered=True) is Outcome.ANSWERED


def test_an_end_that_nobody_explains_is_a_failure() -> None:
    assert outcome_of(None) is outcome_of(0) is outcome_of(127) is Outcome.FAILED
