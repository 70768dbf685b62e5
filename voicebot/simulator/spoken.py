"""How dates, times, weekdays and specialists sound in Russian, and which of them are in a heard phrase.

The city's own small tables: it must not share the robot's Russian, or a mistake in it would go unnoticed.
"""

from calendar import isleap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import count

from num2words import num2words

from voicebot.simulator.facts import WEEKDAYS, Fact, Hearing, same_specialist

_MONTHS = (
    *("января", "февраля", "марта", "апреля", "мая", "июня"),
    *("июля", "августа", "сентября", "октября", "ноября", "декабря"),
)
_WEEKDAY_FORMS = {name: name for name in WEEKDAYS} | {"среду": "среда", "пятницу": "пятница", "субботу": "суббота"}
_PARTS_OF_DAY = {"утра": range(4, 12), "дня": range(12, 18), "вечера": range(16, 24), "ночи": range(4)}
_MINUTES = range(0, 60, 5)
_UNITS = frozenset(("один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять"))
_TENS = frozenset(("двадцать", "тридцать", "сорок", "пятьдесят"))
_HOURS = frozenset(("час", "часа", "часов"))


def birth_date(day: date) -> str:
    """As people tell it: “второе мая тысяча девятьсот восемьдесят пятого года”."""
    ordinal = num2words(day.day, lang="ru", to="ordinal").split()
    neuter = "третье" if ordinal[-1] == "третий" else ordinal[-1][:-2] + "ое"
    year = " ".join(_genitive_ordinal(day.year)).removeprefix("одна ")
    return " ".join((*ordinal[:-1], neuter, _MONTHS[day.month - 1], year, "года"))


def to_specialist(title: str) -> str:
    """To whom somebody wants: “к терапевту”."""
    return f"к {_cases(title)[1]}"


@dataclass(frozen=True, kw_only=True)
class Candidates:
    """Spoken forms of everything that a subscriber can hear as a fact: words → value."""

    forms: Mapping[Fact, Mapping[tuple[str, ...], str]]

    @classmethod
    def of(cls, *, specialists: Iterable[str], names: Iterable[str], doctors: Iterable[str]) -> "Candidates":
        return cls(
            forms={
                Fact.DATE: _dates(),
                Fact.TIME: _times(),
                Fact.WEEKDAY: {(form,): value for form, value in _WEEKDAY_FORMS.items()},
                Fact.SPECIALIST: {
                    (form,): same_specialist(word) for word in specialists for form in (word, *_cases(word))
                },
                Fact.NAME: {tuple(name.split()): name for name in names},
                Fact.DOCTOR: {tuple(name.split()): name for name in doctors},
            }
        )

    def phrases(self) -> list[str]:
        """All forms, for a recogniser's grammar; with the words that usually stand before them, which are weak."""
        plain = [" ".join(form) for forms in self.forms.values() for form in forms]
        at = [f"в {' '.join(form)}" for form in self.forms[Fact.TIME] if form[0] != "в"]
        on = [f"{'во' if form == 'вторник' else 'в'} {form}" for (form,) in self.forms[Fact.WEEKDAY]]
        return [*plain, *at, *on, *(f"врач {form}" for (form,) in self.forms[Fact.SPECIALIST])]

    def find(self, text: str, today: date) -> tuple[Hearing, ...]:
        """The facts in a heard phrase; dates are the coming ones, `today` included."""
        words = tuple(_without_echoes(text.split()))
        found = [
            Hearing(kind=kind, value=_coming(value, today) if kind is Fact.DATE else value)
            for kind, forms in self.forms.items()
            for value in _longest(words, forms)
        ]
        return tuple(dict.fromkeys(found))


def _longest(words: tuple[str, ...], forms: Mapping[tuple[str, ...], str]) -> Iterable[str]:
    """Values of the forms that stand in `words`, none inside a longer one."""
    reach = max((len(form) for form in forms), default=0)
    start = 0
    while start < len(words):
        lengths = range(min(reach, len(words) - start), 0, -1)
        length = next((n for n in lengths if words[start : start + n] in forms), 0)
        # "семнадцать часов … минут": the minutes were not understood, so neither was the time
        if length and words[start + length : start + length + 1] != ("минут",):
            yield forms[words[start : start + length]]
        start += max(length, 1)


def _without_echoes(words: Sequence[str]) -> Iterable[str]:
    """Drop what nobody can have said: units before tens ("пять пятьдесят"), "в" before "часов" or before minutes.

    Tiny-ru hears these in synthetic voices; a number is spoken tens first.
    """
    for index, word in enumerate(words):
        before = words[index - 1] if index else ""
        after, second = (*words[index + 1 : index + 3], "", "")[:2]
        number = word in _UNITS and after in _TENS
        preposition = word == "в" and (after in _HOURS or (before in _HOURS and second == "минут"))
        if not number and not preposition:
            yield word


@cache
def _dates() -> Mapping[tuple[str, ...], str]:
    days = {month: 30 if month in (4, 6, 9, 11) else 29 if month == 2 else 31 for month in range(1, 13)}
    return {
        (*_genitive_ordinal(day), _MONTHS[month - 1]): f"{month:02}-{day:02}"
        for month, length in days.items()
        for day in range(1, length + 1)
    }


@cache
def _times() -> Mapping[tuple[str, ...], str]:
    forms: dict[tuple[str, ...], str] = {}
    for hour in range(24):
        for minute in _MINUTES:
            value = f"{hour:02}:{minute:02}"
            tail = (*_number(minute), "минут") if minute else ()
            forms[*_number(hour), _hours(hour), *tail] = value
            if minute >= 10:
                forms["в", *_number(hour), *_number(minute)] = value
            for part, hours in _PARTS_OF_DAY.items():
                if hour in hours:
                    twelve = hour % 12 or 12
                    forms[*_number(twelve), _hours(twelve), *tail, part] = value
    return forms


def _number(number: int) -> tuple[str, ...]:
    return tuple(num2words(number, lang="ru").split())


def _hours(hour: int) -> str:
    if hour in (1, 21):
        return "час"
    return "часа" if hour in (2, 3, 4, 22, 23) else "часов"


def _genitive_ordinal(number: int) -> tuple[str, ...]:
    """24 → двадцать четвёртого."""
    *head, last = num2words(number, lang="ru", to="ordinal").split()
    return (*head, "третьего" if last == "третий" else last[:-2] + "ого")


def _cases(noun: str) -> tuple[str, ...]:
    """Genitive, dative and instrumental of a masculine noun that ends in a hard consonant."""
    return noun + "а", noun + "у", noun + "ом"


def _coming(month_day: str, today: date) -> str:
    month, day = map(int, month_day.split("-"))
    leap = (month, day) == (2, 29)
    years = (year for year in count(today.year) if not leap or isleap(year))
    return next(one for one in (date(year, month, day) for year in years) if one >= today).isoformat()
