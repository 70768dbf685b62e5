"""Getting in: a clean boot, wrong passwords, closed doors, taken ports."""

import asyncio
import socket
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from voicebot import config
from voicebot.errors import AmiError, AriError, ConfigError, TelephonyError
from voicebot.telephony.ami import Ami
from voicebot.telephony.ari import CHANNEL_LOST, Ari
from voicebot.telephony.local import LocalAsterisk
from voicebot.telephony.ports import Ports
from voicebot.telephony.render import render

from .sound import own_pair

pytestmark = pytest.mark.asterisk


@own_pair()
async def test_the_configuration_boots_without_an_error_or_warning(robot_asterisk: LocalAsterisk) -> None:
    lines = robot_asterisk.log_file.read_text().splitlines()
    assert [line for line in lines if "] ERROR[" in line or "] WARNING[" in line] == []


async def test_only_the_owner_can_read_the_secrets(robot_asterisk: LocalAsterisk) -> None:
    files = [*(robot_asterisk.run_dir / "etc").iterdir(), robot_asterisk.run_dir / "instance.json"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    secrets = {robot_asterisk.ari.password.get_secret_value(), robot_asterisk.ami.secret.get_secret_value()}
    assert all(len(secret) >= 32 for secret in secrets) and len(secrets) == 2


async def test_everything_listens_on_the_loopback_address(robot_asterisk: LocalAsterisk) -> None:
    assert "127.0.0.1:" + str(robot_asterisk.ports.sip) in await robot_asterisk.command("pjsip show transports")
    listening = Path(f"/proc/{robot_asterisk.pid}/net/tcp").read_text().splitlines()[1:]  # noqa: ASYNC240
    ours = {f"{port:04X}" for port in (robot_asterisk.ports.http, robot_asterisk.ports.ami)}
    addresses = [line.split()[1].split(":") for line in listening if line.split()[3] == "0A"]
    assert {address for address, port in addresses if port in ours} == {"0100007F"}


async def test_a_wrong_ari_password_is_named(robot_asterisk: LocalAsterisk) -> None:
    wrong = robot_asterisk.ari.model_copy(update={"password": SecretStr("wrong")})
    with pytest.raises(AriError, match="refuses the user") as caught:
        await Ari(wrong).__aenter__()
    assert "ari.conf" in caught.value.mend
    assert "wrong" not in str(caught.value)


async def test_a_wrong_ami_secret_is_named_at_once(robot_asterisk: LocalAsterisk) -> None:
    wrong = robot_asterisk.ami.model_copy(update={"secret": SecretStr("wrong")})
    async with asyncio.timeout(5):
        with pytest.raises(AmiError, match="refuses the user") as caught:
            await Ami(wrong).__aenter__()
    assert "manager.conf" in caught.value.mend


async def test_closed_doors_are_named(unused_port: int) -> None:
    with pytest.raises(AriError, match="not reachable") as ari_error:
        await Ari(config.Ari(url=f"http://127.0.0.1:{unused_port}")).__aenter__()
    with pytest.raises(AmiError, match="not reachable") as ami_error:
        await Ami(config.Ami(port=unused_port)).__aenter__()
    assert str(unused_port) in str(ari_error.value)
    assert str(unused_port) in str(ami_error.value)


async def test_servers_that_never_answer_are_given_up_in_time() -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        port = deaf.getsockname()[1]
        limit = timedelta(seconds=0.3)
        with pytest.raises(AriError, match=r"within 0\.3 s"):
            await Ari(config.Ari(url=f"http://127.0.0.1:{port}", timeout=limit)).__aenter__()
        with pytest.raises(AmiError, match=r"within 0\.3 s"):
            await Ami(config.Ami(port=port, timeout=limit)).__aenter__()


async def test_another_service_on_the_ami_port_is_named(robot_asterisk: LocalAsterisk) -> None:
    limit = timedelta(seconds=1)
    wrong = robot_asterisk.ami.model_copy(update={"port": robot_asterisk.ports.http, "timeout": limit})
    with pytest.raises(AmiError):
        await Ami(wrong).__aenter__()


async def test_a_taken_port_is_named(tmp_path: Path) -> None:
    ports = Ports.free()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", ports.sip))
        with pytest.raises(TelephonyError, match=f"sip_port: port {ports.sip}/udp is taken"):
            await LocalAsterisk(tmp_path, ports=ports).start()


def test_a_value_that_a_template_needs_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.conf").write_text("port = {{ no_such_port }}\n")
    with pytest.raises(ConfigError, match="no_such_port"):
        render([tmp_path], {}, tmp_path / "out")


async def test_the_same_folder_gives_the_same_ports_and_secrets_again(tmp_path: Path) -> None:
    async with LocalAsterisk(tmp_path) as first:
        before = (first.ports, first.ari, first.ami)
    again = LocalAsterisk(tmp_path)
    assert (again.ports, again.ari, again.ami) == before


async def test_a_detached_asterisk_is_found_and_stopped_by_another_process(tmp_path: Path) -> None:
    await LocalAsterisk(tmp_path).start(detached=True)
    other = LocalAsterisk(tmp_path)
    assert other.running
    with pytest.raises(TelephonyError, match="runs already"):
        await other.start()
    await other.stop()
    assert not LocalAsterisk(tmp_path).running


@own_pair()
async def test_ari_and_ami_come_back_after_asterisk_was_killed(robot_asterisk: LocalAsterisk) -> None:
    async with Ari(robot_asterisk.ari) as ari, Ami(robot_asterisk.ami) as ami:
        inbox = ari.inbox("call")
        await ari.originate("PJSIP/+79990000180@trunk", channel_id="call", ring_timeout=60)
        robot_asterisk.kill()
        await robot_asterisk.stop()
        await robot_asterisk.start()
        async with asyncio.timeout(15):
            async for event in inbox:
                if event["type"] == CHANNEL_LOST:
                    break
            assert await ari.channels() == []
            assert await ami.items("CoreShowChannels") == []


async def test_a_robot_whose_name_is_taken_learns_it(robot_asterisk: LocalAsterisk) -> None:
    async with Ari(robot_asterisk.ari) as first, Ari(robot_asterisk.ari):
        with pytest.raises(AriError, match="another robot"):
            await asyncio.wait_for(first.failed(), 5)


async def test_a_line_break_in_a_value_is_no_second_action(robot_asterisk: LocalAsterisk) -> None:
    async with Ami(robot_asterisk.ami) as ami:
        answer = await ami.action("UserEvent", UserEvent="Test", Header="a\r\n\r\nAction: Logoff")
        assert answer["Response"] == "Success"
        assert (await ami.action("Ping"))["Response"] == "Success"
