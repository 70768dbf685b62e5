"""One big file over HTTP, resumed where the last attempt stopped."""

import http.client
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from voicebot.errors import SpeechError

Progress: TypeAlias = Callable[[int, int | None], None]  # bytes that are here, bytes in all if known

_CHUNK = 1 << 18
_TIMEOUT = 30  # seconds without a byte


def download(url: str, file: Path, progress: Progress) -> None:
    """Fetch `url` into `file`. What has come stays in `FILE.part` when the connection breaks, for the next attempt.

    Raises:
        SpeechError: the server does not answer, refuses, or breaks off; the next attempt goes on from there.
    """
    part = file.with_name(f"{file.name}.part")
    version = file.with_name(f"{file.name}.version")  # the server's ETag: a part of another version is of no use
    try:
        _fetch(url, part, version, progress)
    except urllib.error.HTTPError as error:
        mend = "Check the address, or download the file elsewhere and use --from FILE."
        raise SpeechError(f"the server says {error.code} {error.reason}", place=url, mend=mend) from error
    except (urllib.error.URLError, http.client.HTTPException, OSError, ValueError) as error:
        came = f"; {part.stat().st_size // 2**20} MB are here" if part.exists() else ""
        mend = "Run it again: it goes on from there. Without a network use --from FILE."
        raise SpeechError(f"the download broke off ({error}){came}", place=url, mend=mend) from error
    part.replace(file)
    version.unlink(missing_ok=True)


def _fetch(url: str, part: Path, version: Path, progress: Progress) -> None:
    request = urllib.request.Request(url)
    if part.exists() and version.exists():
        request.add_header("Range", f"bytes={part.stat().st_size}-")
        request.add_header("If-Range", version.read_text())
    try:
        answer = urllib.request.urlopen(request, timeout=_TIMEOUT)
    except urllib.error.HTTPError as error:
        if error.code != http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise
        part.unlink()
        answer = urllib.request.urlopen(url, timeout=_TIMEOUT)
    with answer:
        resumed = answer.status == http.HTTPStatus.PARTIAL_CONTENT
        have = part.stat().st_size if resumed else 0
        length = answer.headers.get("Content-Length")
        total = have + int(length) if length else None
        _remember(version, answer.headers.get("ETag") or answer.headers.get("Last-Modified"))
        with part.open("ab" if resumed else "wb") as sink:
            progress(have, total)
            while chunk := answer.read(_CHUNK):
                sink.write(chunk)
                have += len(chunk)
                progress(have, total)
    if total is not None and have != total:
        raise http.client.IncompleteRead(b"", total - have)


def _remember(version: Path, tag: str | None) -> None:
    """Weak tags do not promise the same bytes, so a part of theirs is not gone on with."""
    if tag and not tag.startswith("W/"):
        version.write_text(tag)
    else:
        version.unlink(missing_ok=True)
