"""Files that speak of patients: recordings, clips, the journal and Asterisk's call records, without those forgotten."""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

_TEXTS = ("*.csv", "*.jsonl")  # call records and journals: opened anew for every line; logs name nobody


def erase_sound(recordings: Path, calls: Iterable[str], files: Iterable[str]) -> int:
    """Remove recordings of calls (named after them) and further files below the folder; gives how many there were."""
    recordings = recordings.resolve()
    found = {(recordings / name).resolve() for name in files}
    for call in calls:
        found.update(recordings.glob(f"**/{call}*"))
    return sum(_remove(file) for file in found if recordings in file.parents)


def erase_lines(folder: Path, words: Sequence[str]) -> int:
    """Take the lines that hold one of the words out of the text files of a folder; gives how many there were.

    A number also goes where it stands without its plus sign.
    """
    needles = [form.encode() for word in words for form in {word, word.lstrip("+"), json.dumps(word)[1:-1]}]
    erased = 0
    for file in _texts(folder):
        lines = file.read_bytes().splitlines(keepends=True)
        kept = [line for line in lines if not any(needle in line for needle in needles)]
        if len(kept) < len(lines):
            erased += len(lines) - len(kept)
            draft = file.with_name(f"{file.name}.kept")
            draft.write_bytes(b"".join(kept))
            draft.chmod(file.stat().st_mode)
            draft.replace(file)
    return erased


def _texts(folder: Path) -> Iterator[Path]:
    for pattern in _TEXTS:
        yield from (file for file in folder.rglob(pattern) if file.is_file())


def _remove(file: Path) -> bool:
    if not file.is_file():
        return False
    file.unlink()
    return True
