"""How a word is said in another way than its spelling tells: more hard, or less reduced.

The lexicon is written in the notation that the model's recordings were labelled with, whose и after ж and ш is soft and
whose л is soft wherever it is spelled so. Who says "позже" as it should be said ([пожжы]) was not heard.
"""

import re
from collections.abc import Iterator

from voicebot.speech.graph.lexicon import Lexicon, Pronunciation
from voicebot.speech.graph.phones import REDUCED, STRESSED

_VOWEL = "|".join((*STRESSED, *REDUCED))

#: Sounds, and what is said for them.
_HABITS = tuple(
    tuple((re.compile(sounds), said) for sounds, said in habit)
    for habit in (
        # After ж, ш and ц, which are always hard, и and е are ы: "больше"; з and с become what follows: "позже".
        ((r"\b(sh|zh|ts) (ih|ax)\b", r"\1 yx"), (r"\bz zh\b", "zh"), (r"\bs sh\b", "sh")),
        ((r"\bxj (?=[ei])", "x "),),  # "хирург"
        ((rf"\b([ln])j(?! (?:{_VOWEL}|j)\b)", r"\1"),),  # "пальма", "день"
        ((r"\b([sz]h) i\b", r"\1 y"),),  # "машина"
        ((r"\b([svn]j) ih (tj?|s|l|ch)\b", r"\1 ax \2"), (r"\bv ax j$", "v yx j")),  # "девять", "первый"
    )
)


def with_habits(lexicon: Lexicon) -> Lexicon:
    """Each word also with every habit, and with all of them at once."""
    return lexicon.with_words({word: [*_of(every)] for word, every in lexicon.words.items()})


def _of(pronunciations: tuple[Pronunciation, ...]) -> Iterator[Pronunciation]:
    for pronunciation in pronunciations:
        plain = everything = " ".join(pronunciation)
        for habit in _HABITS:
            said = plain
            for sounds, instead in habit:
                said, everything = sounds.sub(instead, said), sounds.sub(instead, everything)
            yield tuple(said.split())
        yield tuple(everything.split())
