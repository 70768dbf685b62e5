"""`voicebot call`"""

from pathlib import Path

import pytest
from cli_command import Command, Invoke

from voicebot.app import calling
from voicebot.errors import CampaignError

ANYBODY = ["call", "+7 916 123-45-67", "--scenario", "confirmation", "--now-anyway"]


def test_without_a_robot_the_call_is_taken_back_with_the_mend(
    invoke: Invoke, voicebot: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calling, "TAKEN_LIMIT", 0.5)
    result = invoke(ANYBODY)
    assert result.exit_code == CampaignError.exit_code
    assert "no robot took the call up" in str(result.exception) and "voicebot serve" in str(result.exception)
    assert '"state": "stopped"' in voicebot("campaign", "list", "--json").stdout


def test_a_wrong_number_is_one_line_with_the_mend(voicebot: Command) -> None:
    done = voicebot("call", "12", "--scenario", "confirmation")
    assert done.returncode == 4
    assert done.stderr.count("\n") == 1 and "«12»" in done.stderr and "Впишите" in done.stderr


def test_an_inbound_scenario_calls_nobody(voicebot: Command, settings: Path) -> None:
    done = voicebot("call", "+79161234567", "--scenario", "hotline")
    assert done.returncode == 3
    assert done.stderr.count("\n") == 1 and "hotline" in done.stderr and "outbound" in done.stderr
