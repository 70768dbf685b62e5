"""Written text as it is said: figures, dates, times, telephone numbers, abbreviations, Latin and drug names."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache

from voicebot.language import lexicon, telephone
from voicebot.language.inflection import Case, Gender, cardinal, counted, inflect_noun_phrase, ordinal, parses

_ALPHABET = re.compile(r"[^а-яёА-ЯЁ +.,!?;:…|«»()—–-]")
_QUOTES = re.compile(r"[«»()]")
_LOOSE = re.compile(r"\s+([.,!?;:…])")
_PREPOSITION = r"(?:\b(?P<preposition>на|по|к|ко|до|с|со|после|от|около)\s+)?"

#: What a date or a time stands in after a preposition; without one dates are genitive, times accusative.
_CASES = {
    "на": Case.ACCUSATIVE,
    "по": Case.ACCUSATIVE,
    "к": Case.DATIVE,
    "ко": Case.DATIVE,
    **dict.fromkeys(("до", "с", "со", "после", "от", "около"), Case.GENITIVE),
}

Say = Callable[["re.Match[str]"], str]


def spoken(text: str) -> str:
    """The text with nothing in it but Russian words and punctuation.

    A `+` before a vowel (a stress mark) and `|` (a break) stay. Characters that nobody can say are dropped.
    """
    for pattern, say in _rules():
        text = pattern.sub(say, text)
    plain = " ".join(_QUOTES.sub(" ", _ALPHABET.sub(" ", text)).split())
    return _LOOSE.sub(r"\1", plain)


@cache
def _rules() -> tuple[tuple[re.Pattern[str], Say], ...]:
    table = lexicon.load("spelling")
    units = "|".join(map(re.escape, sorted(table["units"], key=len, reverse=True)))
    return (
        (re.compile(r"\+\d[\d\s()-]{6,}\d"), lambda m: telephone.say(m[0])),
        (re.compile(r"\b8[\s(-]+\d{3}[\s)-]+\d{3}[\s-]?\d{2}[\s-]?\d{2}\b"), lambda m: telephone.say(m[0])),
        (re.compile(_PREPOSITION + r"\b(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})\b"), _date),
        (re.compile(_PREPOSITION + r"\b(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})\b"), _date),
        (re.compile(_PREPOSITION + r"\b(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)\b"), _clock),
        (re.compile(rf"(?P<number>\d+)(?P<tenths>[.,]\d+)?\s*(?P<unit>{units})(?!\w)"), _measured),
        (_alternatives(table["words"]), lambda m: f" {table['words'][m[0]]} "),
        (_alternatives(table["abbreviations"]), lambda m: f" {table['abbreviations'][m[0]]} "),
        (re.compile(r"\b([А-ЯЁ]{2,5})\b(?![а-яё])"), _initials),
        (re.compile(r"(?<![\w.])(?P<sign>-?)(?P<number>\d+)(?P<tenths>[.,]\d+)?(?:\s+(?P<noun>[а-яё]+))?"), _number),
        (re.compile(r"(?P<sign>)(?P<number>\d+)(?P<tenths>)(?P<noun>)"), _number),
        (re.compile(r"[A-Za-z]+"), lambda m: _transliterate(m[0])),
    )


def _alternatives(table: Mapping[str, str]) -> re.Pattern[str]:
    longest_first = sorted(table, key=len, reverse=True)
    return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, longest_first)) + r")(?!\w)")


def _date(match: "re.Match[str]") -> str:
    year, month, day = int(match["year"]), int(match["month"]), int(match["day"])
    try:
        date(year, month, day)
    except ValueError:
        return match[0]
    preposition = match["preposition"]
    months = lexicon.load("calendar")["spoken_months"]
    words = ordinal(day, _CASES.get(preposition, Case.GENITIVE), Gender.NEUTER)
    return f"{_before(preposition)}{words} {months[month - 1]} {ordinal(year, Case.GENITIVE)} года"


def _clock(match: "re.Match[str]") -> str:
    case = _CASES.get(match["preposition"], Case.ACCUSATIVE)
    minutes = int(match["minute"])
    said = counted(int(match["hour"]), "час", case) + (f" {counted(minutes, 'минута', case)}" if minutes else "")
    return _before(match["preposition"]) + said


def _before(preposition: str | None) -> str:
    return f"{preposition} " if preposition else ""


def _measured(match: "re.Match[str]") -> str:
    """A number with its unit: `2 мг` → `два миллиграмма`, `5,8 мл` → `пять и восемь миллилитра`."""
    noun = lexicon.load("spelling")["units"][match["unit"]]
    if match["tenths"]:
        return f"{_amount(match['number'], match['tenths'])} {inflect_noun_phrase(noun, Case.GENITIVE)}"
    return counted(int(match["number"][:12]), noun)


def _number(match: "re.Match[str]") -> str:
    noun = match["noun"] or ""
    gender = parses(noun)[0].tag.gender if noun and not match["tenths"] else None
    said = _amount(match["number"], match["tenths"], Gender(gender) if gender in set(Gender) else Gender.MALE)
    return " ".join(filter(None, ("минус" if match["sign"] else "", said, noun)))


def _amount(whole: str, tenths: str | None, gender: Gender = Gender.MALE) -> str:
    decimals = (tenths or "")[1:]
    if len(whole) > 12 or (len(whole) > 1 and whole.startswith("0")):
        return " ".join(cardinal(int(digit)) for digit in whole + decimals)
    words = cardinal(int(whole), gender=gender)
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
