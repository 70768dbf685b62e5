"""The Asterisk that is used: the machine's own when it is new enough, else the one in the private prefix."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from voicebot import debian, resources
from voicebot.debian import Program
from voicebot.errors import AsteriskMissing, ProgramMissing

OLDEST = 22  #: the first long-term version with chan_websocket


@dataclass(frozen=True, kw_only=True)
class AsteriskBinary:
    """An Asterisk and where its files lie."""

    program: Program
    version: str  #: for example 22.10.1
    modules: Path
    data: Path  #: sounds, documentation and the ARI description

    @property
    def usable(self) -> bool:
        new_enough = int(self.version.partition(".")[0]) >= OLDEST
        return new_enough and (self.modules / "chan_websocket.so").is_file() and (self.data / "rest-api").is_dir()


def find_asterisk(prefix: Path | None = None) -> AsteriskBinary:
    """The Asterisk to run.

    Raises:
        AsteriskMissing: none is there, or only one that is too old.
    """
    try:
        found = _machines_own() or _look_at(debian.in_prefix("asterisk", prefix))
    except ProgramMissing:
        found = None
    if found and found.usable:
        return found
    what = f"no Asterisk {OLDEST} or newer with chan_websocket"
    place = str(prefix or resources.private_prefix())
    raise AsteriskMissing(what, place=place, mend="Run: voicebot asterisk install.")


def install_asterisk(prefix: Path | None = None, mirror: str | None = None) -> AsteriskBinary:
    """Put Asterisk and the offline voice into the private prefix where the machine has none; quick when there.

    Raises:
        ProgramMissing: see `debian.install`.
        AsteriskMissing: the archive gave an Asterisk that is too old.
    """
    packages = [] if _machines_own() else ["asterisk"]
    if not debian.on_machine("espeak-ng"):
        packages.append("espeak-ng")
    if packages:
        debian.install(packages, prefix, mirror)
    return find_asterisk(prefix)


def _machines_own() -> AsteriskBinary | None:
    program = debian.on_machine("asterisk")
    found = _look_at(program) if program else None
    return found if found and found.usable else None


def _look_at(program: Program) -> AsteriskBinary | None:
    answer = subprocess.run(program.command("-V"), env=program.env, capture_output=True, text=True, check=False)
    version = re.search(r"(\d+(?:\.\d+)+)", answer.stdout)
    homes = (program.root / "usr", program.root / "usr/local")
    places = ("lib/*/asterisk/modules", "lib/asterisk/modules", "lib64/asterisk/modules")
    modules = [folder for home in homes for place in places for folder in sorted(home.glob(place))]
    data = [program.root / place for place in ("usr/share/asterisk", "var/lib/asterisk", "usr/local/share/asterisk")]
    described = [folder for folder in data if (folder / "rest-api").is_dir()]
    if not (version and modules and described):
        return None
    return AsteriskBinary(program=program, version=version[1], modules=modules[0], data=described[0])
