"""Numbers and money: "двадцать… нет, двадцать один", "две тысячи рублей пятьдесят копеек"."""

import itertools
from collections.abc import Sequence
from decimal import Decimal

from voicebot.language import quantities, tokens
from voicebot.language.quantities import Quantity
from voicebot.language.reading import Context, Reading, Value
from voicebot.language.spans import is_taken_back

_SURE, _GUESSED = 0.95, 0.8
_PAUSE = 2  #: words between the digits of one number: "пять, ну значит, шесть"
_APART = frozenset({"или", "либо", "из", "до"})


def parse(text: str, context: Context) -> Reading:
    """Numbers in the order in which they were said, those taken back left out."""
    utterance = tokens.read(text)
    found = _money(utterance.words, _corrected(utterance.words, quantities.find(utterance.words)))
    if len(found) > 1 and all(_is_digit(quantity) for quantity in found) and not _are_apart(utterance.words, found):
        digits = "".join(str(int(quantity.value)) for quantity in found)[:15]
        said = utterance.said(found[0].start, found[-1].end)
        return Reading(text=text, values=(Value(value=int(digits), words=said, confidence=_GUESSED),))
    values = tuple(
        Value(value=plain(each.value), words=utterance.said(each.start, each.end), confidence=_SURE) for each in found
    )
    return Reading(text=text, values=values, ambiguous=len({value.value for value in values}) > 1)


def plain(value: Decimal) -> int | float:
    """As a JSON number: whole where it is."""
    return int(value) if value == value.to_integral_value() else float(value)


def _is_digit(quantity: Quantity) -> bool:
    whole = quantity.value == quantity.value.to_integral_value()
    return whole and 0 <= quantity.value < 10 and quantity.end - quantity.start == 1 and not quantity.ordinal


def _are_apart(words: Sequence[str], found: Sequence[Quantity]) -> bool:
    """Whether words between digits make them numbers of their own: "один из двух", "двое нас с дедом, двое"."""
    between = [words[a.end : b.start] for a, b in itertools.pairwise(found)]
    return any(len(said) > _PAUSE or not _APART.isdisjoint(said) for said in between)


def _corrected(words: Sequence[str], found: Sequence[Quantity]) -> list[Quantity]:
    """Without what is taken back, how often it was said: "какие двенадцать, не двенадцать, а шестнадцать"."""
    kept: list[Quantity] = []
    for quantity in found:
        if kept and is_taken_back(words, kept[-1].start, kept[-1].end, quantity.start):
            wrong = kept[-1].value
            kept = [each for each in kept if each.value != wrong]
        kept.append(quantity)
    return kept


def _money(words: Sequence[str], found: list[Quantity]) -> list[Quantity]:
    """Roubles and the kopecks after them as one amount."""
    joined: list[Quantity] = []
    for quantity in found:
        unit = words[quantity.end] if quantity.end < len(words) else ""
        roubles = joined[-1] if joined else None
        if unit.startswith("копе") and roubles and words[roubles.end].startswith("руб"):
            joined[-1] = Quantity(roubles.value + quantity.value / 100, roubles.start, quantity.end + 1)
        else:
            joined.append(quantity)
    return joined
