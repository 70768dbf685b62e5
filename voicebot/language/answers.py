"""Answers: agreement with the question that was asked, and what else the speaker wants."""

import itertools
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from functools import partial

from voicebot.language import clauses, cues, lexicon, questions, rhetoric, tokens
from voicebot.language.cues import PARTICLE, POLAR, STATEMENT, Cue, Said
from voicebot.language.opinion import advised
from voicebot.language.overheard import addressed, orders
from voicebot.language.reading import Context, Intent, Polarity, Question, Reading, Value
from voicebot.language.remainders import guarded
from voicebot.language.verdicts import Verdict, judge

#: Intents that are for or against the matter: those that the verdict overruled are not what the speaker wants.
_SIDES = frozenset({Intent.YES, Intent.NO, Intent.WILL_COME, Intent.WONT_COME, Intent.CANCEL})
_CURT = frozenset({Intent.WHO_IS_THIS, Intent.SLOWER, Intent.COMPLAINT, Intent.ARE_YOU_ROBOT, Intent.REPEAT})
_NEAR = 2  #: words between "да" and what somebody else is told to do: "да уж сядь ты"
_POLITE: frozenset[str] = frozenset({Intent.YES, Intent.FILLER, Intent.GREETING, Intent.THANKS, Intent.GOODBYE})


def parse(text: str, context: Context) -> Reading:
    """Intents, best first, and the polarity towards `context.question`."""
    return _read(text, context, advised)


def by_cues(text: str, context: Context) -> Reading:
    """The same without the second opinion, for those who know more than the words: whose name was asked."""
    return _read(text, context, lambda verdict, words, question: verdict)


def _read(text: str, context: Context, advice: Callable[[Verdict, Sequence[str], Question], Verdict]) -> Reading:
    utterance, question = addressed(tokens.read(text)), context.question
    found, back = _find(utterance, question)
    said, verdict = _answer(utterance, found, question)
    values = _intents(said, verdict, question)
    heard = verdict.polarity
    if heard or not (back or any(each.cue.effect == "doubt" for each in found) or orders(utterance.words, found)):
        verdict = advice(verdict, utterance.words, question)
    if not values or verdict.polarity is not heard:
        carrying = [each for each in said if verdict.polarity and each.cue.polarity(question) is verdict.polarity]
        start, end = (carrying[0].start, carrying[-1].end) if carrying else (0, len(utterance.words))
        intent = verdict.polarity or Intent.UNKNOWN
        words = utterance.said(start, end) if verdict.polarity else ""
        values = (*values, Value(value=intent.value, words=words, confidence=verdict.confidence))
    return Reading(text=text, values=values, ambiguous=verdict.contradicted, polarity=verdict.polarity)


def hear(utterance: tokens.Utterance, question: Question) -> list[Said]:
    """The cues of an utterance from left to right, negations applied, those that mean nothing here left out."""
    found, _ = _find(utterance, question)
    return _meant(utterance, found, question)


def _find(utterance: tokens.Utterance, question: Question) -> tuple[list[Said], frozenset[int]]:
    """The cues from left to right, those inside a question back without their meaning; and its places."""
    found = rhetoric.settled(utterance, cues.find(utterance, question))
    if questions.seeks_others(utterance.words, found, question):
        wishes = [cues.wished(each) if each.cue.polarity(question) else each for each in found]
        return wishes, frozenset(range(len(utterance.words)))
    back = questions.asked(utterance.words, found, question)
    return [cues.unsaid(each) if each.start in back and each.cue.polarity(question) else each for each in found], back


def _answer(utterance: tokens.Utterance, found: Sequence[Said], question: Question) -> tuple[list[Said], Verdict]:
    """The cues that count, and the verdict: of the clauses that answer; of all where those say nothing.

    That is a guess where they have words that nobody knows: "сначала думал не надо, а теперь решился".
    """
    aside = clauses.beside(utterance.words, found, question)
    said = _meant(utterance, found, question)
    whole = guarded(judge(said, question), utterance.words, found, question)
    if not aside:
        return said, whole
    heard = [each for each in found if each.start not in aside]
    main = _meant(utterance, heard, question, aside)
    verdict = guarded(judge(main, question), utterance.words, heard, question, aside)
    if verdict.polarity is None:
        return said, whole.doubted() if whole.polarity and _foreign(utterance.words, found, aside) else whole
    if verdict.weight == PARTICLE and whole.opposes(verdict.polarity):
        verdict = verdict.doubted()
    sides = (None, verdict.polarity)
    kept = [each for each in said if each.cue.intent not in _SIDES or each.cue.polarity(question) in sides]
    return sorted({*main, *kept}, key=lambda each: each.start), verdict


def _meant(
    utterance: tokens.Utterance, found: Sequence[Said], question: Question, aside: frozenset[int] = frozenset()
) -> list[Said]:
    told = {each.cue.intent for each in found}
    told_off = orders(utterance.words, found)
    said = [
        each
        for each in found
        if (each.cue.intent not in POLAR or each.cue.polarity(question))
        and told.isdisjoint(each.cue.unless)
        and not _only_opens(utterance.words, each, found, question)
        and not (_is_mere(each.cue, question) and any(0 <= place - each.end <= _NEAR for place in told_off))
    ]
    if _asks(utterance, found, question):
        said = list(itertools.filterfalse(partial(_is_agreement, question=question), said))
    turned = _turned(found)
    before = frozenset(range(turned))
    whole, behind = (_Company.of(utterance.words, found, said, places) for places in (aside, aside | before))
    return [each for each in said if not (behind if each.start >= turned else whole).drowns(each.cue)]


def _turned(found: Sequence[Said]) -> int:
    """Where what follows the last correction begins: behind "ой", "ой нет"; 0 where there is none."""
    end = max((each.end for each in found[:-1] if each.cue.effect == "correct"), default=0)
    denial = next((each for each in found[:-1] if each.start == end and each.cue.intent is Intent.NO), None)
    return denial.end if denial and end and denial.cue.weight == PARTICLE else end


@dataclass(frozen=True, slots=True)
class _Company:
    """What stands beside the words that count only by themselves; after a correction, what stands behind it."""

    intents: Set[str]
    foreign: int  #: words of weight that belong to no cue

    @classmethod
    def of(
        cls, words: Sequence[str], found: Sequence[Said], said: Sequence[Said], without: frozenset[int]
    ) -> "_Company":
        heard = (each.cue for each in said if each.start not in without)
        near = [cue for cue in heard if not (cue.alone or cue.bare or cue.effect == "hedge")]
        return cls(
            intents={cue.intent or cue.name for cue in near if cue.intent or cue.agree} - _POLITE,
            foreign=_foreign(words, found, without),
        )

    def drowns(self, cue: Cue) -> bool:
        """Whether a word that counts only by itself stands amid other matter, or emphasis ("конечно") beside a wish."""
        emphatic = cue.echo and cue.intent is Intent.YES and Intent.RESCHEDULE in self.intents
        return bool(emphatic or (cue.alone and self.intents) or (cue.bare and (self.intents or self.foreign)))


def _foreign(words: Sequence[str], found: Sequence[Said], aside: frozenset[int]) -> int:
    """How many words of weight belong to no cue."""
    return sum(map(cues.is_weighty, cues.uncovered(words, found, aside)))


def _is_mere(cue: Cue, question: Question) -> bool:
    return cue.weight < STATEMENT and cue.polarity(question) is not None


def _only_opens(words: Sequence[str], said: Said, found: Sequence[Said], question: Question) -> bool:
    """Whether a "да" agrees to nothing: "да кто это", "да не знаю"; but "да, а кто это" does."""
    behind = words[said.end] if said.end < len(words) else ""
    if words[said.start : said.end] != ("да",) or behind in ("", "а") or question is Question.ANYTHING_ELSE:
        return False
    following = next((each.cue for each in found if each.start == said.end), None)
    curt = following is not None and (following.intent in _CURT or following.effect == "doubt")
    return curt or behind in lexicon.load("answers")["waiting"]


def _asks(utterance: tokens.Utterance, found: Sequence[Said], question: Question) -> bool:
    """Whether the utterance begins as a question ("куда эта запись потом пойдёт"), and not as one that answers."""
    place = questions.opens(utterance.words)
    if place is None:
        return False
    cue = next((each.cue for each in found if each.start <= place < each.end), None)
    corrected = any(each.cue.effect == "correct" for each in found)
    return not corrected and not (cue and cue.polarity(question))


def _is_agreement(said: Said, question: Question) -> bool:
    return said.cue.polarity(question) is Polarity.YES


def _intents(said: Sequence[Said], verdict: Verdict, question: Question) -> tuple[Value, ...]:
    """One value an intent: those that carry the polarity first, the rest in the order of their weight and place."""
    best: dict[Intent, tuple[bool, int, int, Said]] = {}
    for place, each in enumerate(said):
        polarity = each.cue.polarity(question)
        idle = each.cue.effect == "hedge" or (each.cue.bare and polarity is None)
        if each.cue.intent is None or (idle and verdict.polarity):
            continue
        if each.cue.intent in _SIDES and (verdict.overrules(polarity) or _is_turned(each.cue, question)):
            continue
        carries = verdict.polarity is not None and polarity == verdict.polarity
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
    return cue.intent in POLAR and polarity is not None and cue.intent != polarity.value
