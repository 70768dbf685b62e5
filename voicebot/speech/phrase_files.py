"""Rendered phrases on disk: names that tell nothing, a size limit, and purge by campaign."""

import hashlib
import hmac
import logging
import os
import secrets
import shutil
from collections import OrderedDict, defaultdict
from contextlib import suppress
from pathlib import Path
from threading import Lock

import soundfile

from voicebot.errors import SpeechError
from voicebot.speech.audio import RATE, Samples

log = logging.getLogger(__name__)

_KEY_FILE = "key"
_COMMON = "common"


class PhraseFiles:
    """`FOLDER/common/KEYED-HASH.flac`, and `FOLDER/KEYED-HASH-OF-TAG/…` for what belongs to a campaign.

    A phrase of two campaigns has a link in both folders, so purging one leaves it to the other. Blocks on the disk;
    may be used from several threads, by one process.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        """Open or make the folder (readable by its owner only).

        Args:
            folder: any folder of its own.
            limit: bytes; beyond it the phrases that were not used for longest go.

        Raises:
            SpeechError: the folder cannot be made or read.
        """
        self._folder, self._limit = folder, limit
        self._lock = Lock()
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._key = _key(folder / _KEY_FILE)
            found = sorted(
                ((file.stat(), file) for file in folder.glob("*/*.flac")), key=lambda entry: entry[0].st_mtime
            )
        except OSError as error:
            raise _unusable(folder, error) from error
        self._sizes: OrderedDict[Path, int] = OrderedDict()  # least recently used first
        self._copies: defaultdict[str, set[Path]] = defaultdict(set)  # name → the same phrase for several tags
        self._total = 0
        for stat, file in found:
            self._add(file, stat.st_size)

    def name(self, text: str) -> str:
        """The keyed hash under which a text is kept: without the key nobody can find out whose name it is."""
        return hmac.digest(self._key, text.encode(), hashlib.sha256).hex()[:32]

    def get(self, name: str) -> Samples | None:
        """The phrase, wherever it lies; a damaged file is dropped."""
        with self._lock:
            file = self._find(name)
            if file is None:
                return None
            self._sizes.move_to_end(file)
        try:
            samples, rate = soundfile.read(file, dtype="int16")
            os.utime(file)
        except (soundfile.LibsndfileError, OSError):
            log.warning("a prepared phrase was damaged; it is rendered again", extra={"file": file.name})
            with self._lock:
                self._remove(file)
            return None
        return samples if rate == RATE else None

    def has(self, name: str, tag: str) -> bool:
        """Whether the phrase is kept for this tag (or for all); a copy of another campaign's is linked."""
        with self._lock:
            wanted = self._place(name, tag)
            if wanted in self._sizes or self._place(name, "") in self._sizes:
                return True
            file = self._find(name)
            if file is None:
                return False
            try:
                wanted.parent.mkdir(exist_ok=True, mode=0o700)
                os.link(file, wanted)
            except OSError:  # a file system without links, or the file is gone: render it again
                return False
            self._add(wanted, wanted.stat().st_size)
            return True

    def put(self, name: str, tag: str, samples: Samples) -> None:
        """Keep a phrase; an empty tag means that it belongs to no campaign.

        Raises:
            SpeechError: the disk is full or not writable.
        """
        file = self._place(name, tag)
        draft = file.with_suffix(f".{secrets.token_hex(4)}.new")
        try:
            file.parent.mkdir(exist_ok=True, mode=0o700)
            soundfile.write(draft, samples, RATE, format="FLAC", subtype="PCM_16")
            draft.replace(file)
        except (soundfile.LibsndfileError, OSError) as error:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
            raise _unusable(self._folder, error) from error
        with self._lock:
            self._add(file, file.stat().st_size)
            while self._total > self._limit:
                self._remove(next(iter(self._sizes)))

    def purge(self, tag: str) -> None:
        """Erase what was kept for a campaign."""
        folder = self._place("", tag).parent
        with self._lock:
            for file in [file for file in self._sizes if file.parent == folder]:
                self._remove(file)
            if folder.exists():
                shutil.rmtree(folder)  # drafts of a crash lie here too

    def _place(self, name: str, tag: str) -> Path:
        return self._folder / (self.name(tag) if tag else _COMMON) / f"{name}.flac"

    def _find(self, name: str) -> Path | None:
        return next(iter(self._copies.get(name, ())), None)

    def _add(self, file: Path, size: int) -> None:
        self._total += size - self._sizes.pop(file, 0)
        self._sizes[file] = size
        self._copies[file.stem].add(file)

    def _remove(self, file: Path) -> None:
        self._total -= self._sizes.pop(file, 0)
        copies = self._copies[file.stem]
        copies.discard(file)
        if not copies:
            del self._copies[file.stem]
        file.unlink(missing_ok=True)


def _key(file: Path) -> bytes:
    """The folder's own random key, made when it is first used."""
    if not file.exists():
        draft = file.with_name(f"{file.name}.{secrets.token_hex(4)}.new")
        draft.touch(mode=0o600)
        draft.write_bytes(secrets.token_bytes(32))
        try:
            os.link(draft, file)  # fails where another process was quicker
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return file.read_bytes()


def _unusable(folder: Path, error: Exception) -> SpeechError:
    mend = "Is the disk full, or the folder another user's?"
    return SpeechError(f"prepared phrases cannot be kept: {error}", place=str(folder), mend=mend)
