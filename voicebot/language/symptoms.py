"""What hurts, and whether it is a red flag: a person must take over at once."""

from collections.abc import Sequence
from functools import cache

from voicebot.language import lexicon, tokens
from voicebot.language.patterns import Finder, Hit
from voicebot.language.reading import Context, Reading, Value

_SURE = 0.85
_NEAR = 4  #: words between a complaint and the part of the body that it is about


def parse(text: str, context: Context) -> Reading:
    """Complaints as `{"symptom", "part", "red_flag"}`, red flags first; denied ones ("температуры нет") left out."""
    utterance = tokens.read(text)
    parts = _parts().find(utterance.words)
    flags = set(lexicon.load("symptoms")["red_flags"])
    values = [
        Value(
            value={"symptom": hit.name, "part": _part_near(hit, parts), "red_flag": hit.name in flags},
            words=utterance.said(hit.start, hit.end),
            confidence=_SURE,
        )
        for hit in _symptoms().find(utterance.words)
        if not _denied(utterance.words, hit)
    ]
    return Reading(text=text, values=tuple(sorted(values, key=lambda value: not value.value["red_flag"])))


def _denied(words: Sequence[str], hit: Hit) -> bool:
    denied = lexicon.load("symptoms")["denied"]
    before, after = words[max(hit.start - 1, 0) : hit.start], words[hit.end : hit.end + 1]
    return any(word in denied for word in (*before, *(word for word in after if word == "нет")))


def _part_near(hit: Hit, parts: Sequence[Hit]) -> str | None:
    """The part of the body nearest to the complaint."""
    near = [(max(part.start - hit.end, hit.start - part.end, 0), part.name) for part in parts]
    best = min(near, default=None)
    return best[1] if best and best[0] <= _NEAR else None


@cache
def _symptoms() -> Finder:
    table: dict[str, list[str]] = dict(lexicon.load("symptoms")["symptoms"])
    general = {"pain": table.pop("pain")}
    return Finder(table | general)


@cache
def _parts() -> Finder:
    return Finder(lexicon.load("symptoms")["parts"])
