"""Words of the calendar: months, weekdays, "this" and "next"."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cache

from voicebot.language import lexicon
from voicebot.language.spans import Days, words_of

Meaning = date | Days

WEEK = timedelta(weeks=1)
DAY = timedelta(days=1)


@cache
def forms(table: str) -> Mapping[str, int]:
    """Numbers by the forms of a table of `data/calendar.yaml`: months, weekdays, days."""
    return {form: number for number, forms in lexicon.load("calendar")[table].items() for form in forms}


def which(word: str) -> int | None:
    """Weeks or months ahead that a pronoun means: `этой` 0, `следующей` and `той` 1, `прошлой` -1."""
    table = (("this", 0), ("next", 1), ("that", 1), ("last", -1))
    return next((ahead for name, ahead in table if word in words_of(name)), None)


def after_preposition(words: Sequence[str], position: int) -> int:
    """Past `в`, `на` and `к`."""
    while position < len(words) and words[position] in ("в", "во", "на", "к", "ко"):
        position += 1
    return position
