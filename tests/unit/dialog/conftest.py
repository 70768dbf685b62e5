"""Scenarios written in the tests."""

from collections.abc import Callable
from pathlib import Path

import pytest

from voicebot.dialog import catalog
from voicebot.dialog.scenario import Scenario

HEAD = """\
schema: 1
scenario: trial
title: Проба
direction: outbound
start: first
failed: bye
events:
  operator: people
  who_is_this: {say: "Это клиника."}
steps:
  people:
    do: transfer
    with: {reason: asked}
    on: {answered: end, returned: bye, unavailable: bye}
  bye: {say: "До свидания!", next: end}
"""


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    """Put a scenario into a file: the head above and these steps (indented by two)."""

    def put(steps: str, head: str = HEAD) -> Path:
        file = tmp_path / "trial.yaml"
        file.write_text(head + steps, encoding="utf-8")
        return file

    return put


@pytest.fixture
def scenario(write: Callable[[str], Path]) -> Callable[[str], Scenario]:
    """A loaded scenario of these steps."""
    return lambda steps: catalog.load(write(steps))
