"""Where a phrase may be cut: at prosodic breaks, so that prepared fragments are joined without being heard."""

import re

BREAK = "|"  #: a break without punctuation; templates may write it, filters put it around dates, times and names

_BREAKS = re.compile(r"(?<=[.!?…,;:])\s+|\s[—–]\s|\|")
_WORDS = re.compile(r"\w")


def apart(phrase: str) -> str:
    """The phrase set off by breaks."""
    return f"{BREAK}{phrase}{BREAK}"


def fragments(text: str) -> tuple[str, ...]:
    """The fragments of a phrase, punctuation with what it follows.

    `"Вы записаны |к кардиологу| на |двадцать четвёртого ноября|."` →
    `("Вы записаны", "к кардиологу", "на", "двадцать четвёртого ноября.")`
    """
    pieces: list[str] = []
    for piece in map(str.strip, _BREAKS.split(text)):
        if _WORDS.search(piece):
            pieces.append(piece)
        elif piece and pieces:
            pieces[-1] += piece
    return tuple(" ".join(piece.split()) for piece in pieces)


def joined(text: str) -> str:
    """The phrase as one text, breaks taken out."""
    return " ".join(fragments(text))
