"""Cues: phrases that tell what a speaker wants, and finding them in an utterance."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from voicebot.language import lexicon, numerals, tokens
from voicebot.language.calendar_words import forms
from voicebot.language.patterns import Finder, Hit
from voicebot.language.reading import Intent, Polarity, Question

NEGATIONS = frozenset({"не", "ни"})  # a recogniser takes one for the other
PARTICLE, AGREEMENT, STATEMENT = 1, 2, 3
POLAR = frozenset({Intent.YES, Intent.NO})
_UNSAID = "nothing"  # what a statement without an opposite of its own becomes after "не": "не болею" is no promise


@dataclass(frozen=True, kw_only=True)
class Cue:
    """What a group of phrases tells."""

    name: str
    intent: Intent | None
    weight: int  #: 1 a particle, 2 an agreement or refusal, 3 a statement about the matter itself
    agree: frozenset[Question]  #: the questions whose proposition it affirms
    deny: frozenset[Question]
    negated: str  #: the cue it becomes after "не"
    effect: str  #: doubt, hedge, correct, concede, or nothing
    certain: frozenset[Question]  #: the questions where it stands in spite of doubt: "не знаю такую, вы ошиблись"
    bare: bool  #: like `alone`, and no unknown word beside it either: "могу", but not "после работы только могу"
    echo: bool  #: only emphasises what was said before it: "нет, конечно"
    mild: bool  #: a drawback that one may put up with: "рано"; conceded, it refuses nothing: "рано, ну ладно"
    open: bool  #: a phrase that fits more than was thought of: by itself a guess, "в этот день отдыхаю"
    asked: frozenset[Question]  #: the only questions where it is looked for; none: all
    alone: bool  #: counts only where nothing but agreement and politeness stands beside it: "пожалуйста"
    unless: frozenset[Intent]  #: says nothing beside these: "не успеваю, говорите помедленнее"

    def polarity(self, question: Question) -> Polarity | None:
        if question in self.agree:
            return Polarity.YES
        return Polarity.NO if question in self.deny else None

    def matters(self, question: Question) -> bool:
        """Whether it says anything where `question` was asked: neutral phrases do, they keep words from others."""
        if self.asked:
            return question in self.asked
        if not (self.agree or self.deny) or self.polarity(question) is not None:
            return True
        return self.intent is not None and self.intent not in POLAR


@dataclass(frozen=True, kw_only=True)
class Said:
    """A cue found in an utterance."""

    cue: Cue
    start: int
    end: int
    words: str


def find(utterance: tokens.Utterance, question: Question) -> list[Said]:
    """All cues from left to right, negations applied; they do not overlap."""
    cues, disbelieved = _cues(), _disbelieved(utterance.words)
    hits = _finder(question).find(utterance.words, _tail(utterance.words))
    return [
        _disbelieve(utterance, hit, cues) if hit.start in disbelieved else _negate(utterance, hit, cues) for hit in hits
    ]


def _disbelieved(words: Sequence[str]) -> frozenset[int]:
    """Where something begins that others are wrong to believe: from the "что" on in "кто вам сказал, что я приду"."""
    if "что" not in words:
        return frozenset()
    hits = _disbelief().find(words)
    return frozenset(place for hit in hits for place in range(words.index("что", hit.start), hit.end + 1))


def _disbelieve(utterance: tokens.Utterance, hit: Hit, cues: Mapping[str, Cue]) -> Said:
    """The opposite of the cue; nothing where it has none."""
    cue = cues[cues[hit.name].negated or _UNSAID]
    return Said(cue=cue, start=hit.start, end=hit.end, words=utterance.said(hit.start, hit.end))


def unsaid(said: Said) -> Said:
    """The same words, saying nothing."""
    return replace(said, cue=_cues()[_UNSAID])


def wished(said: Said) -> Said:
    """The same words, telling what is wanted, and neither yes nor no."""
    return replace(said, cue=replace(said.cue, agree=frozenset(), deny=frozenset()))


def silent(utterance: tokens.Utterance, start: int, end: int) -> Said:
    """The words from `start` to `end` (exclusive) as a cue that says nothing."""
    return Said(cue=_cues()[_UNSAID], start=start, end=end, words=utterance.said(start, end))


def _tail(words: Sequence[str]) -> int:
    """How many words of courtesy an utterance ends with: what stands before them stands at the end."""
    courtesy = _courtesy()
    return next((place for place, word in enumerate(reversed(words)) if word not in courtesy), 0)


def uncovered(words: Sequence[str], said: Iterable[Said], without: frozenset[int] = frozenset()) -> list[str]:
    """The words that belong to no cue and stand at none of the places `without`."""
    covered = {place for each in said for place in range(each.start, each.end)} | without
    return [word for place, word in enumerate(words) if place not in covered]


def _negate(utterance: tokens.Utterance, hit: Hit, cues: Mapping[str, Cue]) -> Said:
    cue = cues[hit.name]
    start = hit.start
    if cue.negated or cue.weight > PARTICLE:
        place = hit.start - 1
        while place >= 0 and utterance.words[place] in _skipped():
            place -= 1
        if place >= 0 and _negates(utterance.words, place, hit.start):
            cue, start = cues[cue.negated or _UNSAID], place
    return Said(cue=cue, start=start, end=hit.end, words=utterance.said(start, hit.end))


def _negates(words: Sequence[str], place: int, start: int) -> bool:
    """Whether the word at `place` denies what begins at `start`; "не не, я приду" and "не, а вечером" are a "нет"."""
    if words[place] not in NEGATIONS:
        return False
    repeated = place > 0 and words[place - 1] in NEGATIONS
    return words[start] != "а" and not (repeated and place < start - 1)


@cache
def _skipped() -> frozenset[str]:
    """Words that may stand between "не" and what it negates: "не очень подходит"."""
    classes = lexicon.load("answers")["classes"]
    return frozenset(tokens.normal(word) for word in (*classes["very"], *classes["iwe"]))


@cache
def _courtesy() -> frozenset[str]:
    return frozenset(tokens.normal(word) for word in lexicon.load("answers")["courtesy"])


def is_weighty(word: str) -> bool:
    """Whether it may mean something of its own where no cue explains it."""
    return word not in light() and len(word) > 1


@cache
def light() -> frozenset[str]:
    """Words without weight of their own, and those that only tell when."""
    plain = frozenset(tokens.normal(word) for word in lexicon.load("answers")["light"])
    return _skipped() | plain | numerals.forms() | frozenset(forms("weekdays")) | frozenset(forms("months"))


@cache
def _cues() -> dict[str, Cue]:
    return {name: _cue(name, entry) for name, entry in lexicon.load("answers")["cues"].items()}


def _cue(name: str, entry: Mapping[str, Any]) -> Cue:
    return Cue(
        name=name,
        intent=Intent(entry["intent"]) if "intent" in entry else None,
        weight=entry.get("weight", PARTICLE),
        agree=_questions(entry.get("agree", ())),
        deny=_questions(entry.get("deny", ())),
        negated=entry.get("negated", ""),
        effect=entry.get("effect", ""),
        certain=_questions(entry.get("certain", ())),
        bare=entry.get("bare", False),
        echo=entry.get("echo", False),
        mild=entry.get("mild", False),
        open=entry.get("open", False),
        asked=_questions(entry.get("asked", ())),
        alone=entry.get("alone", False),
        unless=frozenset(map(Intent, entry.get("unless", ()))),
    )


def _questions(names: Any) -> frozenset[Question]:
    return frozenset(Question) if names == "all" else frozenset(Question(name) for name in names)


@cache
def _finder(question: Question) -> Finder:
    """The phrases that mean something for or beside the question."""
    table = lexicon.load("answers")
    cues = _cues()
    return Finder(
        {name: entry["phrases"] for name, entry in table["cues"].items() if cues[name].matters(question)},
        table["classes"],
    )


@cache
def _disbelief() -> Finder:
    return Finder({"disbelief": lexicon.load("answers")["disbelief"]})
