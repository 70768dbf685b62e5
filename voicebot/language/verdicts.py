"""Verdicts: what the cues of an utterance together say to the question."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

from voicebot.language.cues import AGREEMENT, PARTICLE, STATEMENT, Cue, Said
from voicebot.language.reading import Intent, Polarity, Question

_GUESSED = 0.6


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Polarity with its confidence; `contradicted` where the other side has been said too and no rule decides."""

    polarity: Polarity | None
    confidence: float = 0.0
    contradicted: bool = False
    weight: int = 0  #: of the heaviest cue

    def overrules(self, polarity: Polarity | None) -> bool:
        """Whether a cue of this polarity was taken back or outweighed beyond doubt."""
        return bool(self.opposes(polarity) and not self.contradicted)

    def opposes(self, polarity: Polarity | None) -> bool:
        return bool(polarity and self.polarity and polarity is not self.polarity)

    def doubted(self) -> "Verdict":
        """The same as a guess, to be asked again."""
        return replace(self, confidence=min(self.confidence, _GUESSED), contradicted=True)


def judge(said: Sequence[Said], question: Question) -> Verdict:
    """Agreement with the proposition of the question.

    A statement outweighs a particle ("нет, приду" is a yes), the later of two statements outweighs the earlier, a
    particle after a correction ("приду, ой нет") outweighs what stood before it, agreement after a concession ("не
    подходит, ну ладно, пишите") does so too, and doubt leaves the matter open.
    """
    scales = _Scales(question)
    for each, following in itertools.zip_longest(said, said[1:]):
        scales.hear(each, following)
    return scales.verdict


@dataclass
class _Scales:
    """What has been heard so far."""

    question: Question
    verdict: Verdict = Verdict(polarity=None)
    doubt: bool = False
    certain: bool = False
    hedged: bool = False
    correcting: bool = False
    conceding: bool = False  #: gave in to what was refused before
    mild: bool = False  #: the verdict rests on a drawback
    open: bool = False  #: the verdict rests on a phrase that fits more: "в это время дочка спит, подходит"
    emphatic: bool = False  #: the verdict rests on a word that may belong to what follows: "конечно, нет"
    vague: bool = False  #: the verdict rests on a mere "да", which may only open a sentence: "да, наверное, нет"

    def hear(self, said: Said, following: Said | None) -> None:
        """Weigh one cue; the one that follows may soften it."""
        cue, polarity = said.cue, said.cue.polarity(self.question)
        self.correcting |= cue.effect == "correct"
        self.hedged |= cue.effect == "hedge"
        if cue.effect == "doubt" and not self.certain:
            self.verdict = Verdict(polarity=None, weight=cue.weight)
            self.doubt, self.correcting, self.hedged = True, False, False
        self.doubt &= not (cue.effect == "concede" and self._goes_on(following))
        if polarity is None or self._is_open(cue, polarity, following):
            return
        if cue.echo and self.verdict.polarity is not None and self.verdict.weight >= cue.weight:
            return
        self.certain |= self.question in cue.certain
        opposed = self.verdict.opposes(polarity)
        self._weigh(said, polarity, opposed)
        self.conceding |= opposed and cue.effect == "concede"

    def _goes_on(self, following: Said | None) -> bool:
        """Whether agreement comes next: "не знаю… ну ладно, приду" has made up his mind."""
        return following is not None and following.cue.polarity(self.question) is Polarity.YES

    def _is_open(self, cue: Cue, polarity: Polarity, following: Said | None) -> bool:
        """Whether doubt leaves it open; not in "сомневаюсь я, не приду, наверное"."""
        softened = polarity is Polarity.NO and following is not None and following.cue.effect == "hedge"
        return self.doubt and not (softened or self.hedged or self.correcting or self.question in cue.certain)

    def _weigh(self, said: Said, polarity: Polarity, opposed: bool) -> None:
        cue, agrees = said.cue, polarity is Polarity.YES
        yields = agrees and ((self.conceding and cue.weight > PARTICLE) or (self.mild and cue.effect == "concede"))
        explained = agrees and self.open and cue.weight > PARTICLE
        settles = self.doubt and self.question in cue.certain  # "если раз в год… так что нет"
        if settles or cue.weight >= self.verdict.weight or (opposed and (self.correcting or yields or explained)):
            clash = opposed and not (yields or self._is_decided(cue))
            sure, weight = _confidence(said, clash, self.hedged), max(self.verdict.weight, cue.weight)
            self.verdict = Verdict(polarity=polarity, confidence=sure, contradicted=clash, weight=weight)
            self.correcting, self.mild, self.open = False, cue.mild, cue.open
            self.emphatic, self.vague = cue.echo, said.words.lower() == "да"
        elif opposed and (not agrees or cue.weight >= AGREEMENT):  # "приду… нет" trails off: not to be overheard
            self.verdict = self.verdict.doubted()

    def _is_decided(self, cue: Cue) -> bool:
        """Whether what is said against the verdict settles it."""
        if self.correcting:
            return cue.intent is not Intent.RESCHEDULE  # "да, хотя лучше в среду" takes the day and does not
        return cue.weight > self.verdict.weight or self.emphatic or (self.vague and self.hedged)


def _confidence(said: Said, clash: bool, hedged: bool) -> float:
    sure = 0.7 if clash else 0.97 if said.cue.weight == STATEMENT else 0.93
    return round(sure * (0.85 if hedged else 1), 2)
