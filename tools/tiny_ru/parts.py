"""What the recipe keeps between its steps: files of utterances, each written whole or not at all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.tiny_ru.features import CEPSTRA, Features
from tools.tiny_ru.voices import Speech
from voicebot.speech.audio import Samples
from voicebot.speech.graph.phones import PHONES

SILENT = 0  #: the network's sound of silence; the others follow in the order of PHONES
_NUMBERS = {phone: number for number, phone in enumerate(PHONES, 1)}


@dataclass(frozen=True, kw_only=True)
class Utterance:
    """One, ready to be trained with."""

    features: Features
    sounds: tuple[int, ...]  #: the network's numbers
    pauses: bool  #: see Speech


def numbered(sounds: Iterable[str]) -> tuple[int, ...]:
    """Sounds as the network numbers them."""
    return tuple(_NUMBERS[sound] for sound in sounds)


def write_speech(file: Path, every: Sequence[Speech]) -> None:
    """Sound at 8 kHz."""
    _write(
        file,
        wave=np.concatenate([one.samples for one in every]) if every else np.zeros(0, dtype=np.int16),
        lengths=np.array([len(one.samples) for one in every]),
        sounds=np.array([number for one in every for number in numbered(one.sounds)], dtype=np.int16),
        counts=np.array([len(one.sounds) for one in every]),
        pauses=np.array([one.pauses for one in every]),
    )


def read_speech(file: Path) -> list[tuple[Samples, tuple[int, ...], bool]]:
    """Of each utterance the sound, the network's numbers, and whether it may pause anywhere."""
    with np.load(file) as stored:
        waves = _split(stored["wave"], stored["lengths"])
        sounds = [tuple(row.tolist()) for row in _split(stored["sounds"], stored["counts"])]
        return list(zip(waves, sounds, stored["pauses"].tolist(), strict=True))


def write_utterances(file: Path, every: Sequence[Utterance]) -> None:
    """Features in half precision."""
    empty = np.zeros((0, CEPSTRA), dtype=np.float16)
    _write(
        file,
        features=np.concatenate([empty, *(one.features.astype(np.float16) for one in every)]),
        lengths=np.array([len(one.features) for one in every]),
        sounds=np.array([number for one in every for number in one.sounds], dtype=np.int16),
        counts=np.array([len(one.sounds) for one in every]),
        pauses=np.array([one.pauses for one in every]),
    )


def read_utterances(files: Iterable[Path]) -> list[Utterance]:
    """All utterances of some files; their features stay in half precision until they are used."""
    found = []
    for file in files:
        with np.load(file) as stored:
            rows = zip(
                _split(stored["features"], stored["lengths"]),
                _split(stored["sounds"], stored["counts"]),
                stored["pauses"].tolist(),
                strict=True,
            )
            found += [
                Utterance(features=features, sounds=tuple(sounds.tolist()), pauses=pauses)
                for features, sounds, pauses in rows
            ]
    return found


def _split(joined: NDArray[Any], lengths: NDArray[Any]) -> list[NDArray[Any]]:
    return np.split(joined, np.cumsum(lengths)[:-1].astype(int)) if len(lengths) else []


def _write(file: Path, **arrays: NDArray[Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".new.npz")
    np.savez(draft, allow_pickle=False, **arrays)
    draft.replace(file)
