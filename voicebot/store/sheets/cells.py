"""Reading one cell: what offices and Excel make of numbers, dates, times and telephone numbers."""

import re
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, available_timezones

import phonenumbers
from phonenumbers import PhoneNumberType, timezone

from voicebot.language.reading import Context
from voicebot.language.reading import Kind as Meaning
from voicebot.language.understanding import understand
from voicebot.store.sheets.sheet import Cell
from voicebot.store.tables import Gender

_EXCEL_DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 (Excel's dates have no zone)
_EXCEL_DATES = (20_000, 80_000)  # serial numbers of 1954 … 2119
_MONTHS = ("январ", "феврал", "март", "апрел", "ма", "июн", "июл", "август", "сентябр", "октябр", "ноябр", "декабр")
_DATE = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d{2})(?:\s*г\.?)?")
_ISO_DATE = re.compile(r"(\d{4})[./-](\d{1,2})[./-](\d{1,2})")
_WORD_DATE = re.compile(r"(\d{1,2})\s+([а-я]+)\s+(\d{4})(?:\s*(?:г\.?|года))?")
_TIME = re.compile(r"(\d{1,2})[:.\-](\d{2})(?:[:.](\d{2})(?:\.\d+)?)?")
_HOUR = re.compile(r"(\d{1,2})\s*(?:ч\.?|час(?:а|ов)?)?(?:\s*(\d{1,2})\s*(?:м(?:ин\.?)?)?)?")
_RUSSIAN_MOBILE = re.compile(r"(?:\+7|7|8)?(9(?!30)[0-9]{9})")  # some of +7 930 are no mobiles
_PUNCTUATION = str.maketrans("", "", " -()")
_GENDERS = {
    **dict.fromkeys(("м", "муж", "мужской", "мужчина", "m", "male"), Gender.MALE),
    **dict.fromkeys(("ж", "жен", "женский", "женщина", "f", "female"), Gender.FEMALE),
}
#: Subscribers that a person or a household answers; others (free-phone, premium rate) are nobody's own.
_PERSONAL = frozenset(
    {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE, PhoneNumberType.FIXED_LINE_OR_MOBILE, PhoneNumberType.VOIP}
)
#: Found so far, see `zone_of`.
_ZONES_OF_SEVEN: dict[str, str | None] = {}


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    NAME = "name"
    PHONE = "phone"
    DATE = "date"
    TIME = "time"
    GENDER = "gender"
    ZONE = "zone"


class BadCell(Exception):
    """A cell that means nothing; reason and mend in Russian, for the person who made the list."""

    def __init__(self, reason: str, mend: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.mend = mend


def text(cell: Cell) -> str:
    """The cell as people see it, on one line."""
    if isinstance(cell, str):
        return _line(cell)
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "да" if cell else "нет"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime):
        return f"{cell:%d.%m.%Y %H:%M}" if cell.time() != time() else f"{cell:%d.%m.%Y}"
    if isinstance(cell, date):
        return f"{cell:%d.%m.%Y}"
    if isinstance(cell, time):
        return f"{cell:%H:%M}"
    return _line(str(cell))


def _line(cell: str) -> str:
    plain = cell if cell.isprintable() else "".join(sign if sign.isprintable() else " " for sign in cell)
    line = " ".join(plain.split())
    if line.startswith("=") and len(line) > 1:
        raise BadCell("вместо значения формула", "Вставьте в ячейку само значение.")
    return line


def name(cell: Cell) -> str:
    """A person's name, or a part of it."""
    value = text(cell)
    if len(value) > 100:
        raise BadCell("слишком длинное имя", "Оставьте в ячейке только имя.")
    is_name = value.isalpha() or (not any(map(str.isdigit, value)) and any(map(str.isalpha, value)))
    if not is_name:
        raise BadCell("это не имя", "Напишите имя буквами.")
    return value.title() if value.isupper() or value.islower() else value


def phone(cell: Cell, country: str) -> str:
    """A telephone number in E.164."""
    value = text(cell)
    if country == "RU" and (mobile := _RUSSIAN_MOBILE.fullmatch(value.translate(_PUNCTUATION))):
        return f"+7{mobile[1]}"  # most rows of most lists: forty times as fast as what follows
    if re.fullmatch(r"\d([.,]\d+)?[EeЕе]\+?\d+", value):
        mend = "Сделайте столбец текстовым и впишите номер полностью."
        raise BadCell("Excel превратил номер в число, цифры потеряны", mend)
    mend = "Впишите один номер целиком, с кодом: +7 916 123-45-67."
    if len(re.findall(r"\d", value)) > 16:
        raise BadCell("в ячейке больше одного номера", mend)
    try:
        number = phonenumbers.parse(value, country)
    except phonenumbers.NumberParseException:
        raise BadCell("это не номер телефона", mend) from None
    if number.extension:
        raise BadCell("номер с добавочным: робот его не наберёт", "Укажите прямой номер.")
    if not phonenumbers.is_valid_number(number):
        raise BadCell("такого номера быть не может", mend)
    if phonenumbers.number_type(number) not in _PERSONAL:
        raise BadCell("это номер службы, а не человека", "Укажите номер самого пациента.")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def zone_of(number: str) -> str | None:
    """The zone that a valid E.164 number tells, or None: a mobile number may be anywhere in its country."""
    if not number.startswith("+7"):
        return _zone_of(number)
    prefix = number[:5]  # its three digits tell the zone, and a million numbers share a few hundred of them
    if prefix not in _ZONES_OF_SEVEN:
        _ZONES_OF_SEVEN[prefix] = _zone_of(number)
    return _ZONES_OF_SEVEN[prefix]


def _zone_of(number: str) -> str | None:
    zones = timezone.time_zones_for_number(phonenumbers.parse(number))
    return zones[0] if len(zones) == 1 and zones[0] in _zones() else None


@cache
def _zones() -> frozenset[str]:
    """The machine's zones: looking for them walks through a whole folder."""
    return frozenset(available_timezones())


def day(cell: Cell) -> date:
    """A day; a time beside it is left to `clock`."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    value = text(cell).lower()
    if (serial := _excel_moment(value)) is not None:
        return serial.date()
    value = re.sub(r"[\sT]+\d{1,2}[:.]\d{2}(:\d{2})?\S*$", "", value, flags=re.IGNORECASE)
    mend = "Напишите день, месяц и год: 24.11.2026."
    try:
        if match := _DATE.fullmatch(value):
            year = int(match[3]) + (2000 if len(match[3]) == 2 else 0)
            return date(year, int(match[2]), int(match[1]))
        if match := _ISO_DATE.fullmatch(value):
            return date(int(match[1]), int(match[2]), int(match[3]))
        if (match := _WORD_DATE.fullmatch(value)) and (month := _month(match[2])):
            return date(int(match[3]), month, int(match[1]))
    except ValueError:
        raise BadCell("такой даты нет в календаре", mend) from None
    raise BadCell("это не дата", mend)


def clock(cell: Cell) -> time:
    """A time of day; of a date with a time, the time."""
    if isinstance(cell, datetime):
        return cell.time().replace(second=0, microsecond=0)
    if isinstance(cell, time):
        return cell.replace(second=0, microsecond=0, tzinfo=None)
    if isinstance(cell, float) and 0 < cell < 1:
        return (_EXCEL_DAY_ZERO + timedelta(minutes=round(cell * 24 * 60))).time()
    value = text(cell).lower()
    if (serial := _excel_moment(value)) is not None:
        return serial.time().replace(second=0, microsecond=0)
    mend = "Напишите часы и минуты: 15:30."
    if dated := re.fullmatch(r".*\d[\sT]+(\d{1,2}[:.]\d{2}(?::\d{2})?)", value, flags=re.IGNORECASE):
        value = dated[1]
    match = _TIME.fullmatch(value) or _HOUR.fullmatch(value)
    if match is None:
        raise BadCell("это не время", mend)
    try:
        return time(int(match[1]), int(match[2] or 0))
    except ValueError:
        raise BadCell("такого времени нет", mend) from None


def gender(cell: Cell) -> Gender:
    """Male or female, in a letter or a word."""
    found = _GENDERS.get(text(cell).lower().rstrip("."))
    if found is None:
        raise BadCell("это не пол", "Напишите «м» или «ж».")
    return found


def zone(cell: Cell) -> str:
    """The IANA name of a zone."""
    value = text(cell)
    if value not in _zones():
        raise BadCell("это не часовой пояс", "Напишите пояс так: Europe/Moscow или Asia/Yekaterinburg.")
    return ZoneInfo(value).key


@lru_cache(maxsize=1024)
def specialty(title: str) -> str:
    """The key of a specialty that is known; else what the clinic calls it."""
    any_time = datetime(2000, 1, 1, tzinfo=UTC)  # a specialty is the same at any time
    reading = understand(Meaning.SPECIALTY, title.lower(), Context(now=any_time))
    return title if reading.ambiguous or reading.best is None else str(reading.best)


def _excel_moment(value: str) -> datetime | None:
    """A date that Excel shows as its serial number, days since the end of 1899."""
    if not re.fullmatch(r"\d{5}(\.\d+)?", value) or not _EXCEL_DATES[0] <= float(value) <= _EXCEL_DATES[1]:
        return None
    days = float(value)
    return _EXCEL_DAY_ZERO + timedelta(days=int(days), minutes=round(days % 1 * 24 * 60))


def _month(word: str) -> int | None:
    return next((no for no, stem in enumerate(_MONTHS, start=1) if re.fullmatch(stem + "[а-я]{0,2}", word)), None)
