"""tools/setup.sh, tried with a Python that only notes what it was asked to do."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
READ_BY_SETUP = (
    "tools/setup.sh",
    "pyproject.toml",
    "constraints.txt",
    "voicebot/apt.py",
    "voicebot/debian.py",
    "voicebot/telephony/asterisk.py",
)

# Stands for python3, and as a copy for .venv/bin/python and .venv/bin/voicebot.
NOTING_PYTHON = """\
#!/usr/bin/env bash
echo "$(basename "$0") $*" >>"$NOTES"
if [[ $2 = *print* ]]; then echo VERSION; fi
if [ "$1 $2" = '-m venv' ]; then
  mkdir -p .venv/bin
  cp "$0" .venv/bin/python
  cp "$0" .venv/bin/voicebot
  echo "#!$PWD/.venv/bin/python" >.venv/bin/pip
fi
"""


class Checkout:
    """A folder with what set-up reads, and the notes of the python3 on its PATH."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.notes = folder / "notes"
        for name in READ_BY_SETUP:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(CHECKOUT / name, folder / name)
        self.new_python("python3", "3.11")

    def new_python(self, name: str, version: str) -> str:
        file = self.folder / "bin" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(NOTING_PYTHON.replace("VERSION", version))
        file.chmod(0o755)
        return str(file)

    def set_up(self, level: str = "run", python: str = "") -> subprocess.CompletedProcess[str]:
        path = f"{self.folder}/bin:{os.environ['PATH']}"
        env = {**os.environ, "NOTES": str(self.notes), "PATH": path, "PYTHON": python}
        command = [str(self.folder / "tools/setup.sh"), level]
        return subprocess.run(command, env=env, capture_output=True, text=True, check=False)

    def asked(self) -> str:
        """What Python was asked for since the last question."""
        words = self.notes.read_text() if self.notes.exists() else ""
        self.notes.unlink(missing_ok=True)
        return words


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_a_first_setup_makes_the_environment_installs_packages_and_asterisk(checkout: Checkout) -> None:
    done = checkout.set_up()
    assert done.returncode == 0, done.stderr
    asked = checkout.asked()
    assert "-m venv" in asked
    assert "-e .\n" in asked
    assert "voicebot asterisk install" in asked


def test_a_second_setup_starts_no_program_at_all(checkout: Checkout) -> None:
    checkout.set_up()
    checkout.asked()
    assert checkout.set_up().returncode == 0
    assert checkout.asked() == ""


def test_what_a_set_up_for_tests_installed_serves_the_demo_too(checkout: Checkout) -> None:
    checkout.set_up("dev")
    assert "torch==" in checkout.asked()
    checkout.set_up("run")
    assert checkout.asked() == ""


@pytest.mark.parametrize("changed", ["pyproject.toml", "constraints.txt"])
def test_changed_dependencies_are_installed_into_the_same_environment(checkout: Checkout, changed: str) -> None:
    checkout.set_up()
    checkout.asked()
    with (checkout.folder / changed).open("a") as file:
        file.write("# changed\n")
    checkout.set_up()
    asked = checkout.asked()
    assert "-e .\n" in asked
    assert "-m venv" not in asked
    assert "asterisk install" not in asked


def test_a_moved_checkout_gets_a_new_environment(checkout: Checkout, tmp_path: Path) -> None:
    checkout.set_up()
    checkout.asked()
    shutil.copytree(checkout.folder, tmp_path / "elsewhere", ignore=shutil.ignore_patterns("elsewhere"))
    checkout.folder = tmp_path / "elsewhere"
    checkout.set_up()
    assert "-m venv" in checkout.asked()


def test_a_named_python_of_another_version_gets_a_new_environment_once(checkout: Checkout) -> None:
    checkout.set_up()
    checkout.asked()
    other = checkout.new_python("python-of-my-own", "3.12")
    checkout.set_up(python=other)
    assert "python-of-my-own -m venv" in checkout.asked()
    checkout.set_up(python=other)
    assert " -m " not in checkout.asked()


@pytest.mark.parametrize("python", ["false", "no-such-python"])
def test_a_python_that_is_too_old_or_missing_is_one_line_with_the_mend(checkout: Checkout, python: str) -> None:
    done = checkout.set_up(python=python)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert python in done.stderr
    assert "3.11 or newer" in done.stderr
    assert "make setup PYTHON=" in done.stderr
