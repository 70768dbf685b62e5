"""Answers: agreement with the question that was asked, and what else the speaker wants."""

import itertools
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

from voicebot.language import lexicon, numerals, tokens
from voicebot.language.calendar_words import forms
from voicebot.language.patterns import Finder, Hit
from voicebot.language.reading import Context, Intent, Polarity, Question, Reading, Value

_NEGATIONS = frozenset({"не", "ни"})  # a recogniser takes one for the other
_PARTICLE, _STATEMENT = 1, 3
_GUESSED = 0.6
_UNSAID = "nothing"  # what a statement without an opposite of its own becomes after "не": "не болею" is no promise
_POLAR = frozenset({Intent.YES, Intent.NO})
#: Intents that are for or against the matter: those that the verdict overruled are not what the speaker wants.
_SIDES = frozenset({Intent.YES, Intent.NO, Intent.WILL_COME, Intent.WONT_COME, Intent.CANCEL})
_POLITE: frozenset[str] = frozenset({Intent.YES, Intent.FILLER, Intent.GREETING, Intent.THANKS, Intent.GOODBYE})


@dataclass(frozen=True, kw_only=True)
class Cue:
    """What a group of phrases tells."""

    name: str
    intent: Intent | None
    weight: int  #: 1 a particle, 2 an agreement or refusal, 3 a statement about the matter itself
    agree: frozenset[Question]  #: the questions whose proposition it affirms
    deny: frozenset[Question]
    negated: str  #: the cue it becomes after "не"
    effect: str  #: doubt, hedge, correct, or nothing
    certain: frozenset[Question]  #: the questions where it stands in spite of doubt: "не знаю такую, вы ошиблись"
    bare: bool  #: like `alone`, and no unknown word beside it either: "могу", but not "после работы только могу"
    echo: bool  #: only emphasises what was said before it: "нет, конечно"
    asked: frozenset[Question]  #: the only questions where it is looked for; none: all
    alone: bool  #: counts only where nothing but agreement and politeness stands beside it: "пожалуйста"

    def polarity(self, question: Question) -> Polarity | None:
        if question in self.agree:
            return Polarity.YES
        return Polarity.NO if question in self.deny else None

    def matters(self, question: Question) -> bool:
        """Whether it says anything where `question` was asked: neutral phrases do, they keep words from others."""
        if self.asked:
            return question in self.asked
        polar = self.agree or self.deny
        return (
            not polar or self.polarity(question) is not None or (self.intent is not None and self.intent not in _POLAR)
        )


@dataclass(frozen=True, kw_only=True)
class Said:
    """A cue found in an utterance."""

    cue: Cue
    start: int
    end: int
    words: str


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Polarity with its confidence."""

    polarity: Polarity | None
    confidence: float = 0.0
    contradicted: bool = False

    def overrules(self, polarity: Polarity | None) -> bool:
        """Whether a cue of this polarity was taken back or outweighed beyond doubt."""
        return bool(polarity and self.polarity and polarity is not self.polarity and not self.contradicted)


def parse(text: str, context: Context) -> Reading:
    """Intents, best first, and the polarity towards `context.question`."""
    utterance = tokens.read(text)
    found = _found(utterance, context.question)
    said = _meant(utterance, found, context.question)
    verdict = _guarded(judge(said, context.question), _uncovered(utterance, found))
    values = _intents(said, verdict, context.question)
    if not values:
        words = " ".join(each.words for each in said) if verdict.polarity else ""
        intent = verdict.polarity or Intent.UNKNOWN
        values = (Value(value=intent.value, words=words, confidence=verdict.confidence),)
    return Reading(text=text, values=values, ambiguous=verdict.contradicted, polarity=verdict.polarity)


def hear(utterance: tokens.Utterance, question: Question) -> list[Said]:
    """The cues of an utterance from left to right, negations applied, those that mean nothing here left out."""
    return _meant(utterance, _found(utterance, question), question)


def _found(utterance: tokens.Utterance, question: Question) -> list[Said]:
    cues = _cues()
    return [_negate(utterance, hit, cues) for hit in _finder(question).find(utterance.words)]


def _meant(utterance: tokens.Utterance, found: Sequence[Said], question: Question) -> list[Said]:
    said = [each for each in found if each.cue.intent not in _POLAR or each.cue.polarity(question)]
    if _asks(utterance, found, question):
        said = list(itertools.filterfalse(partial(_is_agreement, question=question), said))
    beside = (each.cue for each in said if not (each.cue.alone or each.cue.bare or each.cue.effect == "hedge"))
    company = {cue.intent or cue.name for cue in beside if cue.intent or cue.agree} - _POLITE
    foreign = sum(word not in _light() and len(word) > 1 for word in _uncovered(utterance, found))
    return [each for each in said if not _is_lost(each.cue, company, foreign)]


def _asks(utterance: tokens.Utterance, found: Sequence[Said], question: Question) -> bool:
    """Whether the utterance begins as a question ("куда эта запись потом пойдёт"), and not as one that answers."""
    opening = frozenset(lexicon.load("answers")["asking"]["before"])
    place = next((place for place, word in enumerate(utterance.words) if word not in opening), None)
    if place is None or utterance.words[place] not in lexicon.load("answers")["asking"]["words"]:
        return False
    cue = next((each.cue for each in found if each.start <= place < each.end), None)
    corrected = any(each.cue.effect == "correct" for each in found)
    return not corrected and not (cue and cue.polarity(question))


def _is_agreement(said: Said, question: Question) -> bool:
    return said.cue.polarity(question) is Polarity.YES


def _guarded(verdict: Verdict, uncovered: Iterable[str]) -> Verdict:
    """A yes beside a negation of something unknown is only a guess: the matter itself may have been refused."""
    if verdict.polarity is not Polarity.YES or _NEGATIONS.isdisjoint(uncovered):
        return verdict
    return replace(verdict, confidence=min(verdict.confidence, _GUESSED), contradicted=True)


def _is_lost(cue: Cue, company: Set[str], foreign: int) -> bool:
    """Whether a word that counts only by itself stands amid other matter, or emphasis ("конечно") beside a wish."""
    emphatic = cue.echo and cue.intent is Intent.YES and Intent.RESCHEDULE in company
    return bool(emphatic or (cue.alone and company) or (cue.bare and (company or foreign)))


def _uncovered(utterance: tokens.Utterance, said: Sequence[Said]) -> list[str]:
    """The words that belong to no cue."""
    covered = {place for each in said for place in range(each.start, each.end)}
    return [word for place, word in enumerate(utterance.words) if place not in covered]


def _negate(utterance: tokens.Utterance, hit: Hit, cues: Mapping[str, Cue]) -> Said:
    cue = cues[hit.name]
    start = hit.start
    if cue.negated or cue.weight > _PARTICLE:
        place = hit.start - 1
        while place >= 0 and utterance.words[place] in _skipped():
            place -= 1
        if place >= 0 and utterance.words[place] in _NEGATIONS:
            cue, start = cues[cue.negated or _UNSAID], place
    return Said(cue=cue, start=start, end=hit.end, words=utterance.said(start, hit.end))


def judge(said: Sequence[Said], question: Question) -> Verdict:
    """Agreement with the proposition of the question.

    A statement outweighs a particle ("нет, приду" is a yes), the later of two statements outweighs the earlier, a
    particle after a correction ("приду, ой нет") outweighs what stood before it, and doubt leaves the matter open.
    """
    verdict, weight = Verdict(polarity=None), 0
    doubt = correcting = hedged = certain = False
    for each in said:
        correcting |= each.cue.effect == "correct"
        hedged |= each.cue.effect == "hedge"
        if each.cue.effect == "doubt" and not certain:
            verdict, weight = Verdict(polarity=None), each.cue.weight
            doubt, correcting, hedged = True, False, False
        polarity = each.cue.polarity(question)
        if polarity is None or (doubt and not (hedged or correcting or question in each.cue.certain)):
            continue
        if each.cue.echo and verdict.polarity is not None and weight >= each.cue.weight:
            continue
        certain |= question in each.cue.certain
        opposed = verdict.polarity is not None and verdict.polarity != polarity
        if each.cue.weight >= weight or (correcting and opposed):
            clash = opposed and each.cue.weight == weight and not correcting
            verdict = Verdict(polarity=polarity, confidence=_confidence(each, clash, hedged), contradicted=clash)
            weight, correcting = max(weight, each.cue.weight), False
        elif opposed and polarity is Polarity.NO:  # "приду… нет": a no that trails off is not to be overheard
            verdict = Verdict(polarity=verdict.polarity, confidence=_GUESSED, contradicted=True)
    return verdict


def _confidence(said: Said, clash: bool, hedged: bool) -> float:
    sure = 0.7 if clash else 0.97 if said.cue.weight == _STATEMENT else 0.93
    return round(sure * (0.85 if hedged else 1), 2)


def _intents(said: Sequence[Said], verdict: Verdict, question: Question) -> tuple[Value, ...]:
    """One value an intent: those that carry the polarity first, the rest in the order of their weight and place."""
    best: dict[Intent, tuple[bool, int, int, Said]] = {}
    for place, each in enumerate(said):
        if each.cue.intent is None or (each.cue.effect == "hedge" and verdict.polarity):
            continue
        if each.cue.intent in _SIDES and (
            verdict.overrules(each.cue.polarity(question)) or _is_turned(each.cue, question)
        ):
            continue
        carries = verdict.polarity is not None and each.cue.polarity(question) == verdict.polarity
        rank = (carries, each.cue.weight, place, each)
        if each.cue.intent not in best or rank[:3] > best[each.cue.intent][:3]:
            best[each.cue.intent] = rank
    ordered = sorted(best.items(), key=lambda item: item[1][:3], reverse=True)
    return tuple(
        Value(value=intent.value, words=each.words, confidence=round(verdict.confidence if carries else 0.9, 2))
        for intent, (carries, _, _, each) in ordered
    )


def _is_turned(cue: Cue, question: Question) -> bool:
    """Whether "yes" means no here: "хорошо" when asked whether anything else is wanted."""
    polarity = cue.polarity(question)
    return cue.intent in _POLAR and polarity is not None and cue.intent != polarity.value


@cache
def _skipped() -> frozenset[str]:
    """Words that may stand between "не" and what it negates: "не очень подходит"."""
    classes = lexicon.load("answers")["classes"]
    return frozenset(tokens.normal(word) for word in (*classes["very"], *classes["iwe"]))


@cache
def _light() -> frozenset[str]:
    """Words without weight of their own, and those that only tell when."""
    light = frozenset(tokens.normal(word) for word in lexicon.load("answers")["light"])
    return _skipped() | light | numerals.forms() | frozenset(forms("weekdays")) | frozenset(forms("months"))


@cache
def _cues() -> dict[str, Cue]:
    return {name: _cue(name, entry) for name, entry in lexicon.load("answers")["cues"].items()}


def _cue(name: str, entry: Mapping[str, Any]) -> Cue:
    return Cue(
        name=name,
        intent=Intent(entry["intent"]) if "intent" in entry else None,
        weight=entry.get("weight", _PARTICLE),
        agree=_questions(entry.get("agree", ())),
        deny=_questions(entry.get("deny", ())),
        negated=entry.get("negated", ""),
        effect=entry.get("effect", ""),
        certain=_questions(entry.get("certain", ())),
        bare=entry.get("bare", False),
        echo=entry.get("echo", False),
        asked=_questions(entry.get("asked", ())),
        alone=entry.get("alone", False),
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
