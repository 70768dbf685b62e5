"""Remainders: what no cue explains, and whether a verdict may rest on the cues around it."""

import itertools
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from typing import Any

from voicebot.language import lexicon
from voicebot.language.cues import NEGATIONS, PARTICLE, Said, is_weighty
from voicebot.language.inflection import parses
from voicebot.language.reading import Intent, Polarity, Question
from voicebot.language.reservations import Answer
from voicebot.language.verdicts import Verdict

_DEEDS = frozenset({"VERB", "INFN", "PRED", "PRTS"})
_STRANGE = 2  #: words of weight without a cue, and something else is meant than the cues say
_NEAR = 2
_OWNED = (("у", "меня"), ("у", "нас"))
_PROPOSALS = frozenset({Question.OFFER, Question.CONSENT, Question.CANCEL})


def guarded(
    verdict: Verdict, words: Sequence[str], found: Sequence[Said], question: Question, aside: Set[int] = frozenset()
) -> Verdict:
    """The verdict; only a guess where a negation, an exception or a contrast beside it belongs to no cue.

    The matter itself may have been refused or affirmed there: "не самое удобное время, но попаду".
    """
    if verdict.polarity is None or verdict.contradicted:
        return verdict
    agrees = verdict.polarity is Polarity.YES
    rest = _Rest.of(words, [each for each in found if each.start not in aside], question, aside, verdict)
    unsafe = rest.undoes_yes() if agrees else rest.undoes_no()
    unsafe = unsafe or rest.excepts() or rest.is_to_another() or rest.takes_back() or rest.answer().is_reserved()
    return verdict.doubted() if unsafe else verdict


@dataclass(frozen=True, kw_only=True)
class _Rest:
    """An utterance with the places of the words that no cue covers."""

    words: Sequence[str]
    found: Sequence[Said]
    question: Question
    places: Sequence[int]
    carrying: Sequence[Said]  #: the cues of the verdict's polarity
    weighty: bool  #: the verdict rests on more than a particle

    @classmethod
    def of(
        cls, words: Sequence[str], found: Sequence[Said], question: Question, aside: Set[int], verdict: Verdict
    ) -> "_Rest":
        covered = {place for each in found for place in range(each.start, each.end)} | aside
        return cls(
            words=words,
            found=found,
            question=question,
            places=[place for place in range(len(words)) if place not in covered],
            carrying=[each for each in found if each.cue.polarity(question) is verdict.polarity],
            weighty=verdict.weight > PARTICLE,
        )

    def undoes_yes(self) -> bool:
        """Whether what stands beside a yes may deny it."""
        denied = any(not (self.weighty and _is_harmless(self.words[at - 1 : at + 2])) for at in self._negations())
        strange = self._affirms_a_stranger() or self._only_opens()
        return denied or strange or self._is_impossible() or self._is_limited() or self._is_asked_back()

    def undoes_no(self) -> bool:
        """Whether what stands beside a no may affirm the matter after all."""
        if any(self._tagged(place + 1, "INFN") for place in self._negations()) or self._is_impossible():
            return True  # "не смогу не прийти"
        if not self.weighty and (self._denies_a_deed() or self._is_missing() or self._praises()):
            return True
        return (
            self._denies_a_stranger()
            or self._is_doubled()
            or self._needs_no_other()
            or self._yields()
            or self._is_rhetorical()
        )

    def answer(self) -> Answer:
        """What is to be looked through for reservations."""
        return Answer(
            words=self.words,
            said=self.found,
            carrying=self.carrying,
            unexplained=frozenset(self.places),
            agrees=any(each.cue.polarity(self.question) is Polarity.YES for each in self.carrying),
            question=self.question,
        )

    def takes_back(self) -> bool:
        """Whether strange words follow a "no" of correction: "да, слушаю… ой нет, вы Петровну спрашиваете"."""
        back = (each.end for each in self.found if each.cue.effect == "correct" and "нет" in each.words.lower().split())
        turned = max(back, default=0)
        if not turned or any(each.start >= turned for each in self.carrying):
            return False
        return self._is_strange(turned)

    def excepts(self) -> bool:
        """Whether something is excepted: "устроит, кроме этого"; or nothing is worse: "лучше так, чем никак"."""
        if any(self.words[place] in _table()["exceptions"] for place in self.places):
            return self.question is not Question.ANYTHING_ELSE or self._leaves_something()
        return any(each.start and self.words[each.start - 1] == "чем" for each in self.carrying)

    def _leaves_something(self) -> bool:
        """Whether not all is answered: "на всё ответили, кроме одного"; not "ничего, кроме спасибо"."""
        return "ничего" not in self.words and any(each.cue.intent is Intent.NO for each in self.carrying)

    def is_to_another(self) -> bool:
        """Whether somebody else in the room may be meant: "мам, ты пойдёшь"."""
        return any(self.words[place] == "ты" for place in self.places)

    def _only_opens(self) -> bool:
        """Whether a mere "да" opens something unknown: "да пропади оно пропадом", "да в гробу я видел такое время"."""
        agreeing = [each for each in self.found if each.cue.intent is Intent.YES]
        if self.weighty:
            return False
        if any(each.end in self.places and "impr" in parses(self.words[each.end])[0].tag for each in agreeing):
            return True
        if self.question in (Question.IDENTITY, Question.ANYTHING_ELSE):
            return False
        mere = len(self.carrying) == 1 and self.carrying[0].words.lower() in _table()["mere"]
        opening = mere and self.carrying[0].end < len(self.words)
        return opening and self._is_strange() and self.words[self.carrying[0].end] not in _table()["leading"]

    def _is_strange(self, start: int = 0) -> bool:
        """Whether words of weight that belong to no cue stand from `start` on."""
        return sum(is_weighty(self.words[place]) for place in self.places if place >= start) >= _STRANGE

    def _is_limited(self) -> bool:
        """Whether only something else suits: "подойдёт только вечер"."""
        if self.question is not Question.OFFER:
            return False
        limits = [place for place in self.places if self.words[place] == "только" and place + 1 in self.places]
        return any(not any(self._tagged(at, "VERB") for at in self.places if at > place) for place in limits)

    def _is_asked_back(self) -> bool:
        return any(tuple(self.words[each.end : each.end + 2]) == ("что", "ли") for each in self.carrying)

    def _denies_a_deed(self) -> bool:
        return any(
            self._tagged(place + 1, "VERB") and not self._tagged(place + 1, "impr") for place in self._negations()
        )

    def _is_missing(self) -> bool:
        """Whether "нет" tells of a missing thing, where no thing is asked about: "спору нет", not "полиса нет".

        Where anything else may be asked for, only of what one has not: "рецепта у меня нет".
        """
        if len(self.carrying) != 1 or self.carrying[0].words.lower() not in _table()["absences"]:
            return False
        denied = self.carrying[0].start
        if self.question is Question.ANYTHING_ELSE:
            return tuple(self.words[denied - 2 : denied]) in _OWNED and self._is_missed(denied - 3)
        return self.question in _PROPOSALS and self._is_missed(denied - 1)

    def _praises(self) -> bool:
        """Whether nothing is better: "нет ничего лучше этого времени"."""
        denials = [each.start for each in self.carrying if each.words.lower() in _table()["absences"]]
        better = [place for place in self.places if self.words[place] in lexicon.load("answers")["classes"]["better"]]
        return any(0 < place - denial <= _NEAR for denial, place in itertools.product(denials, better))

    def _denies_a_stranger(self) -> bool:
        """Whether all that is denied is an auxiliary beside an infinitive that nobody knows: "пропускать не буду"."""
        return self._rests_on_an_auxiliary() and self._is_strange_deed(self.places)

    def _affirms_a_stranger(self) -> bool:
        """The same of what is intended: "намерена пропустить"."""
        behind = (each.end for each in self.carrying if each.cue.weight > PARTICLE)
        return self._rests_on_an_auxiliary() and self._is_strange_deed(at for at in behind if at in self.places)

    def _rests_on_an_auxiliary(self) -> bool:
        heavy = [each for each in self.carrying if each.cue.weight > PARTICLE]
        return bool(heavy) and all(self.words[each.end - 1] in _table()["auxiliaries"] for each in heavy)

    def _is_strange_deed(self, places: Iterable[int]) -> bool:
        return any(self._tagged(place, "INFN") and self.words[place] not in _matters(self.question) for place in places)

    def _is_doubled(self) -> bool:
        """Whether a denied infinitive is denied: "не могу не согласиться"."""
        pairs = itertools.pairwise(self.found)
        return any(self._is_double(a, b) or self._is_double(b, a) for a, b in pairs)

    def _is_double(self, denial: Said, deed: Said) -> bool:
        if not (denial in self.carrying and deed in self.carrying and abs(denial.start - deed.start) <= _NEAR):
            return False
        denies = self.words[denial.end - 1] in _table()["auxiliaries"] and self.words[denial.start] in NEGATIONS
        return denies and self.words[deed.start] in NEGATIONS and self._tagged(deed.end - 1, "INFN")

    def _needs_no_other(self) -> bool:
        """Whether what is refused is another offer: "другого времени мне и не нужно"."""
        pairs = itertools.pairwise(each for each in self.found if each in self.carrying)
        return any(
            a.cue.intent is Intent.RESCHEDULE
            and self.words[b.start] in NEGATIONS
            and not any(self._tagged(place, "VERB") for place in range(a.end, b.start))
            for a, b in pairs
        )

    def _yields(self) -> bool:
        """Whether the last word is an agreement: "болит, не могу, давайте скорее"."""
        polar = [each for each in self.found if each.cue.polarity(self.question)]
        settled = any(self.question in each.cue.certain for each in self.carrying)
        if not polar or polar[-1] in self.carrying or settled or self.question is Question.ANYTHING_ELSE:
            return False
        last = polar[-1].cue
        end = max((each.end for each in self.carrying), default=0)
        turned = any(word in _table()["contrasts"] for word in self.words[end : polar[-1].start])
        idle = (last.bare and not turned) or last.echo or last.alone
        return not idle and last.intent is not Intent.GREETING

    def _is_rhetorical(self) -> bool:
        """Whether the denial is asked about: "как же не хочу"."""
        return any(
            self.words[start] in NEGATIONS and tuple(self.words[start - size : start]) in _rhetoric()
            for start in (each.start for each in self.carrying)
            for size in (1, 2)
            if start >= size
        )

    def _is_impossible(self) -> bool:
        return any(self.words[place] in _table()["impossible"] for place in self._behind())

    def _negations(self) -> Iterator[int]:
        return (place for place in self._behind() if self.words[place] in NEGATIONS)

    def _behind(self) -> Iterator[int]:
        """The places behind the last correction."""
        turned = max((each.end for each in self.found[:-1] if each.cue.effect == "correct"), default=0)
        return (place for place in self.places if place >= turned)

    def _is_missed(self, place: int) -> bool:
        likely = parses(self.words[place])[:2] if place in self.places else ()
        return any("NOUN" in parse.tag and ("gent" in parse.tag or "gen2" in parse.tag) for parse in likely)

    def _tagged(self, place: int, *grammemes: str) -> bool:
        return place < len(self.words) and all(each in parses(self.words[place])[0].tag for each in grammemes)


def _is_harmless(words: Sequence[str]) -> bool:
    """Whether "не" with its neighbours denies no deed: "не волнуйтесь", "не маленькая", "отпустят не отпустят"."""
    if len(words) < 3:
        return False
    before, _, denied = words
    likeliest = parses(denied)[0]
    deed = any(mark in likeliest.tag for mark in _DEEDS) and "impr" not in likeliest.tag
    return before == denied or not deed


def _table() -> Any:
    return lexicon.load("answers")["remainders"]


def _matters(question: Question) -> Set[str]:
    """Infinitives that name what the question is about: denied, they are refused."""
    asked = _table()["cancelling"] if question is Question.CANCEL else ()
    return {*_table()["matters"], *lexicon.load("answers")["classes"]["comeinf"], *asked}


def _rhetoric() -> Set[tuple[str, ...]]:
    return {tuple(phrase.split()) for phrase in _table()["rhetoric"]}
