"""Russian words in the form that a phrase needs, by pymorphy3."""

import re
from enum import StrEnum
from functools import cache, lru_cache
from typing import Any

import pymorphy3
from num2words import num2words


class Case(StrEnum):
    """The six cases, by pymorphy3's names; templates use them."""

    NOMINATIVE = "nomn"
    GENITIVE = "gent"
    DATIVE = "datv"
    ACCUSATIVE = "accs"
    INSTRUMENTAL = "ablt"
    PREPOSITIONAL = "loct"


class Gender(StrEnum):
    """Grammatical gender, by pymorphy3's names."""

    MALE = "masc"
    FEMALE = "femn"
    NEUTER = "neut"


_LETTERS = re.compile(r"[а-яёa-z-]*", re.IGNORECASE)
_NUM_CASE = {
    Case.NOMINATIVE: "n",
    Case.GENITIVE: "g",
    Case.DATIVE: "d",
    Case.ACCUSATIVE: "a",
    Case.INSTRUMENTAL: "i",
    Case.PREPOSITIONAL: "p",
}
_NUM_GENDER = {Gender.MALE: "m", Gender.FEMALE: "f", Gender.NEUTER: "n"}


@cache
def analyzer() -> Any:
    """pymorphy3's analyzer; 0.2 s to load, so only when first needed."""
    return pymorphy3.MorphAnalyzer(lang="ru")


@lru_cache(maxsize=4096)
def parses(word: str) -> tuple[Any, ...]:
    """All readings of a word, likelier first.

    pymorphy3 fails on letters that Unicode has no name for; such a word is read as a mark, which has no forms.
    """
    return tuple(analyzer().parse(word if _LETTERS.fullmatch(word) else "?"))


def _as(word: str, *grammemes: str) -> Any:
    """The likeliest reading with all these grammemes, or None."""
    return next((parse for parse in parses(word) if all(grammeme in parse.tag for grammeme in grammemes)), None)


def _like(word: str, pattern: str) -> str:
    return word[:1].upper() + word[1:] if pattern[:1].isupper() else word


def inflect_noun_phrase(phrase: str, case: Case) -> str:
    """`детский кардиолог` → `детскому кардиологу`; what follows the noun stays: `врачу общей практики`."""
    if case is Case.NOMINATIVE:
        return phrase
    words = phrase.split()
    for place, word in enumerate(words):
        noun = _as(word, "NOUN", "nomn", "sing")
        form = (noun or _as(word, "ADJF", "nomn", "sing") or parses(word)[0]).inflect({case.value})
        words[place] = _like(form.word, word) if form else word
        if noun:
            break
    return " ".join(words)


def agree(noun: str, number: int) -> str:
    """The noun as it stands after the number: 3, `день` → `дня`."""
    reading = _as(noun, "NOUN", "nomn", "sing") or parses(noun)[0]
    return str(reading.make_agree_with_number(abs(number)).word)


def gender_of(noun: str) -> Gender:
    """The gender of a noun; male where the dictionary gives none."""
    reading = _as(noun, "NOUN", "nomn", "sing") or parses(noun)[0]
    return Gender(reading.tag.gender) if reading.tag.gender in set(Gender) else Gender.MALE


def cardinal(number: int, case: Case = Case.NOMINATIVE, gender: Gender = Gender.MALE) -> str:
    """`21` → `двадцать один`, `двадцати одной` …; of lifeless things in the accusative."""
    words = num2words(number, lang="ru", case=_NUM_CASE[case], gender=_NUM_GENDER[gender], animate=False)
    return str(words).removeprefix("одна ") if 1000 <= number < 2000 and case is Case.NOMINATIVE else str(words)


def ordinal(number: int, case: Case = Case.NOMINATIVE, gender: Gender = Gender.MALE) -> str:
    """`24` → `двадцать четвёртый`, `двадцать четвёртого` …"""
    return str(num2words(number, lang="ru", to="ordinal", case=_NUM_CASE[case], gender=_NUM_GENDER[gender]))


def counted(number: int, noun: str, case: Case = Case.NOMINATIVE) -> str:
    """Number and noun in agreement: 3, `день` → `три дня`; dative → `трём дням`."""
    numeral = cardinal(number, case, gender_of(noun))
    if case is Case.NOMINATIVE or (case is Case.ACCUSATIVE and not _ends_in_one(number)):
        return f"{numeral} {agree(noun, number)}"
    reading = _as(noun, "NOUN", "nomn", "sing") or parses(noun)[0]
    form = reading.inflect({case.value, "sing" if _ends_in_one(number) else "plur"})
    return f"{numeral} {form.word if form else noun}"


def _ends_in_one(number: int) -> bool:
    return number % 10 == 1 and number % 100 != 11
