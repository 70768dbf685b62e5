"""What the doctor says of the machine itself."""

import json
import shutil
import time
from collections import namedtuple
from datetime import UTC, datetime
from pathlib import Path

import pytest

from voicebot.config import Clock, Settings
from voicebot.doctor import machine
from voicebot.doctor.check import Check, State

_Usage = namedtuple("_Usage", "total used free")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(state_dir=tmp_path / "state")


@pytest.fixture
def processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A /proc of the test's own."""
    folder = tmp_path / "proc"
    folder.mkdir()
    monkeypatch.setattr(machine, "_PROCESSES", folder)
    return folder


def _found(settings: Settings) -> dict[str, Check]:
    return {check.name: check for check in machine.checks(settings, None)}


@pytest.mark.parametrize(
    ("free", "state"), [(2**34, State.OK), (2**30, State.WARN), (2**27, State.FAIL), (0, State.FAIL)]
)
def test_a_full_disk_is_a_fault_and_a_filling_one_a_warning(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, free: int, state: State
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: _Usage(2**40, 2**40 - free, free))
    check = _found(settings)["disk"]
    assert check.state is state
    assert str(settings.state_dir) in check.what
    assert (state is State.OK) == (check.mend == "")


def test_a_state_directory_that_others_can_read_is_warned_of(settings: Settings) -> None:
    settings.state_dir.mkdir(mode=0o755)
    check = _found(settings)["state directory"]
    assert check.state is State.WARN and f"chmod o-rwx {settings.state_dir}" in check.mend
    settings.state_dir.chmod(0o750)
    assert _found(settings)["state directory"].state is State.OK


def test_a_state_directory_made_by_the_doctor_is_private_and_empty(settings: Settings) -> None:
    assert _found(settings)["state directory"].state is State.OK
    assert list(settings.state_dir.iterdir()) == []


def _beat(settings: Settings, ago: float) -> None:
    settings.state_dir.mkdir(exist_ok=True)
    settings.heartbeat_file.write_text(json.dumps({"at": time.monotonic() - ago}))


def test_a_robot_at_work_needs_its_guard(settings: Settings, processes: Path) -> None:
    _beat(settings, ago=0)
    found = _found(settings)
    assert found["robot"].state is State.OK
    assert found["guard"].state is State.WARN and "voicebot guard" in found["guard"].mend
    (processes / "77").mkdir()
    (processes / "77/cmdline").write_bytes(b"/opt/voicebot/.venv/bin/python\0-m\0voicebot\0guard\0")
    assert _found(settings)["guard"].what == "runs (process 77)"


def test_a_robot_that_went_silent_is_a_fault(settings: Settings, processes: Path) -> None:
    _beat(settings, ago=60)
    check = _found(settings)["robot"]
    assert check.state is State.FAIL and "no sign of life for 60 s" in check.what


def test_a_robot_that_is_not_started_yet_is_no_fault(settings: Settings, processes: Path) -> None:
    found = _found(settings)
    assert found["robot"].state is State.OK and "guard" not in found


def test_a_damaged_note_of_the_private_asterisk_is_a_fault(settings: Settings) -> None:
    note = settings.state_dir / "asterisk/instance.json"
    note.parent.mkdir(parents=True)
    note.write_text("{")
    check = _found(settings)["ports"]
    assert check.state is State.FAIL and str(note) in check.what


def test_a_simulated_clock_is_not_forgotten(settings: Settings) -> None:
    at = datetime(2026, 11, 21, tzinfo=UTC)
    check = _found(settings.model_copy(update={"clock": Clock(real=at, simulated=at)}))["clock"]
    assert check.state is State.WARN and "[clock]" in check.mend
