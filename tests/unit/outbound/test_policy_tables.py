"""Every row of the policy's tables is decided as its author meant it."""

import pytest
from policy_table import TABLES, Case, cases

from voicebot.outbound.policy import Why, decide
from voicebot.outcomes import Outcome

_CASES = list(cases())


@pytest.mark.parametrize("case", [case for _, case in _CASES], ids=[name for name, _ in _CASES])
def test_a_contact_is_called_when_the_table_says(case: Case) -> None:
    case.judge(decide(case.policy, case.history, case.now))


@pytest.mark.parametrize("case", [case for _, case in _CASES], ids=[name for name, _ in _CASES])
def test_deciding_again_when_the_moment_has_come_changes_nothing(case: Case) -> None:
    first = decide(case.policy, case.history, case.now)
    if first.when is not None:
        assert decide(case.policy, case.history, first.when).when == first.when


def test_the_tables_know_every_outcome_and_every_reason() -> None:
    text = "".join(file.read_text(encoding="utf-8") for file in TABLES.glob("*.yaml"))
    for word in (*Outcome, *Why):
        assert f" {word}" in text, f"no case for {word}"


def test_two_cases_have_different_names() -> None:
    names = [name for name, _ in _CASES]
    assert len(set(names)) == len(names)
