"""Programs of Debian's packages without root: the machine's own, else unpacked into a private prefix."""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from voicebot import apt, resources
from voicebot.errors import ProgramMissing

LOCK = "packages.json"  #: in the prefix: what was asked for; version and sha256 of every package

# Parts that no program here reads, and packages that only maintainer scripts need.
_UNWANTED_PATHS = ("doc", "man", "locale", "info", "zoneinfo", "lintian")
_UNWANTED_PACKAGES = ("perl", "libperl", "debconf", "adduser", "passwd", "gnupg", "gpg", "dirmngr", "pinentry")

# What a program must be told when it does not lie below /usr. {root} is the prefix's root, {lib} its library folder.
_ARGUMENTS = {"festival": ("--datadir", "{root}/usr/share/festival")}
_ENVIRONMENT = {"espeak-ng": {"ESPEAK_DATA_PATH": "{lib}"}}
_LIBRARIES = {"espeak-ng": ("{lib}/pulseaudio",), "festival": ("{lib}/pulseaudio",)}


@dataclass(frozen=True, kw_only=True)
class Program:
    """How to start a program: `subprocess.run(program.command("--version"), env=program.env)`."""

    name: str
    words: tuple[str, ...]  #: the command line up to the arguments
    extra_env: Mapping[str, str] = field(default_factory=dict)
    root: Path = Path("/")  #: the files of its package lie in `root / "usr"`

    def command(self, *arguments: str | Path) -> list[str]:
        return [*self.words, *map(str, arguments)]

    @property
    def env(self) -> dict[str, str]:
        return {**os.environ, **self.extra_env}


@dataclass(kw_only=True)
class Installed:
    """The prefix's lock file."""

    suite: str = ""
    requested: list[str] = field(default_factory=list)
    packages: dict[str, dict[str, str]] = field(default_factory=dict)  #: name → version, sha256

    @classmethod
    def read(cls, prefix: Path) -> "Installed":
        file = prefix / LOCK
        return cls(**json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else cls()

    def write(self, prefix: Path) -> None:
        draft = prefix / f"{LOCK}.new"
        draft.write_text(json.dumps(asdict(self), indent=1, sort_keys=True) + "\n", encoding="utf-8")
        draft.replace(prefix / LOCK)

    def lacks(self, name: str, version: str) -> bool:
        return self.packages.get(name, {}).get("version") != version


def program(name: str, prefix: Path | None = None) -> Program:
    """The machine's own program of that name, else the one in the private prefix.

    Raises:
        ProgramMissing: it is in neither.
    """
    return on_machine(name) or in_prefix(name, prefix)


def on_machine(name: str) -> Program | None:
    """The program as the machine has it; daemons are also looked for where an ordinary user's PATH does not reach."""
    path = shutil.which(name) or shutil.which(name, path="/usr/local/sbin:/usr/sbin:/sbin")
    return Program(name=name, words=(path,)) if path else None


def in_prefix(name: str, prefix: Path | None = None) -> Program:
    """The program in the private prefix, run by the prefix's own loader: the host's C library does not matter.

    Raises:
        ProgramMissing: it is not installed there.
    """
    root = (prefix or resources.private_prefix()).absolute() / "root"
    for folder in ("usr/bin", "usr/sbin"):
        if (binary := root / folder / name).is_file():
            break
    else:
        raise ProgramMissing(f"the program {name} is not installed", mend="Run: voicebot asterisk install.")
    library = library_folder(root)
    places = {"root": str(root), "lib": str(library)}
    paths = [*(path.format(**places) for path in _LIBRARIES.get(name, ())), str(library), f"{root}/usr/lib"]
    loader = next(library.glob("ld-linux*.so.*"))
    return Program(
        name=name,
        words=(
            *(str(loader), "--library-path", ":".join(paths), "--argv0", name, str(binary)),
            *(word.format(**places) for word in _ARGUMENTS.get(name, ())),
        ),
        extra_env={
            "GCONV_PATH": f"{library}/gconv",
            "OPENSSL_MODULES": f"{library}/ossl-modules",
            **{key: value.format(**places) for key, value in _ENVIRONMENT.get(name, {}).items()},
        },
        root=root,
    )


def library_folder(root: Path) -> Path:
    """The architecture's library folder below `root`, for example usr/lib/x86_64-linux-gnu.

    Raises:
        ProgramMissing: nothing is unpacked there.
    """
    for folder in sorted((root / "usr/lib").glob("*-linux-gnu*")):
        if any(folder.glob("ld-linux*.so.*")):
            return folder
    raise ProgramMissing("no C library in the private prefix", place=str(root), mend="Remove it and install again.")


def install(packages: Iterable[str], prefix: Path | None = None, mirror: str | None = None) -> Path:
    """Put Debian packages, with all that they depend on, into the prefix beside those that are there already.

    Quick when nothing is missing. Works as root and as an ordinary user; the host is not changed.

    Raises:
        ProgramMissing: apt is absent, its lists are empty, or the archive does not give the packages.
    """
    prefix = (prefix or resources.private_prefix()).absolute()
    prefix.mkdir(parents=True, exist_ok=True)
    with _alone(prefix):
        lock = Installed.read(prefix)
        requested = sorted({*lock.requested, *packages})
        if requested == lock.requested and (prefix / "root").is_dir():
            return prefix
        for left_over in prefix.glob(".apt-*"):
            shutil.rmtree(left_over)
        with tempfile.TemporaryDirectory(dir=prefix, prefix=".apt-") as work:
            archive = apt.open_archive(Path(work), requested, mirror)
            missing = {name: version for name, version in archive.closure.items() if lock.lacks(name, version)}
            files = archive.download(missing)
            _unpack([file for name, file in files.items() if not name.startswith(_UNWANTED_PACKAGES)], prefix / "root")
            for name, file in files.items():
                lock.packages[name] = {"version": missing[name], "sha256": _sha256(file)}
        lock.suite, lock.requested = archive.suite, requested
        lock.write(prefix)
    return prefix


@contextmanager
def _alone(prefix: Path) -> Iterator[None]:
    """One installer at a time, also between processes."""
    with (prefix / ".installing").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _unpack(files: list[Path], root: Path) -> None:
    root.mkdir(exist_ok=True)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for _ in pool.map(lambda file: _unpack_one(file, root), files):
            pass


def _unpack_one(file: Path, root: Path) -> None:
    """Files of programs that run just now are replaced, not overwritten: tar unlinks what is there."""
    unwanted = [f"--exclude=./usr/share/{name}/*" for name in _UNWANTED_PATHS]
    tar = ["tar", "-C", str(root), "-xf", "-", "--no-same-owner", *unwanted]
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(file)], stdout=subprocess.PIPE) as source:
        done = subprocess.run(tar, stdin=source.stdout, capture_output=True, text=True, check=False)
    if done.returncode or source.returncode:
        reason = (done.stderr.splitlines() or ["dpkg-deb failed"])[-1]
        raise ProgramMissing(f"cannot unpack {file.name}: {reason}", place=str(root), mend="Is the disk full?")


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
