"""A robot's Asterisk and, at the other end of its trunk, a small telephone network."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from voicebot import resources
from voicebot.telephony.asterisk import install_asterisk
from voicebot.telephony.local import LocalAsterisk
from voicebot.telephony.ports import Ports

from .sound import tone

NETWORK = Path(__file__).parent / "network"


@pytest.fixture(scope="session", autouse=True)
def installed_asterisk() -> None:
    install_asterisk()


@pytest.fixture
def trunk_ports() -> tuple[Ports, Ports]:
    """Of the robot's Asterisk and of the network's."""
    return Ports.free(), Ports.free()


@pytest.fixture
async def network(tmp_path: Path, trunk_ports: tuple[Ports, Ports]) -> AsyncIterator[LocalAsterisk]:
    """Numbers of `network/extensions.conf`."""
    robot, own = trunk_ports
    values = {"trunk_port": robot.sip, "name": "network"}
    folders = (resources.asterisk_conf(), NETWORK)
    async with LocalAsterisk(tmp_path / "network", conf_dirs=folders, values=values, ports=own) as asterisk:
        yield asterisk
        print_log(asterisk)


@pytest.fixture
async def robot_asterisk(
    tmp_path: Path, trunk_ports: tuple[Ports, Ports], network: LocalAsterisk, request: pytest.FixtureRequest
) -> AsyncIterator[LocalAsterisk]:
    """The Asterisk that the robot works on, with the product's own configuration."""
    own, outside = trunk_ports
    values = {"trunk_port": outside.sip, **getattr(request, "param", {})}
    sounds = {"robot-lost": tone(700, 1.0), "goodbye": tone(900, 0.5)}
    async with LocalAsterisk(tmp_path / "robot", values=values, ports=own, sounds=sounds) as asterisk:
        yield asterisk
        print_log(asterisk)


def print_log(asterisk: LocalAsterisk) -> None:
    """pytest shows it when the test fails."""
    print(f"--- {asterisk.log_file}", asterisk.log_file.read_text(errors="replace"), sep="\n")  # noqa: T201


@pytest.fixture
def unused_port() -> int:
    """TCP."""
    return Ports.free().http
