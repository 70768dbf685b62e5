"""Questions back: what a caller wants to know before he answers; a yes or a no inside of it answers nothing."""

from collections.abc import Iterator, Sequence, Set
from functools import cache

from voicebot.language import lexicon
from voicebot.language.cues import Said
from voicebot.language.inflection import parses
from voicebot.language.patterns import Finder
from voicebot.language.reading import Intent, Question

_DEEDS = frozenset({"VERB", "INFN", "PRTS"})


def asked(words: Sequence[str], found: Sequence[Said], question: Question) -> frozenset[int]:
    """The places of words that only ask: "объясните, куда это пойдёт", "какой там врач, напомните", "пойдёт ли полис".

    None of them where the question was whether anything else is wanted: there a question back is a yes.
    """
    if question is Question.ANYTHING_ELSE:
        return frozenset()
    starts = {each.start for each in found if each.cue.polarity(question)}
    told = [hit.end - 1 for hit in _finder("wants_to_know").find(words)]
    behind = (place for start in told for place in range(start, _end(words, start, starts)))
    return frozenset({*behind, *_before(words, starts), *_whether(words, found, question)})


def opens(words: Sequence[str]) -> int | None:
    """The place of the question word that an utterance begins with: "ну а куда эта запись потом пойдёт"."""
    table = lexicon.load("answers")["asking"]
    place = next((place for place, word in enumerate(words) if word not in table["before"]), None)
    return place if place is not None and words[place] in table["words"] else None


def seeks_others(words: Sequence[str], found: Sequence[Said], question: Question) -> bool:
    """Whether nothing is said to an offer, only asked what else there is: "а пораньше что-нибудь есть"."""
    if question is not Question.OFFER:
        return False
    table = lexicon.load("answers")["others"]
    begins = any(" ".join(words[:count]) in table["open"] for count in (1, 2))
    asks = begins and any(word in table["ask"] for word in words)
    return asks and all(each.cue.intent is Intent.RESCHEDULE for each in found if each.cue.polarity(question))


def _before(words: Sequence[str], starts: Set[int]) -> Iterator[int]:
    """The question that stands before the wish to be told: "какой там врач принимает, напомните"."""
    start, wishes = opens(words), lexicon.load("clauses")["classes"]["tell"]
    if start is None:
        return
    wish = next((place for place in range(start, len(words)) if words[place] in wishes), len(words))
    if wish < len(words) and wish <= _end(words, start, starts):
        yield from range(start, wish)


def _whether(words: Sequence[str], found: Sequence[Said], question: Question) -> Iterator[int]:
    """What is asked with a "ли" that belongs to no answer ("вряд ли" is one): "подойдёт ли мой полис"."""
    for place, word in enumerate(words):
        if word == "ли" and not any(each.start <= place < each.end and each.cue.polarity(question) for each in found):
            yield place
            yield from (each.start for each in found if each.end == place)


def _end(words: Sequence[str], start: int, starts: Set[int]) -> int:
    """Where the question ends: at a word that closes it, or an answer behind its verb: "во сколько подойти, приду"."""
    closing = next((start + hit.start for hit in _finder("asked_until").find(words[start:])), len(words))
    deed = next((place for place in range(start, closing) if _is_deed(words[place])), closing)
    return min((place for place in starts if deed < place < closing), default=closing)


def _is_deed(word: str) -> bool:
    return any(mark in parses(word)[0].tag for mark in _DEEDS)


@cache
def _finder(name: str) -> Finder:
    table = lexicon.load("clauses")
    return Finder({name: table[name]}, table["classes"])
