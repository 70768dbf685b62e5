"""Whether the speaker is the named person: full name, part of it, short name, a relative answering, somebody else."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from rapidfuzz import fuzz

from voicebot.language import answers, lexicon, naming, tokens, verdicts
from voicebot.language.inflection import parses
from voicebot.language.naming import PersonName
from voicebot.language.phonetics import sound
from voicebot.language.reading import Context, Intent, Polarity, Question, Reading, Value

_BY_NAME = 0.9  #: confidence of an answer that only the name decides
_ALIKE = 86  # of 100: "саколов" is Соколов, "соколов" is not Соколова


class Match(StrEnum):
    """How an answer fits the name that was asked for."""

    FULL = "full"
    PART = "part"
    RELATIVE = "relative"
    NO = "no"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class _Said:
    """Name words of an answer, set against the parts of the asked name."""

    same: frozenset[str]
    other: frozenset[str]
    whole: bool  #: every part of the asked name was said


def match(text: str, against: str) -> Match:
    """How an answer to "are you …?" fits the full name `against`."""
    utterance = tokens.read(text)
    person = naming.split(against)
    said = _compare(utterance.words, person)
    cues = [cue for cue in answers.hear(utterance, Question.IDENTITY) if cue.cue.name != "named_else"]
    intents = {cue.cue.intent for cue in cues}
    if Intent.RELATIVE in intents:
        return Match.RELATIVE
    if Intent.WRONG_PERSON in intents or (said.other and not said.same):
        return Match.NO
    if said.same and _absent(utterance.words):
        return Match.RELATIVE
    polarity = verdicts.judge(cues, Question.IDENTITY).polarity
    if said.other:
        return Match.NO
    if said.same:
        return Match.NO if polarity is Polarity.NO else Match.FULL if said.whole else Match.PART
    return {Polarity.YES: Match.FULL, Polarity.NO: Match.NO}.get(polarity, Match.UNCLEAR) if polarity else Match.UNCLEAR


def parse_answer(text: str, context: Context) -> Reading:
    """An answer to "are you …?" where the name is known: `мария петровна слушает` is a yes, `это ольга` a no."""
    reading = answers.by_cues(text, context)
    polarity = _POLARITIES.get(match(text, context.against))
    if polarity is None or polarity is reading.polarity:
        return answers.parse(text, context)
    value = Value(value=polarity.value, words=text, confidence=_BY_NAME)
    others = tuple(each for each in reading.values if each.value not in (*Polarity, Intent.UNKNOWN))
    return Reading(text=text, values=(value, *others), polarity=polarity)


_POLARITIES = {
    Match.FULL: Polarity.YES,
    Match.PART: Polarity.YES,
    Match.RELATIVE: Polarity.NO,
    Match.NO: Polarity.NO,
}


def _absent(words: Sequence[str]) -> bool:
    """Whether somebody tells where the person is instead ("екатерина игоревна на работе", "кати нет дома")."""
    absent = set(lexicon.load("kin")["absent"])
    return "я" not in words and any(word in absent for word in words[1:])


def _compare(words: Iterable[str], person: PersonName) -> _Said:
    parts = {"surname": person.surname, "name": person.name, "patronymic": person.patronymic}
    same: set[str] = set()
    other: set[str] = set()
    denied: set[str] = set()
    for before, word in itertools.pairwise(("", *words)):
        part = next((name for name, value in parts.items() if value and _is(word, value, name)), None)
        if part and before == "не":
            denied.add(part)
        elif part:
            same.add(part)
        elif foreign := _foreign(word, person):
            other.add(foreign)
    whole = all(part in same for part, value in parts.items() if value)
    return _Said(frozenset(same - denied), frozenset((other - same) | denied), whole)


def _is(word: str, value: str, part: str) -> bool:
    """Whether a word is this part of the name: in any case, short, or misheard."""
    plain = tokens.normal(value)
    if word == plain or (part == "name" and word in short_names(value)):
        return True
    if word in _forms(plain):
        return True
    if part == "name" and any(parse.normal_form.replace("ё", "е") in short_names(value) for parse in parses(word)[:3]):
        return True
    known = any(mark in parse.tag for parse in parses(word)[:2] for mark in ("Surn", "Name", "Patr") if parse.is_known)
    return not known and len(word) > 3 and fuzz.ratio(sound(word), sound(plain)) >= _ALIKE


@cache
def _forms(word: str) -> frozenset[str]:
    """All cases of a name in its own gender and number."""
    forms = set()
    for parse in parses(word):
        if "nomn" in parse.tag and "sing" in parse.tag and any(mark in parse.tag for mark in ("Surn", "Name", "Patr")):
            gender = parse.tag.gender
            forms |= {form.word.replace("ё", "е") for form in parse.lexeme if form.tag.gender == gender}
    return frozenset(forms)


@cache
def short_names(name: str) -> frozenset[str]:
    """What people of this given name are called."""
    wanted = name.lower().replace("ё", "е")
    table = lexicon.load("names")
    key = next((full for full in table if full.lower().replace("ё", "е") == wanted), None)
    return frozenset(tokens.normal(short) for short in table[key]) if key else frozenset()


def _foreign(word: str, person: PersonName) -> str | None:
    """The part of a name that this word is, being none of the person's own."""
    if word in _common_words():
        return None
    for parse in parses(word)[:4]:
        if not parse.is_known or "nomn" not in parse.tag or parse.score < 0.1:
            continue
        for mark, part in (("Patr", "patronymic"), ("Name", "name"), ("Surn", "surname")):
            if mark in parse.tag and getattr(person, part):
                return part
    return None


@cache
def _common_words() -> frozenset[str]:
    """Words that the dictionary also has as names: "да", "вера", "роза", "лев"."""
    return frozenset(lexicon.load("kin")["not_names"])
