"""`voicebot serve` and `voicebot guard` with a wrong password: one line with the mend, and soon."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from voicebot import config
from voicebot.config import Settings, Store
from voicebot.telephony.local import LocalAsterisk

pytestmark = pytest.mark.asterisk

WRONG = SecretStr("wrong")


@pytest.mark.parametrize(
    ("command", "wrong", "what", "mend"),
    [
        ("serve", "ari", "ARI refuses the user 'voicebot' or the password", "ari.conf"),
        ("serve", "ami", "AMI refuses the user 'voicebot' or the secret", "manager.conf"),
        ("guard", "ami", "AMI refuses the user 'voicebot' or the secret", "manager.conf"),
    ],
)
async def test_a_wrong_password_is_one_line_with_the_mend(
    robot_asterisk: LocalAsterisk, tmp_path: Path, command: str, wrong: str, what: str, mend: str
) -> None:
    ari, ami = robot_asterisk.ari, robot_asterisk.ami
    settings = Settings(
        state_dir=tmp_path / "state",
        store=Store(url=f"sqlite:///{tmp_path / 'store.db'}"),
        ari=ari.model_copy(update={"password": WRONG}) if wrong == "ari" else ari,
        ami=(ami.model_copy(update={"secret": WRONG}) if wrong == "ami" else ami,),
    )
    done = subprocess.run(  # noqa: ASYNC221 (nothing else runs here)
        [sys.executable, "-m", "voicebot", command],
        env={**os.environ, **config.to_environment(settings)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 7, done.stderr
    [line] = [line for line in done.stderr.splitlines() if line.startswith("voicebot: ")]
    assert what in line and mend in line
    assert "Traceback" not in done.stderr
    assert "wrong" not in done.stderr
