"""The command as a user starts it: a process of its own, or inside the test where that is enough."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from cli_command import Command, Invoke
from typer.testing import CliRunner, Result

from voicebot.cli.main import app
from voicebot.errors import VoicebotError


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """A settings file whose state lies in the test's folder."""
    file = tmp_path / "voicebot.toml"
    file.write_text(
        f'state_dir = "{tmp_path / "state"}"\n[store]\nurl = "sqlite:///{tmp_path / "state" / "voicebot.db"}"\n'
        "[speech]\nlearn_names = false\n"  # the checkout's model is everybody's
    )
    file.chmod(0o600)
    return file


@pytest.fixture
def voicebot(settings: Path) -> Command:
    """`python -m voicebot ARGUMENTS` with those settings."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("VOICEBOT_")}

    def run(*arguments: str | Path, text: str = "", **environment: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "voicebot", "--config", str(settings), *map(str, arguments)]
        return subprocess.run(
            command,
            env={**clean, **environment},
            input=text,
            capture_output=True,
            text=True,
            cwd=settings.parent,
            timeout=120,
            check=False,
        )

    return run


@pytest.fixture
def invoke(settings: Path) -> Invoke:
    """The same inside this process."""

    def run(arguments: Sequence[str | Path], text: str = "") -> Result:
        result = CliRunner().invoke(app, ["--config", str(settings), *map(str, arguments)], input=text)
        if isinstance(result.exception, VoicebotError):
            result.exit_code = result.exception.exit_code
        elif result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run
