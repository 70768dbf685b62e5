"""Values as Russian phrases, ready to be heard. `|` marks a prosodic break: see `fragments`."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from voicebot.language import lexicon, naming, specialties, telephone
from voicebot.language.fragments import apart
from voicebot.language.inflection import Case, Gender, cardinal, counted, inflect_noun_phrase, ordinal
from voicebot.language.spelling import spoken


def say_day(value: date | str, case: str = Case.GENITIVE) -> str:
    """`2026-11-24` → `двадцать четвёртого ноября`; `accs` for "на двадцать четвёртое ноября"."""
    day = _day(value)
    return f"{ordinal(day.day, Case(case), Gender.NEUTER)} {lexicon.load('calendar')['spoken_months'][day.month - 1]}"


def say_weekday(value: date | str) -> str:
    """`2026-11-24` → `во вторник`."""
    return str(lexicon.load("calendar")["spoken_weekdays"][_day(value).weekday()])


def say_date(value: date | str) -> str:
    """`2026-11-24` → `двадцать четвёртого ноября, во вторник`."""
    return f"{say_day(value)}, |{say_weekday(value)}"


def say_birth_date(value: date | str) -> str:
    """`1958-05-03` → `третьего мая тысяча девятьсот пятьдесят восьмого года`."""
    return f"{say_day(value)} {ordinal(_day(value).year, Case.GENITIVE)} года"


def say_time(value: time | datetime | str, case: str = Case.ACCUSATIVE) -> str:
    """`15:30` → `в пятнадцать часов тридцать минут`; in another case without the preposition: `пятнадцати часов`."""
    at, form = _time(value), Case(case)
    minutes = f" {counted(at.minute, 'минута', form)}" if at.minute else ""
    return ("в " if form is Case.ACCUSATIVE else "") + counted(at.hour, "час", form) + minutes


def say_count(number: int, noun: str, case: str = Case.NOMINATIVE) -> str:
    """3, `день` → `три дня`."""
    return counted(int(number), noun, Case(case))


def say_number(number: Decimal | float | str, case: str = Case.NOMINATIVE) -> str:
    """Whole numbers in a case; `36.6` → `тридцать шесть и шесть`."""
    exact = Decimal(str(number).replace(",", "."))
    whole = int(abs(exact))
    words = ("минус " if exact < 0 else "") + cardinal(whole, Case(case))
    decimals = format(abs(exact), "f").partition(".")[2].rstrip("0")
    if not decimals:
        return words
    zeros = "ноль " * (len(decimals) - len(decimals.lstrip("0")))
    return f"{words} и {zeros}{cardinal(int(decimals))}"


def say_duration(value: timedelta | int) -> str:
    """A duration, or whole minutes: 90 → `один час тридцать минут`."""
    minutes = round(value.total_seconds() / 60) if isinstance(value, timedelta) else int(value)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [counted(n, noun) for n, noun in ((days, "день"), (hours, "час"), (minutes, "минута")) if n]
    return " ".join(parts) or "ноль минут"


def say_money(value: Decimal | float | str) -> str:
    """`1250.5` → `тысяча двести пятьдесят рублей пятьдесят копеек`."""
    kopecks = round(Decimal(str(value).replace(",", ".")) * 100)
    sign, kopecks = ("минус " if kopecks < 0 else ""), abs(kopecks)
    tail = f" {counted(kopecks % 100, 'копейка')}" if kopecks % 100 else ""
    return f"{sign}{counted(kopecks // 100, 'рубль')}{tail}"


def say_name(value: str, case: str = Case.NOMINATIVE) -> str:
    """A full name in a case: `Ивановой Марии Петровне`."""
    return naming.inflect(value, Case(case))


def say_politely(value: str, case: str = Case.NOMINATIVE) -> str:
    """Name and patronymic of a full name: `Мария Петровна`."""
    return naming.inflect(naming.split(value).polite, Case(case))


def say_specialty(value: str, case: str = Case.NOMINATIVE) -> str:
    """A key or a title in a case: `cardiologist`, `datv` → `кардиологу`."""
    return inflect_noun_phrase(specialties.title(value), Case(case))


def say_specialist(value: str) -> str:
    """To whom the visit is: `к кардиологу`."""
    return f"к {say_specialty(value, Case.DATIVE)}"


def _day(value: date | str) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value[:10])


def _time(value: time | datetime | str) -> time:
    if isinstance(value, datetime):
        return value.time()
    return value if isinstance(value, time) else time.fromisoformat(value.rpartition("T")[2][:5])


def _apart(function: Callable[..., str]) -> Callable[..., str]:
    """The same, set off by breaks: the phrase is one fragment (or several) wherever it stands."""
    return lambda *args, **kwargs: apart(function(*args, **kwargs))


#: Filters of templates: `{{ visit.starts_at | time }}`, `{{ patient | name("datv") }}`.
FILTERS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "address": _apart(spoken),
        "birth_date": _apart(say_birth_date),
        "count": say_count,
        "date": _apart(say_date),
        "day": _apart(say_day),
        "digits": _apart(telephone.digits),
        "duration": say_duration,
        "money": _apart(say_money),
        "name": _apart(say_name),
        "number": say_number,
        "phone": _apart(telephone.say),
        "polite": _apart(say_politely),
        "specialist": _apart(say_specialist),
        "specialty": say_specialty,
        "spelled": _apart(telephone.spelled),
        "spoken": spoken,
        "time": _apart(say_time),
        "weekday": _apart(say_weekday),
    }
)
