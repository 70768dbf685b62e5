"""The doctor finds what is planted, names it, and says what to mend."""

import json
import os
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import pytest
import pytest_asyncio

from voicebot.doctor.check import Check, State
from voicebot.doctor.examination import examine
from voicebot.store import schema
from voicebot.telephony.local import LocalAsterisk
from voicebot.telephony.ports import LOOPBACK, Ports

pytestmark = pytest.mark.asterisk

Plant = Callable[["Clinic"], None]


class Clinic:
    """A machine that is ready for calls, and what its settings file says."""

    def __init__(self, folder: Path, asterisk: LocalAsterisk) -> None:
        self.state_dir = folder / "state"
        self.state_dir.mkdir(mode=0o700)
        self.file = folder / "voicebot.toml"
        self.mode = 0o600
        schema.upgrade(f"sqlite:///{self.state_dir}/voicebot.db")
        ari, ami = asterisk.ari, asterisk.ami
        self.keys = {
            "state_dir": str(self.state_dir),
            "store.url": f"sqlite:///{self.state_dir}/voicebot.db",
            "ari.url": ari.url,
            "ari.user": ari.user,
            "ari.password": ari.password.get_secret_value(),
            "clinic.timezone": "UTC",
            "speech.model": "tiny-ru",
            "speech.voice": "espeak",
        }
        self.ami = {"host": ami.host, "port": ami.port, "user": ami.user, "secret": ami.secret.get_secret_value()}
        self.trunk = {"dial": "PJSIP/{number}@trunk"}

    async def examined(self) -> dict[str, Check]:
        """The findings by name."""
        lines = [f"{key} = {json.dumps(value)}" for key, value in self.keys.items()]
        lines += ["[[ami]]", *(f"{key} = {json.dumps(value)}" for key, value in self.ami.items())]
        lines += ["[[trunks]]", *(f"{key} = {json.dumps(value)}" for key, value in self.trunk.items())]
        self.file.write_text("\n".join(lines))
        self.file.chmod(self.mode)
        return {check.name: check for check in await examine(self.file)}


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def asterisk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LocalAsterisk]:
    async with LocalAsterisk(tmp_path_factory.mktemp("asterisk")) as running:
        yield running
        print(running.log_file.read_text(errors="replace"))  # noqa: T201 (shown when a test fails)


@pytest.fixture
def clinic(tmp_path: Path, asterisk: LocalAsterisk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clinic]:
    with monkeypatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("VOICEBOT_")]:
            patch.delenv(name)
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield Clinic(tmp_path, asterisk)
    time.tzset()


async def test_a_machine_in_order_has_no_faults(clinic: Clinic) -> None:
    found = await clinic.examined()
    assert {name: check.what for name, check in found.items() if check.state is State.FAIL} == {}
    names = {"asterisk", "ari", "ami local", "media module", "media path", "trunk trunk", "database", "voice"}
    assert names | {"speech model", "disk", "clock", "state directory", "settings file"} <= found.keys()


async def test_the_embedded_model_is_named_with_what_it_is_not_for(clinic: Clinic) -> None:
    check = (await clinic.examined())["speech model"]
    assert check.state is State.WARN
    assert "tiny-ru" in check.what and "dictation" in check.what and "models install" in check.mend


def _wrong_ari_password(clinic: Clinic) -> None:
    clinic.keys["ari.password"] = "wrong"


def _ari_elsewhere(clinic: Clinic) -> None:
    clinic.keys["ari.url"] = f"http://{LOOPBACK}:{Ports.free().http}"


def _unreachable_ami(clinic: Clinic) -> None:
    clinic.ami["port"] = Ports.free().ami


def _not_ami(clinic: Clinic) -> None:
    clinic.ami["port"] = int(clinic.keys["ari.url"].rpartition(":")[2])


def _wrong_ami_secret(clinic: Clinic) -> None:
    clinic.ami["secret"] = "wrong"


def _unknown_trunk(clinic: Clinic) -> None:
    clinic.trunk["dial"] = "PJSIP/{digits}@carrier"


def _missing_model(clinic: Clinic) -> None:
    clinic.keys["speech.model"] = "vosk-model-of-nobody"


def _missing_voice(clinic: Clinic) -> None:
    clinic.keys["speech.voice"] = "silero:nobody"


def _tables_of_old(clinic: Clinic) -> None:
    schema.downgrade(clinic.keys["store.url"], "base")


def _database_is_a_folder(clinic: Clinic) -> None:
    folder = clinic.state_dir / "folder"
    folder.mkdir()
    clinic.keys["store.url"] = f"sqlite:///{folder}"


def _database_is_a_picture(clinic: Clinic) -> None:
    file = clinic.state_dir / "picture.db"
    file.write_bytes(b"\x89PNG\r\n" * 1000)
    clinic.keys["store.url"] = f"sqlite:///{file}"


def _state_dir_below_a_file(clinic: Clinic) -> None:
    file = clinic.state_dir / "file"
    file.touch()
    clinic.keys["state_dir"] = str(file / "state")


def _no_such_zone(clinic: Clinic) -> None:
    clinic.keys["clinic.timezone"] = "Europe/Moskva"


def _passwords_for_all(clinic: Clinic) -> None:
    clinic.mode = 0o644


@pytest.mark.parametrize(
    ("plant", "name", "what", "mend"),
    [
        (_wrong_ari_password, "ari", "refuses the user 'voicebot' or the password", "ari.conf"),
        (_ari_elsewhere, "ari", "not reachable", "[ari] url"),
        (_unreachable_ami, "ami local", "not reachable", "[[ami]] host and port"),
        (_not_ami, "ami local", "AMI", "[[ami]]"),
        (_wrong_ami_secret, "ami local", "refuses the user 'voicebot' or the secret", "manager.conf"),
        (_unknown_trunk, "trunk trunk", "no endpoint PJSIP/carrier", "PJSIP/trunk"),
        (_missing_model, "speech model", "vosk-model-of-nobody: no Vosk model", "voicebot models install"),
        (_missing_voice, "voice", "", "voicebot models install"),
        (_tables_of_old, "database", "revision none", "voicebot serve"),
        (_database_is_a_folder, "database", "unable to open database file", "[store] url"),
        (_database_is_a_picture, "database", "not a database", "[store] url"),
        (_state_dir_below_a_file, "state directory", "cannot be written", "state_dir"),
        (_no_such_zone, "settings", "'Europe/Moskva' is not an IANA time zone", "docs/settings.md"),
        (_passwords_for_all, "settings file", "can read the passwords", "chmod"),
    ],
    ids=lambda value: value.__name__.strip("_") if callable(value) else "",
)
async def test_a_planted_fault_is_named_with_its_mend(
    clinic: Clinic, plant: Plant, name: str, what: str, mend: str
) -> None:
    plant(clinic)
    found = await clinic.examined()
    assert found[name].state is State.FAIL
    assert what in found[name].what and mend in found[name].mend
    assert [other for other, check in found.items() if check.state is State.FAIL] == [name]


async def test_a_port_that_another_program_has_taken_is_named(clinic: Clinic) -> None:
    ports = Ports.free()
    private = clinic.state_dir / "asterisk"
    private.mkdir()
    state = {"secrets": {"ari_password": "x", "ami_secret": "x"}, "pid": None, "ports": asdict(ports)}
    (private / "instance.json").write_text(json.dumps(state))
    assert (await clinic.examined())["ports"].state is State.OK
    with socket.create_server((LOOPBACK, ports.http)):
        check = (await clinic.examined())["ports"]
    assert check.state is State.FAIL
    assert f"port {ports.http}/tcp is taken" in check.what and "another port" in check.mend


async def test_an_asterisk_without_its_media_module_is_found_out(clinic: Clinic, asterisk: LocalAsterisk) -> None:
    await asterisk.command("module unload chan_websocket.so")
    try:
        found = await clinic.examined()
    finally:
        await asterisk.command("module load chan_websocket.so")
    assert found["media module"].state is State.FAIL and "module load chan_websocket.so" in found["media module"].mend
    assert found["media path"].state is State.FAIL


async def test_the_trial_of_the_sound_leaves_nothing_behind(clinic: Clinic, asterisk: LocalAsterisk) -> None:
    await clinic.examined()
    assert "0 active channels" in await asterisk.command("core show channels")


async def test_a_machine_in_another_zone_than_the_clinic_is_warned_of(clinic: Clinic) -> None:
    clinic.keys["clinic.timezone"] = "Asia/Yekaterinburg"
    check = (await clinic.examined())["clock"]
    assert check.state is State.WARN
    assert "Asia/Yekaterinburg" in check.what and "set-timezone" in check.mend
