"""What is missing on a machine is one clear line with the mend, never a traceback."""

import json
import socket
import subprocess
from dataclasses import asdict
from pathlib import Path

import pytest
from cli_command import Command, Invoke

from voicebot import debian, resources
from voicebot.errors import VoicebotError
from voicebot.telephony.ports import LOOPBACK, Ports


def _one_line(done: "subprocess.CompletedProcess[str]") -> str:
    """The error; the log's lines, which begin with the year, are left out."""
    lines = [line for line in done.stderr.splitlines() if not line[:4].isdigit()]
    assert len(lines) == 1 and lines[0].startswith("voicebot: "), done.stderr
    return lines[0]


def _with(settings: Path, text: str) -> None:
    settings.write_text(settings.read_text() + text)


def _speech(settings: Path, line: str) -> None:
    settings.write_text(settings.read_text().replace("[speech]\n", f"[speech]\n{line}\n"))


def test_serve_without_asterisk_says_where_it_looked(voicebot: Command, settings: Path) -> None:
    _with(settings, f"[ari]\nurl = 'http://{LOOPBACK}:9'\n")
    done = voicebot("serve")
    assert done.returncode == 7
    line = _one_line(done)
    assert f"http://{LOOPBACK}:9: ARI is not reachable" in line and "[ari] url" in line


def test_guard_without_ami_says_where_it_looked(voicebot: Command, settings: Path) -> None:
    _with(settings, f"[[ami]]\nhost = '{LOOPBACK}'\nport = 9\n")
    done = voicebot("guard")
    assert done.returncode == 7
    line = _one_line(done)
    assert f"{LOOPBACK}:9: AMI is not reachable" in line and "[[ami]] host and port" in line


def test_guard_does_not_wait_for_ever_for_an_ami_that_says_nothing(voicebot: Command, settings: Path) -> None:
    with socket.create_server((LOOPBACK, 0)) as server:
        _with(settings, f"[[ami]]\nport = {server.getsockname()[1]}\ntimeout = 1\n")
        done = voicebot("guard")
    assert done.returncode == 7
    assert "does not answer within 1 s" in _one_line(done)


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_a_port_of_the_private_asterisk_that_is_taken_is_named(
    voicebot: Command, tmp_path: Path, kind: socket.SocketKind
) -> None:
    ports = Ports.free()
    run_dir = tmp_path / "state/asterisk"
    run_dir.mkdir(parents=True)
    secrets = {"ari_password": "x", "ami_secret": "x"}
    (run_dir / "instance.json").write_text(json.dumps({"secrets": secrets, "ports": asdict(ports)}))
    port = ports.http if kind is socket.SOCK_STREAM else ports.sip
    with socket.socket(socket.AF_INET, kind) as taker:
        taker.bind((LOOPBACK, port))
        if kind is socket.SOCK_STREAM:
            taker.listen()
        done = voicebot("asterisk", "start")
    assert done.returncode == 7
    line = _one_line(done)
    assert f"port {port}/" in line and "is taken" in line and "another port" in line


def test_a_machine_without_asterisk_and_voice_is_told_how_to_get_both(
    invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resources, "private_prefix", lambda: tmp_path / "prefix")
    monkeypatch.setattr(debian, "on_machine", lambda _name: None)
    found = {check["name"]: check for check in json.loads(invoke(["doctor", "--json"]).stdout)["checks"]}
    for name in ("asterisk", "voice"):
        assert found[name]["state"] == "fail" and "voicebot asterisk install" in found[name]["mend"]
    started = invoke(["asterisk", "start"])
    assert isinstance(started.exception, VoicebotError) and "voicebot asterisk install" in str(started.exception)


def test_transcribing_without_a_speech_model_says_which_command_installs_one(
    voicebot: Command, settings: Path, tmp_path: Path
) -> None:
    _speech(settings, "model = 'vosk-model-small-ru-0.99'")
    done = voicebot("transcribe", tmp_path / "answer.wav", "--grammar", "да,нет")
    assert done.returncode == 6
    line = _one_line(done)
    assert "vosk-model-small-ru-0.99: no Vosk model here" in line and "voicebot models install" in line


def test_saying_without_the_named_voice_says_which_command_installs_one(
    voicebot: Command, settings: Path, tmp_path: Path
) -> None:
    _speech(settings, "voice = 'silero:nobody'")
    done = voicebot("say", "Здравствуйте", "--out", tmp_path / "hello.wav")
    assert done.returncode == 6
    assert "voicebot models install" in _one_line(done)


def test_a_recording_that_is_none_is_named(voicebot: Command, tmp_path: Path) -> None:
    file = tmp_path / "answer.wav"
    file.write_text("not sound")
    done = voicebot("transcribe", file, "--grammar", "да,нет")
    assert done.returncode == 6
    assert f"{file}: cannot be read as sound" in _one_line(done)


def test_a_database_that_is_none_is_named(voicebot: Command, tmp_path: Path) -> None:
    file = tmp_path / "state/voicebot.db"
    file.parent.mkdir()
    file.write_bytes(b"\x89PNG\r\n" * 1000)
    done = voicebot("campaign", "list")
    assert done.returncode == 5
    assert str(file) in _one_line(done)


def test_a_state_directory_that_cannot_be_made_is_named(voicebot: Command, settings: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    text = settings.read_text().replace(str(tmp_path / "state"), str(tmp_path / "file/state"))
    settings.write_text(text)
    done = voicebot("campaign", "list")
    assert done.returncode == 5
    assert str(tmp_path / "file/state") in _one_line(done)
