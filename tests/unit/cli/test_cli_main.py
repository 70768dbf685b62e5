"""The command as a whole."""

import subprocess
import sys
from pathlib import Path

import pytest
from cli_command import Command, Invoke

from voicebot.cli import main
from voicebot.errors import AriError, VoicebotError

SLOW_TO_LOAD = ("torch", "vosk", "numpy", "sqlalchemy", "pydantic", "aiohttp", "pymorphy3", "rich.table", "openpyxl")


def test_help_loads_nothing_that_is_slow_to_load() -> None:
    program = f"import sys, voicebot.cli.main; print([name for name in {SLOW_TO_LOAD!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_command_explains_itself(invoke: Invoke) -> None:
    groups = ("models", "campaign", "asterisk")
    for command in ("serve", "guard", "demo", "understand", "say", "transcribe", *groups):
        result = invoke([command, "--help"])
        assert result.exit_code == 0 and "Usage:" in result.output, command


def test_an_unknown_setting_is_one_line_with_file_and_key(voicebot: Command, settings: Path) -> None:
    settings.write_text("[ari]\npasword = 'x'\n")
    done = voicebot("campaign", "list")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert str(settings) in done.stderr and "ari.pasword" in done.stderr


def test_errors_of_parts_that_run_side_by_side_are_one_line_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        inner = ExceptionGroup("tasks", [AriError("another robot has taken the application", mend="Rename it.")])
        raise ExceptionGroup("robot", [inner])

    monkeypatch.setattr(main, "app", fail)
    with pytest.raises(SystemExit) as left:
        main.main()
    assert left.value.code == AriError.exit_code
    assert capsys.readouterr().err == "voicebot: another robot has taken the application. Rename it.\n"


def test_a_fault_of_the_program_is_not_hidden_behind_a_mendable_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise ExceptionGroup("robot", [VoicebotError("mendable"), KeyError("a bug")])

    monkeypatch.setattr(main, "app", fail)
    with pytest.raises(ExceptionGroup):
        main.main()
