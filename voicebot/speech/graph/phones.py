"""The sounds of the embedded model, and the numbers that its acoustic network knows them by.

A sound has other numbers at a word's beginning, inside and end. Everything inside `[unk]` shares one number per place:
with distinct ones the lattice would keep every string of sounds of unknown speech.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum

SILENCE = "SIL"
STRESSED = ("a", "e", "i", "o", "u", "y")
REDUCED = ("ax", "ih", "uh", "yx")
PAIRED = tuple("pbtdkgfvszxmnlr")  #: each hard, and soft with a `j`
_CONSONANTS = (*(hard + soft for hard in PAIRED for soft in ("", "j")), "sh", "zh", "ts", "ch", "sch", "j")

#: In the order in which the network was trained; SILENCE is its first class.
PHONES = (*STRESSED, *REDUCED, *_CONSONANTS)
_PLACE = {phone: place for place, phone in enumerate(PHONES)}


class Position(StrEnum):
    """Where in a word."""

    BEGIN = "begin"
    INSIDE = "internal"
    END = "end"
    ALONE = "singleton"


_POSITIONS = tuple(Position)


def state(phone: str, position: Position) -> int:
    """The acoustic model's state (Kaldi's tuple index, from 1) of a sound in a word."""
    return 2 + len(_POSITIONS) * _PLACE[phone] + _POSITIONS.index(position)


def silence_state() -> int:
    """The state of silence."""
    return 1


def unknown_states(position: Position) -> list[int]:
    """The states of all sounds, as parts of a word that nobody knows."""
    first = 2 + len(_POSITIONS) * len(PHONES) + len(PHONES) * _POSITIONS.index(position)
    return list(range(first, first + len(PHONES)))


def in_word(pronunciation: Sequence[str]) -> Iterator[int]:
    """The states that a word passes."""
    last = len(pronunciation) - 1
    for place, phone in enumerate(pronunciation):
        if last == 0:
            yield state(phone, Position.ALONE)
        else:
            yield state(phone, Position.BEGIN if place == 0 else Position.END if place == last else Position.INSIDE)


def entering(state: int) -> int:
    """Kaldi's transition id of coming into a state."""
    return 2 * state


def staying(state: int) -> int:
    """Kaldi's transition id of another frame in it."""
    return 2 * state - 1
