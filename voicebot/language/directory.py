"""Entries of a list (doctors, services) by what was heard of them, mishearing tolerated."""

from rapidfuzz import fuzz

from voicebot.language import tokens
from voicebot.language.inflection import parses
from voicebot.language.phonetics import sound
from voicebot.language.reading import Context, Reading, Value

_ALIKE = 80.0  #: of 100: below this an entry was not meant
_CLEAR = 8.0  #: entries nearer to each other than this are ambiguous
_SHORTEST = 3


def parse(text: str, context: Context) -> Reading:
    """Entries of `context.directory`, best first; ambiguous where two fit about as well."""
    utterance = tokens.read(text)
    words = [_key(word) for word in utterance.words if len(word) >= _SHORTEST]
    scored = sorted(((_score(words, entry), entry) for entry in context.directory), reverse=True)
    near = [(score, entry) for score, entry in scored if score >= _ALIKE and score > scored[0][0] - _CLEAR]
    values = tuple(
        Value(value=entry, words=utterance.text.strip(), confidence=round(score / 100, 2)) for score, entry in near
    )
    return Reading(text=text, values=values, ambiguous=len(values) > 1)


def _score(words: list[str], entry: str) -> float:
    """How well the words fit the entry: the mean over the entry's words that were said at all, more for more."""
    wanted = [_key(word) for word in tokens.read(entry).words if len(word) >= _SHORTEST]
    if not words or not wanted:
        return 0.0
    best = [max(fuzz.ratio(word, part) for word in words) for part in wanted]
    heard = [score for score in best if score >= _ALIKE]
    return sum(heard) / len(heard) - 2 * (len(wanted) - len(heard)) / len(wanted) if heard else 0.0


def _key(word: str) -> str:
    """The sound of the word's first case: the list holds `Кузнецов`, people say `к кузнецову`."""
    return sound(str(parses(word)[0].normal_form))
