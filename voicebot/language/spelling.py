"""Written text as it is said: figures, dates, times, telephone numbers, abbreviations, Latin and drug names."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache

from voicebot.language import lexicon
from voicebot.language.inflection import Case, Gender, cardinal, counted, ordinal

_ALPHABET = re.compile(r"[^а-яёА-ЯЁ +.,!?;:…|«»()—–-]")


def spoken(text: str) -> str:
    """The text with nothing in it but Russian words and punctuation.

    A `+` before a vowel (a stress mark) stays. Characters that nobody can say are dropped.
    """
    for pattern, say in _rules():
        text = pattern.sub(say, text)
    return " ".join(re.sub(r"[«»()]", " ", _ALPHABET.sub(" ", text)).split())


Say = Callable[["re.Match[str]"], str]


@cache
def _rules() -> tuple[tuple[re.Pattern[str], Say], ...]:
    table = lexicon.load("spelling")
    return (
        (re.compile(r"\+\d[\d\s()-]{6,}\d"), _phone),
        (re.compile(r"\b8[\s(-]+\d{3}[\s)-]+\d{3}[\s-]?\d{2}[\s-]?\d{2}\b"), _phone),
        (re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b"), lambda m: _date(int(m[1]), int(m[2]), int(m[3]), m[0])),
        (re.compile(r"\b(\d{1,2})\.(\d{1,2})\.(\d{4})\b"), lambda m: _date(int(m[3]), int(m[2]), int(m[1]), m[0])),
        (re.compile(r"\b([01]?\d|2[0-3]):([0-5]\d)\b"), _clock),
        (_alternatives(table["words"]), lambda m: f" {table['words'][m[0]]} "),
        (_alternatives(table["abbreviations"]), lambda m: f" {table['abbreviations'][m[0]]} "),
        (re.compile(r"\b([А-ЯЁ]{2,5})\b(?![а-яё])"), _initials),
        (re.compile(r"(?<![\w.])-?\d+(?:[.,]\d+)?"), _number),
        (re.compile(r"\d+"), _number),
        (re.compile(r"[A-Za-z]+"), lambda m: _transliterate(m[0])),
    )


def _alternatives(table: Mapping[str, str]) -> re.Pattern[str]:
    longest_first = sorted(table, key=len, reverse=True)
    return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, longest_first)) + r")(?!\w)")


def _phone(match: "re.Match[str]") -> str:
    from voicebot.language.speaking import say_phone  # noqa: PLC0415 - speaking uses this module

    return say_phone(match[0])


def _date(year: int, month: int, day: int, written: str) -> str:
    try:
        date(year, month, day)
    except ValueError:
        return written
    months = lexicon.load("calendar")["spoken_months"]
    return f"{ordinal(day, Case.GENITIVE, Gender.NEUTER)} {months[month - 1]} {ordinal(year, Case.GENITIVE)} года"


def _clock(match: "re.Match[str]") -> str:
    minutes = int(match[2])
    return counted(int(match[1]), "час") + (f" {counted(minutes, 'минута')}" if minutes else "")


def _number(match: "re.Match[str]") -> str:
    whole, _, decimals = match[0].replace(",", ".").partition(".")
    if len(whole) > 12 or (len(whole) > 1 and whole.startswith("0")):
        return " ".join(cardinal(int(digit)) for digit in whole + decimals if digit.isdecimal())
    words = cardinal(int(whole))
    return f"{words} и {cardinal(int(decimals))}" if decimals.strip("0") else words


def _initials(match: "re.Match[str]") -> str:
    if any(vowel in match[1] for vowel in "АЕЁИОУЫЭЮЯ") and len(match[1]) > 3:
        return match[1].lower()  # a word written in capitals
    return " ".join(lexicon.load("spelling")["letters"][letter.lower()] for letter in match[1])


def _transliterate(word: str) -> str:
    table: dict[str, str] = lexicon.load("spelling")["latin"]
    return _latin().sub(lambda match: table[match[0]], word.lower())


@cache
def _latin() -> re.Pattern[str]:
    return re.compile("|".join(sorted(lexicon.load("spelling")["latin"], key=len, reverse=True)))
