"""A robot's Asterisk and, at the other end of its trunk, a small telephone network."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import pytest_asyncio

from voicebot import resources
from voicebot.telephony.asterisk import install_asterisk
from voicebot.telephony.local import LocalAsterisk
from voicebot.telephony.ports import Ports

from .sound import idle, tone

NETWORK = Path(__file__).parent / "network"

Pair: TypeAlias = tuple[LocalAsterisk, LocalAsterisk]  #: the robot's, the network's


@asynccontextmanager
async def started_pair(folder: Path, values: Mapping[str, Any]) -> AsyncIterator[Pair]:
    """The product's own configuration, with these values; and the numbers of `network/extensions.conf`."""
    robot_ports, network_ports = Ports.free(), Ports.free()
    sounds = {"robot-lost": tone(700, 1.0), "goodbye": tone(900, 0.5)}
    robot_values = {"trunk_port": network_ports.sip, **values}
    network_values = {"trunk_port": robot_ports.sip, "name": "network"}
    folders = (resources.asterisk_conf(), NETWORK)
    network = LocalAsterisk(folder / "network", conf_dirs=folders, values=network_values, ports=network_ports)
    robot = LocalAsterisk(folder / "robot", values=robot_values, ports=robot_ports, sounds=sounds)
    async with network, robot:
        yield robot, network


@pytest.fixture(scope="session", autouse=True)
def installed_asterisk() -> None:
    install_asterisk()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_pair(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pair]:
    async with started_pair(tmp_path_factory.mktemp("asterisk"), {}) as pair:
        yield pair


@pytest.fixture
async def pair(request: pytest.FixtureRequest, tmp_path: Path, shared_pair: Pair) -> AsyncIterator[Pair]:
    """The shared ones, cleared; or, by `own_pair(values)`, two that the test may kill."""
    if hasattr(request, "param"):
        async with started_pair(tmp_path, request.param) as own:
            yield own
            print_logs(own)
        return
    await clear(shared_pair)
    yield shared_pair
    print_logs(shared_pair)


@pytest.fixture
def robot_asterisk(pair: Pair) -> LocalAsterisk:
    return pair[0]


@pytest.fixture
def network(pair: Pair) -> LocalAsterisk:
    return pair[1]


@pytest.fixture
def unused_port() -> int:
    """TCP."""
    return Ports.free().http


async def clear(pair: Pair) -> None:
    """No calls, no recordings, empty logs."""
    for asterisk in pair:
        await asterisk.command("channel request hangup all")
        await idle(asterisk)
        for file in (asterisk.run_dir / "spool/monitor").iterdir():
            file.unlink()
        for log in (asterisk.log_file, asterisk.cdr_file, asterisk.cel_file):
            if log.is_file():
                log.write_bytes(b"")  # Asterisk appends


def print_logs(pair: Pair) -> None:
    """pytest shows them when the test fails."""
    for asterisk in pair:
        print(f"--- {asterisk.log_file}", asterisk.log_file.read_text(errors="replace"), sep="\n")  # noqa: T201
