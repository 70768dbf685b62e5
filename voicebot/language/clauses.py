"""Clauses: which words of an utterance are the answer, and which only give a reason, report others or concede."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import cache, partial

from voicebot.language import lexicon
from voicebot.language.cues import PARTICLE, Said
from voicebot.language.patterns import Finder, Hit
from voicebot.language.reading import Question


class Role(StrEnum):
    """What a clause does beside the one that answers."""

    REASON = "reason"  #: "беру, а то потом не будет"
    SINCE = "since"  #: "раз обещала, приду": before the answer, or behind one
    REPORT = "report"  #: "сын говорит не надо, а я приду": only where the speaker then turns to himself
    DRAWBACK = "drawback"  #: "подойдет, правда рановато": only where nothing worse is said in it


def beside(words: Sequence[str], found: Sequence[Said], question: Question) -> frozenset[int]:
    """The places of words in clauses that answer only where no other clause does."""
    hits = _openings().find(words)
    if not hits or _whole().find(words):
        return frozenset()
    polar = [each for each in found if each.cue.polarity(question)]
    places: set[int] = set()
    for hit in hits:
        if hit.start in places or any(_holds(each, hit) for each in polar):
            continue
        turned = max((each.end for each in found if each.cue.effect == "correct" and each.end <= hit.start), default=0)
        end = _end(words, hit, [each for each in polar if each.start >= turned])
        if Role(hit.name) is not Role.DRAWBACK or _only_mild(polar, hit.start, end):
            places.update(range(hit.start, end))
    return frozenset(places)


def _holds(said: Said, hit: Hit) -> bool:
    """Whether the opening is part of a longer phrase that has its own meaning ("а то нет", "так как же")."""
    return said.start <= hit.start < said.end and said.end > hit.end


def _end(words: Sequence[str], hit: Hit, polar: Sequence[Said]) -> int:
    """Where the clause that opens with `hit` ends; at its start where it turns out to be none."""
    role = Role(hit.name)
    closing = next(_closings(words, hit.end, role), None)
    if closing is not None:
        return closing
    if role is Role.REPORT:
        return hit.start
    inside = [each.start for each in polar if each.start >= hit.end]
    stated = any(each.start < hit.start and each.cue.weight > PARTICLE for each in polar)
    if not stated and len(inside) > (role is not Role.SINCE):  # "да раз обещала, приду": the answer comes last
        return inside[-1]
    return len(words)


def _closings(words: Sequence[str], start: int, role: Role) -> Iterator[int]:
    turns = _turns() if role is Role.REPORT else _closers()
    return (start + hit.start for hit in turns.find(words[start:]))


def _only_mild(polar: Sequence[Said], start: int, end: int) -> bool:
    inside = [each for each in polar if start < each.start < end]
    return bool(inside) and all(each.cue.mild for each in inside)


def _finder(*names: str) -> Finder:
    table = lexicon.load("clauses")
    return Finder({name: table[name] for name in names}, lexicon.load("answers")["classes"] | table["classes"])


_openings = cache(partial(_finder, *Role))
_closers = cache(partial(_finder, "closes"))
_turns = cache(partial(_finder, "turns"))
_whole = cache(partial(_finder, "whole"))
