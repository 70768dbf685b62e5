"""Random variants of espeak-ng: a voice of its own for every text, so that no few voices are learnt by heart.

What each line of a variant's file means: espeak-ng's docs/voices.md. The ranges are wider than those of the variants
that it ships and that may be trained with (`voices.VARIANTS`); the ones that measure were not looked at.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tools.tiny_ru.programs import run
from voicebot import debian
from voicebot.errors import SpeechError

OWN = "own"  #: the name of the random one
_DATA = "espeak-ng-data"
_TELEPHONE_FORMANTS = 3  # those that make the vowels; the further ones colour them
_FORMANTS = 9
_STRANGE = 0.4  # of the throats are of any length, whatever their pitch
_LENGTHS = (0.6, 1.6)  # of these, in times


def with_own(program: debian.Program, folder: Path) -> tuple[debian.Program, Path]:
    """espeak-ng with its data and one more variant, `OWN`, whose file is to be written; it lies in `folder`.

    One at a time: espeak-ng loads no more than 350 voices.

    Raises:
        SpeechError: it does not tell where its data is.
    """
    said = run(program, "--version").decode()
    place = re.search(rf"(/\S*{_DATA})", said)
    if not place:
        raise SpeechError(
            f"espeak-ng does not tell its data's folder: {said!r}", mend="Run: voicebot asterisk install."
        )
    shipped, data = Path(place.group(1)), folder / _DATA
    inside = Path("voices", "!v")
    (data / inside).mkdir(parents=True)
    for part in (Path(), inside.parent, inside):
        for entry in (shipped / part).iterdir():
            if not (data / part / entry.name).exists():
                (data / part / entry.name).symlink_to(entry)
    return replace(program, extra_env={**program.extra_env, "ESPEAK_DATA_PATH": str(folder)}), data / inside / OWN


def variant(chance: random.Random) -> str:
    """A variant's file."""
    return "\n".join(["language variant", f"name {OWN}", *_lines(chance), ""])


def _lines(chance: random.Random) -> Iterator[str]:
    pitch = 45 * (360 / 45) ** chance.random()
    whispers = chance.random() < 0.06
    yield f"pitch {pitch:.0f} {pitch + chance.choice((chance.uniform(0, 40), chance.uniform(0, 200))):.0f}"
    yield from _formants(chance, pitch)
    if chance.random() < 0.45:
        yield f"klatt {chance.randint(1, 6)}"
    yield f"flutter {chance.choice((0, 2, chance.randint(0, 60)))}"
    yield f"roughness {chance.choice((0, 2, chance.randint(0, 7)))}"
    yield f"intonation {chance.randint(1, 4)}"
    if whispers:
        yield f"voicing {chance.randint(5, 30)}"
    elif chance.random() < 0.6:
        yield f"voicing {chance.triangular(15, 300, 100):.0f}"
    if chance.random() < 0.6:
        yield f"consonants {chance.triangular(10, 300, 100):.0f} {chance.triangular(10, 300, 100):.0f}"
    if chance.random() < 0.25:
        yield f"echo {chance.randint(5, 250)} {chance.randint(5, 90)}"
    if chance.random() < 0.45:
        yield _tone(chance)
    if whispers or chance.random() < 0.3:
        strongest = 90 if whispers else chance.choice((5, 15, 60, 90))
        yield _row("breath", [chance.randint(0, strongest) for _ in range(8)])
        yield _row("breathw", [chance.randint(50, 600) for _ in range(8)])
    if chance.random() < 0.4:
        yield _row("stressAmp", [chance.randint(10, 28) for _ in range(8)])
    if chance.random() < 0.4:
        yield _row("stressAdd", [chance.randint(-40, 80) for _ in range(8)])
    if chance.random() < 0.2:
        yield _row("stressLength", [chance.randint(110, 260) for _ in range(8)])


def _formants(chance: random.Random, pitch: float) -> Iterator[str]:
    """Frequency, strength and width in percent, and Hz to add; a throat is shorter with a higher pitch, not always."""
    if chance.random() < _STRANGE:
        throat = chance.uniform(*_LENGTHS)
    else:
        throat = chance.triangular(0.78, 1.4, 0.92 + pitch / 900)
    odd, loud = chance.choice((0.03, 0.07, 0.12, 0.18, 0.22)), chance.choice((1.0, 1.0, 1.6))
    wide = chance.choice((1.0, 1.0, chance.uniform(0.4, 2.5)))
    shifted = chance.uniform(-200, 200) if chance.random() < 0.3 else 0.0
    apart = 120 if chance.random() < 0.2 else 0
    for number in range(_FORMANTS):
        frequency = 100 * throat * chance.gauss(1, odd)
        vowel = number <= _TELEPHONE_FORMANTS
        strength = loud * chance.triangular(*((30, 180, 100) if vowel else (10, 160, 90)))
        if not vowel and chance.random() < 0.12:
            strength = 0
        width = wide * chance.triangular(30, 250, 100)
        hertz = shifted + chance.uniform(-apart, apart) if number else 0
        yield f"formant {number} {max(frequency, 40):.0f} {strength:.0f} {width:.0f} {hertz:.0f}"


def _tone(chance: random.Random) -> str:
    """Some frequencies (Hz) with their strengths (0 to 255)."""
    hertz = sorted(chance.randint(150, 4500) for _ in range(chance.randint(3, 5)))
    return _row("tone", [number for one in hertz for number in (one, chance.randint(40, 255))])


def _row(key: str, numbers: list[int]) -> str:
    return " ".join([key, *map(str, numbers)])
