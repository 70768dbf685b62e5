"""What the recogniser listens for in a turn: phrases that people say."""

from collections.abc import Iterator
from functools import cache

from voicebot.language import lexicon
from voicebot.language.inflection import Case, Gender, agree, cardinal, inflect_noun_phrase, ordinal
from voicebot.language.reading import Kind, Question
from voicebot.language.whereabouts import prepositional

_HOURS = range(24)
_BIRTHS = range(1920, 2030)  # years in which somebody who is called or calls was born
_SYSTOLIC, _DIASTOLIC = range(90, 205, 5), range(50, 115, 5)
_DEGREES, _MILLIMOLES = range(35, 41), range(3, 16)
_CLOCK_WORDS = ("пятнадцать", "тридцать", "сорок пять", "ноль ноль")


@cache
def phrases(kind: Kind, question: Question = Question.PLAIN) -> tuple[str, ...]:
    """Phrases of a turn that asks for `kind`; with `Kind.ANSWER` by the question.

    What may be said in any turn (operator, repeat, later …) is always among them. Names have no closed grammar here: a
    caller adds the list that it expects. Of places those of `places.yaml` are heard, of letters their names.
    """
    table = lexicon.load("grammar")
    own = table["questions"][question.value] if kind is Kind.ANSWER else _own(kind)
    return tuple(dict.fromkeys((*table["common"], *own)))


def _own(kind: Kind) -> Iterator[str]:
    yield from lexicon.load("grammar")["kinds"].get(kind.value, ())
    if kind in (Kind.DATE, Kind.WHEN):
        yield from _dates()
    if kind is Kind.DATE:
        yield from _births()
    if kind in (Kind.TIME, Kind.WHEN):
        yield from _times()
    if kind in (Kind.NUMBER, Kind.PHONE, Kind.POLICY, Kind.VITALS):
        yield from _numbers()
    if kind is Kind.VITALS:
        yield from _vitals()
    if kind in (Kind.PHONE, Kind.POLICY):
        yield _dictated()
    if kind is Kind.POLICY:
        yield from (name for names in lexicon.load("letters")["letters"].values() for name in names)
    if kind is Kind.PLACE:
        yield from _places()
    if kind is Kind.SPECIALTY:
        yield from _specialists()


def _dates() -> Iterator[str]:
    calendar = lexicon.load("calendar")
    for forms in calendar["days"].values():
        yield from forms[:1]
    for forms in calendar["weekdays"].values():
        accusative = inflect_noun_phrase(forms[0], Case.ACCUSATIVE)
        yield f"{'во' if accusative.startswith('вт') else 'в'} {accusative}"
        yield f"на {accusative}"
        yield accusative
    for day in range(1, 32):
        words = ordinal(day, Case.GENITIVE, Gender.NEUTER)
        yield words
        yield from (f"{words} {forms[1]}" for forms in calendar["months"].values())
    yield from lexicon.load("grammar")["dates"]


def _births() -> Iterator[str]:
    """How a birth date is told: “второе мая”, then “тысяча девятьсот восемьдесят пятого (года)”."""
    months = [forms[1] for forms in lexicon.load("calendar")["months"].values()]
    for day in range(1, 32):
        yield from (f"{ordinal(day, Case.NOMINATIVE, Gender.NEUTER)} {month}" for month in months)
    for year in _BIRTHS:
        words = ordinal(year, Case.GENITIVE, Gender.NEUTER)
        yield from (words, f"{words} года")
        if year < 2000:
            short = words.removeprefix("тысяча девятьсот ")
            yield from (short, f"{short} года")


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


def _vitals() -> Iterator[str]:
    """“Сто тридцать на восемьдесят”, “тридцать шесть и шесть”, “пять и восемь”."""
    yield from (f"{cardinal(upper)} на {cardinal(lower)}" for upper in _SYSTOLIC for lower in _DIASTOLIC)
    wholes = (*_DEGREES, *_MILLIMOLES)
    yield from (f"{cardinal(whole)} и {cardinal(tenth)}" for whole in wholes for tenth in range(1, 10))


def _dictated() -> str:
    """Every word of a number after every other, in one phrase.

    Without it a recogniser, which learns from the phrases what follows what, takes all but one word of a number that is
    dictated for noise.
    """
    words = [cardinal(number) for number in (*range(20), *range(20, 100, 10), *range(100, 1000, 100))]
    run = [
        word
        for place, one in enumerate(words)
        for word in (one, *(w for next_ in words[place + 1 :] for w in (one, next_)))
    ]
    return " ".join((*run, run[0]))


def _specialists() -> Iterator[str]:
    for entry in lexicon.load("specialties").values():
        title = entry["title"]
        yield from (title, f"к {inflect_noun_phrase(title, Case.DATIVE)}")


def _places() -> Iterator[str]:
    """Countries and cities as they answer "где вы": `турция`, `в турции`."""
    for country in lexicon.load("places").values():
        for name in (*country["names"], *country["cities"]):
            yield name.lower().replace("-", " ")
            yield f"в {prepositional(name)}"
