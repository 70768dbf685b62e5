"""Names of places as they answer “где вы”: `санкт-петербург` → `санкт петербурге`."""

import re
from typing import Any

from voicebot.language.inflection import Case, parses

_SETTLED = re.compile(r"(.+?)((?:-| )на(?:-| ).+)")  # “Ростов-на-Дону”: what follows stays
_ADJECTIVE = ("ADJF", "PRTF")
#: What the dictionary takes for something else.
_ODD = {
    "гоа": "гоа",
    "петропавловск-камчатский": "петропавловске камчатском",
    "сараево": "сараеве",
    "тай": "тае",
    "херцег-нови": "херцег нови",
}
#: Of a name that the dictionary does not have as a place's: how its end changes. Any other end stays as it is.
_ENDS = (
    (re.compile(r"ия$"), "ии"),
    (re.compile(r"[ая]$"), "е"),
    (re.compile(r"й$"), "е"),
    (re.compile(r"(?<=[бвгджзклмнпрстфхцчшщ])$"), "е"),
)


def prepositional(name: str) -> str:
    """The name in lower case without hyphens, as it stands after “в”.

    Of a name of several parts the last changes (`нью йорке`), and what belongs to it (`нижнем новгороде`).
    """
    name = name.lower()
    if name in _ODD:
        return _ODD[name]
    if settled := _SETTLED.fullmatch(name):
        return _plain(prepositional(settled.group(1)) + settled.group(2))
    if " и " in name:
        return " и ".join(map(prepositional, name.split(" и ")))
    *before, last = re.split("[- ]", name)
    noun = _place(last) or _common(last, plural=not before)
    if noun is None and not before:
        noun = _adjective(last)
    own = _adjectives(before, noun) if noun else None
    return " ".join([*(own or before), _inflected(noun, last) if noun else _by_end(last)])


def _place(word: str) -> Any:
    """The dictionary's reading of the word as a place's name; what it only guesses is of no use."""
    return next((one for one in parses(word) if one.is_known and "Geox" in one.tag and "nomn" in one.tag), None)


def _common(word: str, *, plural: bool) -> Any:
    """As any other noun: `острова`, `область`; where nothing stands before it, only as one of many (`эмираты`)."""
    nouns = (one for one in parses(word) if one.is_known and {"NOUN", "inan", "nomn"} in one.tag)
    return next((one for one in nouns if not plural or one.tag.number == "plur"), None)


def _adjective(word: str) -> Any:
    """`лазаревское`."""
    found = (one for one in parses(word) if one.is_known and {"ADJF", "neut", "nomn"} in one.tag)
    return next(found, None)


def _adjectives(words: list[str], noun: Any) -> list[str] | None:
    """The words in the case, where all of them are adjectives of the noun."""
    found = []
    for word in words:
        reading = next((one for one in parses(word) if one.tag.POS in _ADJECTIVE and _agrees(one, noun)), None)
        if reading is None:
            return None
        found.append(_inflected(reading, word))
    return found


def _agrees(adjective: Any, noun: Any) -> bool:
    tag = adjective.tag
    same = tag.number == noun.tag.number and (tag.number == "plur" or tag.gender == noun.tag.gender)
    return "nomn" in tag and same


def _inflected(reading: Any, word: str) -> str:
    form = reading.inflect({Case.PREPOSITIONAL.value, reading.tag.number})
    return form.word if form else word


def _by_end(word: str) -> str:
    for end, changed in _ENDS:
        if end.search(word):
            return end.sub(changed, word, count=1)
    return word


def _plain(name: str) -> str:
    return name.replace("-", " ")
