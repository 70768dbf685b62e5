"""Names of people: free, spelled, out of a list, or checked against a name."""

import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from voicebot.language import digits, directory, identity, lexicon, numerals, tokens
from voicebot.language.inflection import parses
from voicebot.language.naming import PersonName
from voicebot.language.reading import Context, Reading, Value

_SURE, _GUESSED = 0.9, 0.6
_SPELLED_AT_LEAST = 3
_MARKS = (("Patr", "patronymic"), ("Name", "name"), ("Surn", "surname"))
_CASES = ("nomn", "accs", "gent", "datv", "ablt")  # of two that fit equally well the first
_SURNAME_ENDINGS = ("ых", "их", "ов", "ев", "ова", "ева", "ский", "ская", "ко", "ян", "дзе", "швили", "ук", "юк")
_GOVERNED = {"к": "datv", "ко": "datv", "для": "gent", "у": "gent", "от": "gent", "имя": "gent", "со": "ablt"}
_READINGS, _LIKELY = 8, 4  #: of the dictionary: all that are looked at, and those where a nominative is looked for


def parse(text: str, context: Context) -> Reading:
    """The name that was said.

    With `context.against` the value is `{"match": …}`, how it fits that name (`extra["match"]` too); with
    `context.directory` the values are entries of it. `extra["gender"]` where grammar shows it.
    """
    if context.directory:
        return directory.parse(text, context)
    if context.against:
        match = {"match": identity.match(text, context.against).value}
        sure = _GUESSED if match["match"] == identity.Match.UNCLEAR else _SURE
        return Reading(text=text, values=(Value(value=match, words=text, confidence=sure),), extra=match)
    utterance = tokens.read(text)
    person = _spelled(utterance) or _free(utterance.words)
    if person is None:
        return Reading(text=text)
    parts = {part: getattr(person, part) or None for part in ("surname", "name", "patronymic")}
    sure = _SURE if sum(value is not None for value in parts.values()) > 1 else _GUESSED
    value = Value(value=parts, words=_words_of(utterance), confidence=sure)
    extra = {"gender": person.gender.value} if person.gender else {}
    return Reading(text=text, values=(value,), extra=extra)


def _words_of(utterance: tokens.Utterance) -> str:
    named = [place for place, word in enumerate(utterance.words) if word not in _frames()]
    return utterance.said(named[0], named[-1] + 1) if named else utterance.text


@cache
def _frames() -> frozenset[str]:
    return frozenset(lexicon.load("kin")["frames"])


def _spelled(utterance: tokens.Utterance) -> PersonName | None:
    """`и вэ а эн о вэ`: a surname letter by letter."""
    groups = [group for group in digits.groups(utterance.words, letters=True) if group.text.isalpha()]
    run: list[digits.Group] = []
    for group in groups:
        if run and run[-1].end != group.start:
            if len(run) >= _SPELLED_AT_LEAST:
                break
            run = []
        run.append(group)
    names = [group for group in run if len(utterance.words[group.start]) > 3]
    if len(run) < _SPELLED_AT_LEAST or len(names) > 1:
        return None
    return PersonName(surname="".join(group.text for group in run).capitalize())


@dataclass(frozen=True, slots=True)
class _Part:
    """What a word may be of a name: `дмитрия` the genitive of the name Дмитрий."""

    part: str
    case: str
    written: str  #: in the nominative, with capital and ё


def _free(words: Sequence[str]) -> PersonName | None:
    kinds = _in_one_case([word for word in words if word not in _frames()], _governed(words))
    found: dict[str, str] = {}
    for word, part in kinds:
        if part and part.part not in found:
            found[part.part] = part.written
        elif part and part.part == "name" and "surname" not in found:
            found["surname"] = word.title()
    found |= _of_its_gender(kinds, found)
    found |= _surname_like_another_part(kinds, found)
    found |= _double_surname(kinds, found)
    unknown = [word for word, part in kinds if part is None and _may_be_surname(word)]
    if ("surname" not in found and len(unknown) == 1 and ("name" in found or "patronymic" in found)) or (
        "surname" not in found and "фамилия" in words and len(unknown) == 1
    ):
        found["surname"] = unknown[0].title()
    if not found or len(unknown) > 2:
        return None
    return PersonName(**found)


def _governed(words: Sequence[str]) -> Sequence[str]:
    """The cases in which a name may stand, that which a preposition asks for first: "к доктору калинину"."""
    asked = next((case for word, case in _GOVERNED.items() if word in words), "nomn")
    return (asked, *(case for case in _CASES if case != asked))


def _in_one_case(words: Sequence[str], cases: Sequence[str]) -> list[tuple[str, _Part | None]]:
    """The words with what they are in the case that fits most of them: "запишите смирнова дмитрия олеговича"."""
    readings = [(word, _parts(word)) for word in words]
    case = max(cases, key=lambda case: sum(any(part.case == case for part in parts) for _, parts in readings))
    return [(word, next((part for part in parts if part.case == case), None)) for word, parts in readings]


@lru_cache(maxsize=4096)
def _parts(word: str) -> tuple[_Part, ...]:
    """The parts of a name that a word may be, by the dictionary; likelier first."""
    if word in _short_forms():
        return tuple(_Part("name", "nomn", full) for full in _short_forms()[word])
    found = []
    for mark, part in _MARKS:
        for place, parse in enumerate(parses(word)[:_READINGS]):
            named = mark in parse.tag and "sing" in parse.tag and (parse.is_known or part != "name")
            named = named and (place < _LIKELY or parse.tag.case != "nomn")
            form = parse.inflect({"nomn", "sing"}) if named else None
            if form:
                found.append(_Part(part, str(parse.tag.case), str(form.word).title()))
    return tuple(found)


def _surname_like_another_part(kinds: Sequence[tuple[str, _Part | None]], found: Mapping[str, str]) -> dict[str, str]:
    """Where two words may be the same part: "рабинович семён маркович", "ли виктор"."""
    patronymics = [part for _, part in kinds if part and part.part == "patronymic"]
    if len(patronymics) > 1 and "surname" not in found:
        return {"surname": patronymics[0].written, "patronymic": patronymics[1].written}
    names = [(word, part) for word, part in kinds if part and part.part == "name"]
    common = [part for word, part in names if word in _short_forms()]
    rare = [part for word, part in names if word not in _short_forms()]
    if common and rare and found.get("surname") == common[0].written:
        return {"surname": rare[0].written, "name": common[0].written}
    return {}


def _double_surname(kinds: Sequence[tuple[str, _Part | None]], found: Mapping[str, str]) -> dict[str, str]:
    """Two surnames one after the other beside a given name: "римский корсаков николай"."""
    if "name" not in found:
        return {}
    for (_, first), (_, second) in itertools.pairwise(kinds):
        if first and second and first.part == second.part == "surname" and found.get("surname") == first.written:
            return {"surname": f"{first.written}-{second.written}"}
    return {}


def _of_its_gender(kinds: Sequence[tuple[str, _Part | None]], found: Mapping[str, str]) -> dict[str, str]:
    """The given name that agrees with the rest: "саша медведева" is Александра."""
    gender = PersonName(surname=found.get("surname", ""), patronymic=found.get("patronymic", "")).gender
    given = next((word for word, part in kinds if part and part.part == "name"), "")
    agreeing = [name for name in _short_forms().get(given, ()) if PersonName(name=name).gender is gender]
    return {"name": agreeing[0]} if agreeing else {}


def _may_be_surname(word: str) -> bool:
    """Whether an unknown word may be one: a noun or adjective in the nominative, or nothing that is known."""
    if word in numerals.forms():
        return False
    if word.endswith(_SURNAME_ENDINGS):
        return True
    known = [parse for parse in parses(word)[:3] if parse.is_known]
    nouns = any(str(parse.tag.POS) in ("NOUN", "ADJF") and "nomn" in parse.tag for parse in known)
    return not known or (nouns and str(known[0].tag.POS) in ("NOUN", "ADJF") and "Apro" not in known[0].tag)


@cache
def _short_forms() -> dict[str, tuple[str, ...]]:
    """Full names by short ones and by themselves, the first listed first."""
    table: dict[str, list[str]] = lexicon.load("names")
    full: dict[str, list[str]] = defaultdict(list)
    for name in table:
        full[tokens.normal(name)].append(name)
    for name, shorts in table.items():
        for short in shorts:
            full[tokens.normal(short)].append(name)
    return {short: tuple(dict.fromkeys(names)) for short, names in full.items()}
