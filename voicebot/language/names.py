"""Names of people: free, spelled, out of a list, or checked against a name."""

from collections.abc import Sequence
from functools import cache

from voicebot.language import digits, directory, identity, lexicon, tokens
from voicebot.language.inflection import parses
from voicebot.language.naming import PersonName
from voicebot.language.reading import Context, Reading, Value

_SURE, _GUESSED = 0.9, 0.6
_SPELLED_AT_LEAST = 3
_PARTS = (("Patr", "patronymic"), ("Name", "name"), ("Surn", "surname"))


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


def _free(words: Sequence[str]) -> PersonName | None:
    kinds = [(word, _part(word)) for word in words if word not in _frames()]
    found: dict[str, str] = {}
    for word, part in kinds:
        if part and part not in found:
            found[part] = word
        elif part == "name" and "surname" not in found:
            found["surname"] = word
    unknown = [word for word, part in kinds if part is None]
    if ("surname" not in found and len(unknown) == 1 and ("name" in found or "patronymic" in found)) or (
        "surname" not in found and "фамилия" in words and len(unknown) == 1
    ):
        found["surname"] = unknown[0]
    if not found or len(unknown) > 2:
        return None
    return PersonName(**{part: _written(word, part) for part, word in found.items()})


def _part(word: str) -> str | None:
    """Which part of a name a word is, by the dictionary."""
    if word in _short_forms():
        return "name"
    for mark, part in _PARTS:
        marks = {mark, "nomn", "sing"}
        readings = (parse for parse in parses(word)[:4] if all(each in parse.tag for each in marks))
        if any(parse.is_known or part != "name" for parse in readings):
            return part
    return None


@cache
def _short_forms() -> dict[str, str]:
    """Full names by short ones; the first listed where several share it."""
    table: dict[str, list[str]] = lexicon.load("names")
    full: dict[str, str] = {}
    for name, shorts in table.items():
        for short in shorts:
            full.setdefault(tokens.normal(short), name)
    return full | {tokens.normal(name): name for name in table}


def _written(word: str, part: str) -> str:
    """With its capital and ё: `петр` → `Пётр`, `саша` → `Александр`."""
    if part == "name" and word in _short_forms():
        return _short_forms()[word]
    marks = {"name": "Name", "surname": "Surn", "patronymic": "Patr"}
    for parse in parses(word)[:4]:
        if marks[part] in parse.tag and "nomn" in parse.tag:
            return str(parse.word).title()
    return word.title()
