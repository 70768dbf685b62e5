"""Policy numbers: digits, with letters spelled by their names or by words ("а как Анна")."""

from collections.abc import Sequence

from voicebot.language import digits, lexicon, tokens
from voicebot.language.digits import Group
from voicebot.language.inflection import parses
from voicebot.language.reading import Context, Reading, Value

_SURE = 0.9
_SERIES = ("серия", "серии", "буква", "буквы", "литера")
_LONGEST_SERIES = 4
_SHORT = 2
_VOWELS = frozenset("аеиоуыэюя")


def parse(text: str, context: Context) -> Reading:
    """Letters and digits joined; nothing where no digit was said."""
    utterance = tokens.read(text)
    groups = _series(utterance, digits.groups(utterance.words, letters=True))
    groups = [group for place, group in enumerate(groups) if not _is_word(utterance.words, groups, place)]
    joined = "".join(group.text for group in groups)
    if not any(character.isdecimal() for character in joined) or len(joined) < 2:
        return Reading(text=text)
    said = utterance.said(groups[0].start, groups[-1].end)
    return Reading(text=text, values=(Value(value=joined, words=said, confidence=_SURE),))


def _series(utterance: tokens.Utterance, groups: list[Group]) -> list[Group]:
    """Letters written together, as `аб` after "серия" or before digits, or `АБ`, beside the dictated groups."""
    begins = {group.start for group in groups}
    taken = {place for group in groups for place in range(group.start, group.end)}
    for place, token in enumerate(utterance.tokens):
        written = utterance.text[token.start : token.end]
        named = place > 0 and utterance.words[place - 1] in _SERIES
        if (
            place not in taken
            and written.isalpha()
            and len(written) <= _LONGEST_SERIES
            and (named or written.isupper() or (place + 1 in begins and _is_series(token.word)))
        ):
            groups.append(Group(written.upper(), place, place + 1))
    return sorted(groups, key=lambda group: group.start)


def _is_series(word: str) -> bool:
    """Whether letters are no word that may stand before digits: `аб`, `вск`, but not `ну` or `вот`."""
    likeliest = parses(word)[0].tag
    return not _VOWELS.intersection(word) or (len(word) == _SHORT and likeliest.POS in (None, "NOUN"))


def _is_word(words: Sequence[str], groups: Sequence[Group], place: int) -> bool:
    """Whether a lone letter is a preposition or conjunction: nothing dictated stands right beside it."""
    group = groups[place]
    if group.end - group.start > 1 or words[group.start] not in lexicon.load("letters")["lone"]:
        return False
    named = group.start > 0 and words[group.start - 1] in _SERIES
    before = place > 0 and groups[place - 1].end == group.start
    after = place + 1 < len(groups) and groups[place + 1].start == group.end
    if words[group.start] in ("с", "к", "в"):  # the letters are called "эс", "ка" and "вэ"
        letters = (before and groups[place - 1].text.isalpha()) or (after and groups[place + 1].text.isalpha())
        return not (named or letters)
    if words[group.start] in ("и", "а") and not named and not after and group.end < len(words):  # "эр эн и цифры …"
        return True
    return not (named or before or after)
