"""A Debian archive read by the machine's own apt, in folders of our own: nothing of the host changes."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from voicebot.errors import ProgramMissing

SUITES = ("forky", "sid")  #: the first that has Asterisk 22; sid where the mirror has left forky behind
_KEYRINGS = Path("/usr/share/keyrings")
_KEYRING = _KEYRINGS / "debian-archive-keyring.gpg"
_TIME_LIMIT = 900  # seconds; 80 MB over a slow line

# An empty dpkg database makes apt resolve the whole closure, the C library included. A mirror that is frozen in time
# has an expired Release file: its signature is still checked.
_CONF = """\
Dir::Etc "{work}/etc";
Dir::Etc::main "-";
Dir::Etc::parts "{work}/etc/apt.conf.d";
Dir::Etc::sourcelist "{work}/etc/sources.list";
Dir::Etc::sourceparts "{work}/etc/sources.list.d";
Dir::Etc::preferences "-";
Dir::Etc::preferencesparts "{work}/etc/preferences.d";
Dir::Etc::trusted "/dev/null";
Dir::Etc::trustedparts "{keyrings}";
Dir::State "{work}/state";
Dir::State::status "{work}/state/status";
Dir::Cache "{work}/cache";
Dir::Log "{work}";
APT::Architecture "{arch}";
APT::Architectures {{ "{arch}"; }};
APT::Install-Recommends "false";
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "5";
Acquire::Check-Valid-Until "false";
Debug::NoLocking "true";
"""
_FOLDERS = (
    "etc/apt.conf.d",
    "etc/preferences.d",
    "etc/sources.list.d",
    "state/lists/partial",
    "cache/archives/partial",
)


@dataclass(frozen=True)
class Archive:
    """One suite of an archive, opened for a set of packages."""

    work: Path
    suite: str
    closure: Mapping[str, str]  #: package → version, dependencies included

    def download(self, packages: Mapping[str, str]) -> dict[str, Path]:
        """Fetch exactly these versions; apt checks every file against the signed index."""
        folder = self.work / "debs"
        folder.mkdir(exist_ok=True)
        if packages:
            wanted = [f"{name}={version}" for name, version in packages.items()]
            _apt(self.work, "-qq", "download", *wanted, cwd=folder)
        return {name: self._file(folder, name, version) for name, version in packages.items()}

    @staticmethod
    def _file(folder: Path, name: str, version: str) -> Path:
        found = list(folder.glob(f"{name}_{version.replace(':', '%3a')}_*.deb"))
        if len(found) != 1:
            raise ProgramMissing(f"the package {name} {version} was not downloaded", mend="Try again.")
        return found[0]


def open_archive(work: Path, packages: Iterable[str], mirror: str | None = None) -> Archive:
    """Read the archive's lists into `work` and resolve what the packages need.

    Args:
        mirror: URL of a Debian archive; None takes the one that this machine's own apt uses.

    Raises:
        ProgramMissing: apt is absent, its lists are empty, or no suite gives the packages.
    """
    for tool in ("apt-get", "apt-config", "dpkg", "dpkg-deb", "tar"):
        if not shutil.which(tool):
            raise ProgramMissing(f"{tool} is missing", mend="Use Debian or Ubuntu, or install Asterisk 22 yourself.")
    if not os.access(_KEYRING, os.R_OK):
        raise ProgramMissing(f"no {_KEYRING}", mend="As root: apt-get install debian-archive-keyring.")
    mirror = (mirror or own_mirror()).rstrip("/")
    _lay_out(work)
    wanted = sorted(packages)
    trouble = ""
    for suite in SUITES:
        (work / "etc/sources.list").write_text(f"deb [signed-by={_KEYRING}] {mirror} {suite} main\n", encoding="utf-8")
        try:
            _apt(work, "-qq", "update")
            plan = _apt(work, "-s", "-qq", "-y", "install", *wanted)
        except ProgramMissing as error:
            trouble = error.what
            continue
        return Archive(work, suite, dict(re.findall(r"^Inst (\S+?)(?::\S+)? \((\S+)", plan, re.MULTILINE)))
    raise ProgramMissing(
        f"no suite of {', '.join(SUITES)} gives {' '.join(wanted)}: {trouble}",
        mend="Check the connection, or name another Debian mirror with --mirror.",
    )


def own_mirror() -> str:
    """The Debian archive in this machine's own apt sources.

    Raises:
        ProgramMissing: apt has no lists yet, or no Debian archive among its sources.
    """
    listing = ["apt-get", "indextargets", "--format", "$(REPO_URI) $(ORIGIN) $(LABEL)", "Created-By: Packages"]
    found = subprocess.run(listing, capture_output=True, text=True, check=False, timeout=60).stdout
    for line in found.splitlines():
        address, *labels = line.split()
        if labels == ["Debian", "Debian"]:
            return address
    raise ProgramMissing(
        "apt's package lists are empty or name no Debian archive",
        mend="As root run: apt-get update (or name a Debian mirror with --mirror).",
    )


def _lay_out(work: Path) -> None:
    for folder in _FOLDERS:
        (work / folder).mkdir(parents=True, exist_ok=True)
    (work / "state/status").touch()
    arch = subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=True, timeout=60)
    conf = _CONF.format(work=work, keyrings=_KEYRINGS, arch=arch.stdout.strip())
    (work / "apt.conf").write_text(conf + _own_ways(), encoding="utf-8")


def _own_ways() -> str:
    """How this machine's own apt reaches its archives: proxies, certificates, time limits."""
    asked = ["apt-config", "dump", "--no-empty", "--format", '%F "%v";%n', "Acquire::http", "Acquire::https"]
    return subprocess.run(asked, capture_output=True, text=True, check=True, timeout=60).stdout


def _apt(work: Path, *arguments: str, cwd: Path | None = None) -> str:
    env = {**os.environ, "APT_CONFIG": str(work / "apt.conf"), "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        ["apt-get", *arguments],
        env=env,
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=_TIME_LIMIT,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.startswith("E:")] or ["apt-get failed"]
        raise ProgramMissing(lines[0].removeprefix("E: "))
    return done.stdout
