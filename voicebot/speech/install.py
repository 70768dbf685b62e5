"""Getting speech models: install, verify, remove, and what is installed."""

import shutil
import stat
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from voicebot import debian, resources
from voicebot.errors import ProgramMissing, SpeechError
from voicebot.speech import models
from voicebot.speech.download import Progress, download
from voicebot.speech.models import Entry, Kind
from voicebot.speech.trust import Trusted, checksums, sha256_of, trust, trusted
from voicebot.speech.voice_festvox import FestvoxVoice

_DOWNLOADS = ".downloads"  # below the installed models: what came before a connection broke


@dataclass(frozen=True, kw_only=True)
class Status:
    """A model of the catalogue on this machine."""

    entry: Entry
    installed: bool
    folder: Path


def status() -> list[Status]:
    """Every model of the catalogue, in its order."""
    return [_status(entry) for entry in models.catalogue().values()]


def install(
    name: str,
    *,
    source: str = "",
    accept_licence: bool = False,
    upgrade: bool = False,
    progress: Progress = lambda done, total: None,
) -> Path:
    """Install a model and return its folder; does nothing when it is there. Blocks.

    Args:
        name: as in the catalogue.
        source: a file, a folder or an address to take it from instead of its publisher's address.
        accept_licence: the user has read a licence that forbids some uses, and accepts it.
        upgrade: install again, and trust the file even if it is not the one that was trusted before.
        progress: told of bytes as they come.

    Raises:
        ModelMissing: no such model.
        SpeechError: licence not accepted, download or disk failed, wrong checksum, changed file, no model in it.
    """
    entry = models.entry(name)
    if _status(entry).installed and not upgrade:
        return _status(entry).folder
    if entry.needs_licence and not accept_licence:
        raise SpeechError(f"{name} is under {entry.licence}", mend="Read the licence, then add --accept-licence.")
    if entry.packages:
        debian.install(entry.packages)
        return _status(entry).folder
    home = resources.installed_models()
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=home, prefix=".installing-") as work:
            return _install(entry, source or entry.url, upgrade, Path(work), progress)
    except OSError as error:
        raise SpeechError(
            f"cannot be installed: {error}", place=str(home), mend="Check the disk and the rights."
        ) from error


def verify(name: str) -> list[str]:
    """Files of an installed model that are missing, changed or added; empty when all is as it was installed.

    Raises:
        ModelMissing: no such model.
        SpeechError: it is not installed.
    """
    state = _status(models.entry(name))
    if not state.installed:
        raise SpeechError(f"{name} is not installed", mend=f"Run: voicebot models install {name}.")
    known = trusted(name)
    if known is None:  # part of the project, or of Debian: their own checksums hold them
        return []
    found = checksums(state.folder)
    return sorted(path for path in found.keys() | known.files.keys() if found.get(path) != known.files.get(path))


def remove(name: str) -> None:
    """Remove an installed model; its trusted checksum stays.

    Raises:
        ModelMissing: no such model.
        SpeechError: it is not installed, or is not removed this way.
    """
    state = _status(models.entry(name))
    if not state.installed:
        raise SpeechError(f"{name} is not installed", mend="See: voicebot models list.")
    if state.entry.packages or name == models.EMBEDDED:
        where = "the private prefix of Debian packages" if state.entry.packages else "the project itself"
        raise SpeechError(f"{name} is part of {where}", place=str(state.folder), mend="Leave it there.")
    shutil.rmtree(state.folder)


def _status(entry: Entry) -> Status:
    if entry.kind is Kind.FESTVOX:
        try:
            return Status(entry=entry, installed=True, folder=FestvoxVoice.open("").folder)
        except ProgramMissing:
            return Status(entry=entry, installed=False, folder=resources.private_prefix())
    folder = models.folder(entry.name)
    return Status(entry=entry, installed=(folder / _proof(entry)).is_file(), folder=folder)


def _proof(entry: Entry) -> str:
    """The file without which a folder is no model of this kind."""
    return "am/final.mdl" if entry.kind is Kind.VOSK else f"{entry.name}.pt"


def _install(entry: Entry, source: str, upgrade: bool, work: Path, progress: Progress) -> Path:
    home = resources.installed_models()
    got = _get(entry, source, home, progress)
    try:
        sha256 = sha256_of(got)
        _check(entry, sha256, source, upgrade)
        fresh = _unpacked(entry, got, work)
    finally:
        if got.parent == home / _DOWNLOADS:
            got.unlink()
    folder = home / entry.name
    if folder.exists():
        folder.rename(work / "old")
    fresh.rename(folder)
    trust(entry.name, Trusted(source=source, sha256=sha256, files=checksums(folder)))
    return folder


def _get(entry: Entry, source: str, home: Path, progress: Progress) -> Path:
    """The file or folder that holds the model."""
    if "://" in source:
        (home / _DOWNLOADS).mkdir(exist_ok=True)
        file = home / _DOWNLOADS / (f"{entry.name}.zip" if entry.kind is Kind.VOSK else f"{entry.name}.pt")
        download(source, file, progress)
        return file
    path = Path(source)
    if not source or not path.exists():
        raise SpeechError("there is no such file or folder", place=source, mend="Give --from FILE, FOLDER or URL.")
    return path


def _check(entry: Entry, sha256: str, source: str, upgrade: bool) -> None:
    if entry.sha256 and sha256 != entry.sha256:
        mend = "Download it again; do not use this file."
        raise SpeechError(f"wrong checksum {sha256}, not {entry.sha256}", place=source, mend=mend)
    known = trusted(entry.name)
    if known and known.sha256 != sha256 and not upgrade:
        mend = "If the publisher has a new version that you trust, add --upgrade."
        raise SpeechError(f"this is not the {entry.name} that was installed before", place=source, mend=mend)


def _unpacked(entry: Entry, got: Path, work: Path) -> Path:
    """A folder inside `work` that is the model."""
    fresh = work / "new"
    if got.is_dir():
        shutil.copytree(got, fresh)
    elif entry.kind is Kind.SILERO:
        fresh.mkdir()
        shutil.copyfile(got, fresh / _proof(entry))
    else:
        _unzip(got, fresh)
    proof = _proof(entry)
    roots = [fresh, *sorted(path for path in fresh.iterdir() if path.is_dir())]  # archives have one folder at the top
    for root in roots:
        if (root / proof).is_file():
            return root
    raise SpeechError(f"no {proof} inside: this is not {entry.name}", place=str(got), mend="Give the publisher's file.")


def _unzip(archive: Path, target: Path) -> None:
    try:
        with zipfile.ZipFile(archive) as packed:
            members = packed.infolist()
            for member in members:
                path = Path(member.filename)
                if path.is_absolute() or ".." in path.parts or stat.S_ISLNK(member.external_attr >> 16):
                    mend = "Do not use this archive."
                    raise SpeechError(
                        f"it would write outside its folder: {member.filename}", place=str(archive), mend=mend
                    )
            size = sum(member.file_size for member in members)
            if size > shutil.disk_usage(target.parent).free:
                raise SpeechError(
                    f"{size // 2**20} MB do not fit the disk", place=str(target.parent), mend="Make room."
                )
            packed.extractall(target)
    except (zipfile.BadZipFile, EOFError) as error:
        raise SpeechError(f"not a whole zip archive: {error}", place=str(archive), mend="Download it again.") from error
