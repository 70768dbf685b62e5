"""How a Russian word sounds, roughly: what a recogniser or a bad speller confuses becomes the same."""

import re
from functools import lru_cache

_RULES = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"ё", "е"),
        (r"(тся|ться|тьс|дс)", "ц"),
        (r"стн", "сн"),
        (r"здн", "зн"),
        (r"(сч|зч)", "щ"),
        (r"[ъь]", ""),
        (r"[ояю]", "а"),
        (r"[еэый]", "и"),
        (r"б(?=[кпстфхцчшщ]|$)", "п"),
        (r"в(?=[кпстфхцчшщ]|$)", "ф"),
        (r"г(?=[кпстфхцчшщ]|$)", "к"),
        (r"д(?=[кпстфхцчшщ]|$)", "т"),
        (r"ж(?=[кпстфхцчшщ]|$)", "ш"),
        (r"з(?=[кпстфхцчшщ]|$)", "с"),
        (r"(.)\1+", r"\1"),
    )
)


@lru_cache(maxsize=8192)
def sound(word: str) -> str:
    """A phonetic key: `саколов` and `соколов` share one."""
    key = word.lower()
    for pattern, replacement in _RULES:
        key = pattern.sub(replacement, key)
    return key
