"""Debian's programs in a private prefix; what needs the archive is tested by the Asterisk tests' set-up."""

import json
import stat
from pathlib import Path

import pytest

from voicebot import apt, debian
from voicebot.errors import ProgramMissing


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    """With a library folder, a loader and two programs."""
    library = tmp_path / "root/usr/lib/riscv64-linux-gnu"
    library.mkdir(parents=True)
    (library / "ld-linux-riscv64-lp64d.so.1").touch()
    (tmp_path / "root/usr/bin").mkdir()
    for name in ("espeak-ng", "festival"):
        (tmp_path / "root/usr/bin" / name).touch()
    return tmp_path


def tool(folder: Path, name: str, script: str) -> None:
    folder.mkdir(exist_ok=True)
    file = folder / name
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)


def test_a_program_of_the_prefix_is_started_by_the_prefixs_own_loader(prefix: Path) -> None:
    program = debian.in_prefix("espeak-ng", prefix)
    loader, option, libraries, *_, binary, argument = program.command("--version")
    library = prefix / "root/usr/lib/riscv64-linux-gnu"
    assert loader == str(library / "ld-linux-riscv64-lp64d.so.1")
    assert option == "--library-path"
    assert libraries.split(":")[:2] == [f"{library}/pulseaudio", str(library)]
    assert (binary, argument) == (str(prefix / "root/usr/bin/espeak-ng"), "--version")
    assert program.env["ESPEAK_DATA_PATH"] == str(library)


def test_festival_is_told_where_its_voices_lie(prefix: Path) -> None:
    assert debian.in_prefix("festival", prefix).command()[-2:] == ["--datadir", f"{prefix}/root/usr/share/festival"]


def test_the_machines_own_program_comes_first(prefix: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool(tmp_path / "bin", "espeak-ng", "true")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert debian.program("espeak-ng", prefix).words == (str(tmp_path / "bin/espeak-ng"),)


def test_a_program_that_is_nowhere_is_named_with_the_mend(prefix: Path) -> None:
    with pytest.raises(ProgramMissing, match="no-such-program") as caught:
        debian.program("no-such-program", prefix)
    assert "voicebot asterisk install" in caught.value.mend


def test_nothing_is_fetched_when_all_is_there(prefix: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = {"suite": "forky", "requested": ["espeak-ng", "festival"], "packages": {}}
    (prefix / debian.LOCK).write_text(json.dumps(lock))
    monkeypatch.setenv("PATH", "/nonexistent")
    assert debian.install(["espeak-ng"], prefix) == prefix


def test_empty_package_lists_are_named_with_the_mend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool(tmp_path / "bin", "apt-get", "exit 0")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    with pytest.raises(ProgramMissing, match="lists are empty") as caught:
        apt.own_mirror()
    assert "apt-get update" in caught.value.mend


def test_the_mirror_is_the_main_archive_of_the_machines_own_apt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = ["http://s.example/debian-security/ Debian Debian-Security", "http://m.example/debian/ Debian Debian"]
    tool(tmp_path / "bin", "apt-get", "\n".join(f"echo '{line}'" for line in lines))
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    assert apt.own_mirror() == "http://m.example/debian/"


def test_a_machine_without_apt_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ProgramMissing, match="apt-get is missing"):
        debian.install(["asterisk"], tmp_path / "prefix")


def test_what_apt_complains_about_is_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool(tmp_path / "bin", "apt-get", "echo 'E: Could not connect' >&2; exit 100")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    with pytest.raises(ProgramMissing, match="Could not connect") as caught:
        apt.open_archive(tmp_path / "work", ["asterisk"], "http://m.example/debian")
    assert "--mirror" in caught.value.mend


def test_the_machines_own_proxy_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "apt.conf").write_text('Acquire::http::Proxy "http://proxy.example:3142/";\n')
    monkeypatch.setenv("APT_CONFIG", str(tmp_path / "apt.conf"))
    tool(tmp_path / "bin", "apt-get", "exit 0")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    apt.open_archive(tmp_path / "work", ["asterisk"], "http://m.example/debian")
    assert 'Acquire::http::Proxy "http://proxy.example:3142/";' in (tmp_path / "work/apt.conf").read_text()
