"""What the recogniser listens for in a turn: phrases that people say."""

from collections.abc import Iterator
from functools import cache

from voicebot.language import lexicon
from voicebot.language.inflection import Case, Gender, agree, cardinal, inflect_noun_phrase, ordinal
from voicebot.language.reading import Kind, Question

_HOURS = range(24)
_CLOCK_WORDS = ("пятнадцать", "тридцать", "сорок пять", "ноль ноль")


@cache
def phrases(kind: Kind, question: Question = Question.PLAIN) -> tuple[str, ...]:
    """Phrases of a turn that asks for `kind`; with `Kind.ANSWER` by the question.

    What may be said in any turn (operator, repeat, later …) is always among them. Free text (names, places, policies)
    has no closed grammar here: a caller adds the list that it expects.
    """
    table = lexicon.load("grammar")
    own = table["questions"][question.value] if kind is Kind.ANSWER else _own(kind)
    return tuple(dict.fromkeys((*table["common"], *own)))


def _own(kind: Kind) -> Iterator[str]:
    yield from lexicon.load("grammar")["kinds"].get(kind.value, ())
    if kind in (Kind.DATE, Kind.WHEN):
        yield from _dates()
    if kind in (Kind.TIME, Kind.WHEN):
        yield from _times()
    if kind in (Kind.NUMBER, Kind.PHONE, Kind.POLICY, Kind.VITALS):
        yield from _numbers()
    if kind is Kind.SPECIALTY:
        yield from _specialists()


def _dates() -> Iterator[str]:
    calendar = lexicon.load("calendar")
    for forms in calendar["days"].values():
        yield from forms[:1]
    for forms in calendar["weekdays"].values():
        accusative = inflect_noun_phrase(forms[0], Case.ACCUSATIVE)
        yield f"{'во' if accusative.startswith('вт') else 'в'} {accusative}"
        yield accusative
    for day in range(1, 32):
        words = ordinal(day, Case.GENITIVE, Gender.NEUTER)
        yield words
        yield from (f"{words} {forms[1]}" for forms in calendar["months"].values())
    yield from lexicon.load("grammar")["dates"]


def _times() -> Iterator[str]:
    for hour in _HOURS:
        words = cardinal(hour)
        yield from (f"в {words}", f"{words} {agree('час', hour)}", f"в {words} {agree('час', hour)}")
        yield from (f"{words} {minutes}" for minutes in _CLOCK_WORDS)
        yield from (f"{prefix} {cardinal(hour, Case.GENITIVE)}" for prefix in ("после", "до") if hour)
    yield from lexicon.load("grammar")["times"]


def _numbers() -> Iterator[str]:
    yield from (cardinal(number) for number in (*range(21), *range(30, 100, 10), *range(100, 1000, 100)))
    yield from (f"{cardinal(tens)} {cardinal(unit)}" for tens in range(20, 100, 10) for unit in range(1, 10))


def _specialists() -> Iterator[str]:
    for entry in lexicon.load("specialties").values():
        title = entry["title"]
        yield from (title, f"к {inflect_noun_phrase(title, Case.DATIVE)}")
