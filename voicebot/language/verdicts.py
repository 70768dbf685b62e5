"""Verdicts: what the cues of an utterance together say to the question."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from voicebot.language.cues import AGREEMENT, PARTICLE, STATEMENT, Said
from voicebot.language.reading import Polarity, Question

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
    verdict = Verdict(polarity=None)
    doubt = correcting = conceding = hedged = certain = mild = False
    for each in said:
        correcting |= each.cue.effect == "correct"
        hedged |= each.cue.effect == "hedge"
        if each.cue.effect == "doubt" and not certain:
            verdict = Verdict(polarity=None, weight=each.cue.weight)
            doubt, correcting, hedged = True, False, False
        polarity = each.cue.polarity(question)
        if polarity is None or (doubt and not (hedged or correcting or question in each.cue.certain)):
            continue
        if each.cue.echo and verdict.polarity is not None and verdict.weight >= each.cue.weight:
            continue
        certain |= question in each.cue.certain
        opposed = verdict.opposes(polarity)
        agrees = polarity is Polarity.YES
        yielding = agrees and ((conceding and each.cue.weight > PARTICLE) or (mild and each.cue.effect == "concede"))
        if each.cue.weight >= verdict.weight or (opposed and (correcting or yielding)):
            clash = opposed and each.cue.weight == verdict.weight and not (correcting or yielding)
            sure, weight = _confidence(each, clash, hedged), max(verdict.weight, each.cue.weight)
            verdict = Verdict(polarity=polarity, confidence=sure, contradicted=clash, weight=weight)
            correcting, mild = False, each.cue.mild
        elif opposed and (not agrees or each.cue.weight >= AGREEMENT):  # "приду… нет" trails off: not to be overheard
            verdict = verdict.doubted()
        conceding |= opposed and each.cue.effect == "concede"
    return verdict


def _confidence(said: Said, clash: bool, hedged: bool) -> float:
    sure = 0.7 if clash else 0.97 if said.cue.weight == STATEMENT else 0.93
    return round(sure * (0.85 if hedged else 1), 2)
