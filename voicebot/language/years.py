"""Years in dates: "тысяча девятьсот пятьдесят восьмого года", "восемьдесят пятого"."""

from collections.abc import Sequence
from datetime import date

from voicebot.language import numerals
from voicebot.language.numerals import Numeral
from voicebot.language.spans import words_of

_YEAR_WORDS = ("года", "год", "году", "г")
_NAMED = tuple((word,) for word in _YEAR_WORDS)
_FIRST, _LAST = 1900, 2100


def full(year: int, today: date) -> int:
    """A year of two digits in full: 58 → 1958, 26 → 2026; later than next year is the last century."""
    if year >= 100:
        return year
    return 1900 + year if year > today.year % 100 + 1 else 2000 + year


def at(words: Sequence[str], position: int, today: date) -> tuple[int | None, int]:
    """The year that begins at `position` and where it ends; None where there is none."""
    numeral = numerals.at(words, position)
    if not numeral:
        ahead = {"этого": 0, "следующего": 1, "прошлого": -1}.get(words[position]) if position < len(words) else None
        if ahead is not None and words[position + 1 : position + 2] == ("года",):
            return today.year + ahead, position + 2
        return None, position
    named = numeral.end < len(words) and words[numeral.end] in _YEAR_WORDS
    if _FIRST <= numeral.value <= _LAST:
        return (numeral.value, numeral.end + named) if named else _slip(words, numeral)
    if numeral.value < 100 and (named or (numeral.ordinal and numeral.value > 31)):
        return full(numeral.value, today), numeral.end + named
    return None, position


def told(words: Sequence[str], position: int, today: date) -> tuple[int | None, int]:
    """The same, where words of birth may stand between: "двенадцатого июня я тридцать восьмого года"."""
    year, end = at(words, position, today)
    if year is None and (beyond := past_birth(words, position)) > position:
        year, beyond = at(words, beyond, today)
        return (year, beyond) if year else (None, position)
    return year, end


def past_birth(words: Sequence[str], position: int) -> int:
    """Where words such as "родился я" at `position` end."""
    return next((at for at in range(position, len(words)) if words[at] not in words_of("birth")), len(words))


def _slip(words: Sequence[str], said: Numeral) -> tuple[int, int]:
    """`тысяча девятьсот пять… пятьдесят первого года`, `тысяча девятьсот пятидесятого первого года`: 1951."""
    rest = numerals.at(words, said.end)
    if not rest or not rest.ordinal or rest.value >= 100 or words[rest.end : rest.end + 1] not in _NAMED:
        return said.value, said.end
    goes_on = said.ordinal and said.value % 100 and said.value % 10 == 0 and rest.value < 10
    return said.value + rest.value if goes_on else said.value // 100 * 100 + rest.value, rest.end + 1


def follows(words: Sequence[str], position: int) -> bool:
    """Whether a year stands at `position` beyond doubt."""
    numeral = numerals.at(words, position)
    return bool(numeral and (_FIRST <= numeral.value <= _LAST or (numeral.ordinal and numeral.value > 31)))
