"""Russian letters to the model's sounds.

Rules of pronunciation (reduction, softness, voicing, silent letters) in the notation that the model was trained with,
festvox-ru's, so that an added word sounds to it as the trained ones did. docs/speech.md tells how often they agree.
"""

import re
from collections.abc import Iterator, Sequence

from voicebot.speech.graph.phones import PAIRED, REDUCED, STRESSED

STRESS = "+"  #: stands before the stressed vowel letter
VOWELS = "аеёиоуыэюя"

#: How some letters are said, as if they were spelled so.
_RESPELLED = tuple(
    (re.compile(pattern), spelled)
    for pattern, spelled in (
        (r"^(ни|кое)?что", r"\1што"),
        (r"^чт(?=\+)", "шт"),
        (r"^сег(?=\+?о)", "сев"),
        (r"(?<!мн)(?<!мн\+)(?<!стр)(?<!стр\+)(?<!дор)(?<!дор\+)([ое])г(\+?о)(ся)?$", r"\1в\2\3"),
        (r"лнц", "нц"),
        (r"рдц", "рц"),
        (r"вств", "ств"),
        (r"стн", "сн"),
        (r"здн", "зн"),
        (r"[сз]ч", "щ"),
        (r"ть?ся$", "ца"),
        (r"[дт]ц", "ц"),
        (r"([бвгджзйклмнпрстфхцчшщ])\1", r"\1"),
    )
)

_LETTERS = dict(zip("бвгдзклмнпрстфх", "bvgdzklmnprstfx", strict=True))
_LETTERS |= {"ж": "zh", "ш": "sh", "ц": "ts", "ч": "ch", "щ": "sch", "й": "j"}
_STRESSED = dict(zip(VOWELS, "aeoiouyeua", strict=True))
_REDUCED = dict(zip(VOWELS, ("ax", "ih", "o", "ih", "ax", "uh", "yx", "ih", "uh", "ax"), strict=True))
_IOTATED = frozenset("еёюя")
_SOFTENING = _IOTATED | frozenset("иь")
_SIBILANT = ("ж", "ш")
_HARD = (*_SIBILANT, "ц")
_SIGNS = frozenset("ьъ")
_HUSHING = ("ч", "щ")
_AFTER_YA = (*VOWELS, "й", "м", "х")  # endings: "боями", "боях"
_NEXT = 3  #: letters from a vowel to the stressed one of the next syllable, most often

_DEAF = {"b": "p", "d": "t", "g": "k", "v": "f", "z": "s", "zh": "sh"}
_LOUD = {deaf: loud for loud, deaf in _DEAF.items()}
_VOICELESS = (*_LOUD, "x", "ts", "ch", "sch")
_VOICING = ("b", "d", "g", "z", "zh")  # not v: "свой" keeps its s


def sounds(marked: str) -> list[str]:
    """`зв+онок` → z v o n ax k.

    Args:
        marked: a word in lower-case Russian letters, `+` before stressed vowels; ё is stressed by itself.
    """
    for pattern, spelled in _RESPELLED:
        marked = pattern.sub(spelled, marked)
    return _without_repeats(_voiced(list(_spoken(marked))))


def _spoken(marked: str) -> Iterator[str]:
    """Letter by letter."""
    word = marked.replace(STRESS, "")
    stressed = {match.start() - order for order, match in enumerate(re.finditer(r"\+", marked))}
    stressed |= {place for place, letter in enumerate(word) if letter == "ё"}
    first_stress = min(stressed, default=len(word))
    for place, letter in enumerate(word):
        before, after = word[place - 1 : place], word[place + 1 : place + 2]
        if letter in VOWELS:
            iotated = letter in _IOTATED and (not before or before in VOWELS or before in _SIGNS)
            if iotated or (letter in "ио" and before == "ь"):  # "чьи", "бульон"
                yield "j"
            yield _STRESSED[letter] if place in stressed else _reduced(before, letter, after, first_stress - place)
        elif letter not in _SIGNS:
            phone = _LETTERS[letter]
            yield phone + "j" if phone in PAIRED and after in _SOFTENING and after else phone


def _reduced(before: str, letter: str, after: str, to_stress: int) -> str:
    """An unstressed vowel; `to_stress` letters before the first stressed one (negative: after it)."""
    follows = to_stress < 0
    if letter == "ы" or (letter in "еи" and before in _HARD):
        if (letter == "е" and not after) or (letter == "и" and before in _SIBILANT and 0 < to_stress <= _NEXT):
            return "ih"
        return "yx" if not after or 0 < to_stress <= _NEXT else "ax"
    closed = letter == "я" and after not in _AFTER_YA
    if follows and after and (closed or (letter == "а" and before in _HUSHING)):
        return "ih"
    return _REDUCED[letter]


def _voiced(phones: Sequence[str]) -> list[str]:
    """Voiced consonants go deaf before deaf ones and at the end, deaf ones are voiced before voiced ones."""
    said: list[str] = []
    after = " "
    for phone in reversed(phones):
        hard, soft = (phone[:-1], "j") if phone.endswith("j") and phone != "j" else (phone, "")
        if hard in _DEAF and (after == " " or after in _VOICELESS):
            hard = _DEAF[hard]
        elif hard in _LOUD and after in _VOICING:
            hard = _LOUD[hard]
        said.append(hard + soft)
        after = hard
    return said[::-1]


def _without_repeats(phones: Sequence[str]) -> list[str]:
    """A long consonant is no longer than a frame of the model."""
    vowels = STRESSED + REDUCED
    return [phone for place, phone in enumerate(phones) if phone in vowels or place == 0 or phone != phones[place - 1]]
