"""What the synthetic speakers say: the dialogues' phrases, every word of the lexicon, and words of no grammar."""

import random
from collections.abc import Iterator, Sequence

from voicebot.language.grammar import phrases
from voicebot.language.reading import Kind, Question
from voicebot.speech.graph.lexicon import Lexicon

_HESITATIONS = ("э", "ну", "вот", "так", "сейчас", "значит")
_HESITANT = 0.15  # of the phrases
_ROWS = (1, 1, 2, 3, 4)  # words in a row that mean nothing together: so that no order of words is learnt


def texts(lexicon: Lexicon, count: int, seed: int) -> list[str]:
    """`count` texts of words of the lexicon; three of four are phrases of grammars. The same for the same arguments."""
    chance = random.Random(seed)
    grammars = _grammars(lexicon)
    words = sorted(word for word in lexicon.words if len(word) > 1)
    chance.shuffle(words)
    rows = _rows(words, chance)
    return [
        _hesitant(chance.choice(chance.choice(grammars)), chance) if grammars and place % 4 else next(rows)
        for place in range(count)
    ]


def _grammars(lexicon: Lexicon) -> list[tuple[str, ...]]:
    """Each once, however many steps have it: else dates and places would be nearly all that is said."""
    every = (phrases(kind, question) for kind in Kind for question in Question)
    known = (tuple(text for text in one if all(word in lexicon.words for word in text.split())) for one in every)
    return sorted({one for one in known if one})


def _rows(words: Sequence[str], chance: random.Random) -> Iterator[str]:
    """Every word before any comes again."""
    place = 0
    while True:
        count = chance.choice(_ROWS)
        yield " ".join(words[at % len(words)] for at in range(place, place + count))
        place += count


def _hesitant(text: str, chance: random.Random) -> str:
    """Sometimes a word before it, or its own first word twice."""
    if chance.random() >= _HESITANT:
        return text
    first = text.split()[0]
    return f"{chance.choice((*_HESITATIONS, first))} {text}"
