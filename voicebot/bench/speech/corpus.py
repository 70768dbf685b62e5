"""Human recordings that no model of ours was trained on: what is said in them, and to which half they belong."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from voicebot import debian
from voicebot.errors import SpeechError
from voicebot.language import lexicon

OUTSIDE = "outside"  #: the set of recordings without a word of the grammar


class Half(StrEnum):
    """The recordings are split once."""

    DEVELOPMENT = "development"  #: may be looked at by whoever mends lexicon, costs or training
    FINAL = "final"  #: only measures


@dataclass(frozen=True, kw_only=True)
class Recording:
    """One file."""

    file: Path
    group: str  #: a set of corpus.yaml, or OUTSIDE
    source: str
    texts: tuple[str, ...]  #: one of them is said; none: nothing that a grammar has
    half: Half


@cache
def corpus() -> dict[str, Any]:
    """The content of corpus.yaml; shared, so never to be changed."""
    found: dict[str, Any] = yaml.safe_load(_text("corpus.yaml"))
    return found


@cache
def manifest() -> dict[str, Half]:
    """sha256 of a recording → its half."""
    lines = (line.split() for line in _text("manifest.txt").splitlines() if not line.startswith("#"))
    return {checksum: Half(half) for checksum, half, _ in lines}


def fetch(cache_folder: Path) -> Path:
    """Unpack the recordings' packages below a folder, if they are not there; a minute at first. Returns their root.

    Raises:
        ProgramMissing: apt cannot fetch them.
    """
    return debian.install(corpus()["packages"], cache_folder / "recordings") / "root"


def recordings(root: Path, half: Half) -> list[Recording]:
    """The recordings of one half.

    Args:
        root: what `fetch` returned.

    Raises:
        SpeechError: the packages hold other recordings than those that were split.
    """
    every = [Recording(file=file, half=_half(file), **about) for file, about in listed(root)]
    return [one for one in every if one.half is half]


def listed(root: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every recording of corpus.yaml: its file, and the rest of a Recording but for the half."""
    for group, about in corpus()["sets"].items():
        for name, said in about["said"].items():
            texts = _letter(said) if group == "letters" else tuple(said.split("|"))
            yield _file(root, about["source"], name), {"group": group, "source": about["source"], "texts": texts}
    for source, names in corpus()[OUTSIDE].items():
        for name in names:
            yield _file(root, source, name), {"group": OUTSIDE, "source": source, "texts": ()}


def _letter(letter: str) -> tuple[str, ...]:
    return tuple(lexicon.load("letters")["letters"][letter])


def _file(root: Path, source: str, name: str) -> Path:
    place = corpus()["sources"][source]
    file: Path = root / place["folder"] / f"{name}{place['suffix']}"
    return file


def _half(file: Path) -> Half:
    try:
        return manifest()[hashlib.sha256(file.read_bytes()).hexdigest()]
    except (FileNotFoundError, KeyError):
        mend = "Point apt to the archive of Debian's forky, remove the cache folder and run it again."
        raise SpeechError("not the recording that was split", place=str(file), mend=mend) from None


def _text(name: str) -> str:
    return resources.files("voicebot.bench.speech").joinpath(name).read_text(encoding="utf-8")
