"""Doctors' hours out of a table, in the words that offices use."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from voicebot.config import Clinic
from voicebot.store import schedules
from voicebot.store.database import Database, now
from voicebot.store.sheets import cells
from voicebot.store.sheets.cells import BadCell, Kind
from voicebot.store.sheets.columns import Column, Columns
from voicebot.store.sheets.load import Loaded
from voicebot.store.sheets.load import load as load_table
from voicebot.store.sheets.rows import RowReading
from voicebot.store.tables import Doctor, Schedule, Service, Site

_DAYS = ("пн", "вт", "ср", "чт", "пт", "сб", "вс")
_DAY_NAMES = ("понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье")
_SPAN = re.compile(r"(.+?)\s*[-–—]\s*(.+)")
_USUAL_MINUTES = 15

COLUMNS = Columns(
    columns={
        "doctor": Column(headers=("Врач", "Доктор", "Doctor"), required=True, kind=Kind.TEXT),
        "specialty": Column(headers=("Специальность", "Specialty"), required=True, kind=Kind.TEXT),
        "site": Column(headers=("Подразделение", "Корпус", "Филиал", "Site"), required=False, kind=Kind.TEXT),
        "address": Column(headers=("Адрес", "Address"), required=False, kind=Kind.TEXT),
        "zone": Column(headers=("Часовой пояс", "Time zone"), required=False, kind=Kind.ZONE),
        "room": Column(headers=("Кабинет", "Room"), required=False, kind=Kind.TEXT),
        "days": Column(headers=("Дни", "Дни недели", "Weekdays"), required=True, kind=Kind.TEXT),
        "starts": Column(headers=("С", "Начало", "From"), required=True, kind=Kind.TIME),
        "ends": Column(headers=("До", "Конец", "Окончание", "To"), required=True, kind=Kind.TIME),
        "breaks": Column(headers=("Перерыв", "Перерывы", "Break"), required=False, kind=Kind.TEXT),
        "minutes": Column(headers=("Минут на приём", "Минут", "Minutes"), required=False, kind=Kind.TEXT),
        "service": Column(headers=("Услуга", "Service"), required=False, kind=Kind.TEXT),
        "preparation": Column(headers=("Подготовка", "Preparation"), required=False, kind=Kind.TEXT),
        "valid_from": Column(headers=("Действует с", "Valid from"), required=False, kind=Kind.DATE),
        "valid_to": Column(headers=("Действует по", "Valid to"), required=False, kind=Kind.DATE),
    }
)


@dataclass(frozen=True, kw_only=True)
class ScheduleRow:
    """A doctor's hours as a row tells them."""

    doctor: str
    specialty: str  #: a key such as `cardiologist`, or the clinic's own word
    site: str
    address: str
    zone: str
    room: str
    weekdays: str
    starts: time
    ends: time
    breaks: list[list[str]]
    minutes: int
    service: str
    preparation: str
    valid_from: date | None
    valid_to: date | None


def load(
    database: Database,
    path: Path,
    *,
    clinic: Clinic,
    ahead: timedelta,
    progress: Callable[[int], None] = lambda _rows: None,
) -> Loaded:
    """Load hours from CSV or XLSX, and make the slots of the time `ahead`; the same hours again change nothing.

    Raises:
        ListError: the file cannot be read as a table at all, or columns are missing.
        StoreError: the store does not answer.
    """

    def write(session: Session, rows: list[ScheduleRow | None]) -> int:
        return sum(_write(session, row) for row in rows if row)

    loaded = load_table(database, path, COLUMNS, _understand, write, clinic=clinic, progress=progress)
    with database.sync_write() as session:
        schedules.extend(session, until=(now(session) + ahead).date())
    return loaded


def _understand(known: dict[str, Any], reading: RowReading) -> ScheduleRow | None:
    weekdays = _part(reading, "days", known["days"], _weekdays)
    breaks = _part(reading, "breaks", known["breaks"], _breaks)
    minutes = _part(reading, "minutes", known["minutes"], _minutes)
    starts, ends = known["starts"], known["ends"]
    if starts and ends and ends <= starts:
        reading.add("ends", f"{ends:%H:%M}", "конец не позже начала", "Исправьте часы приёма.")
    if reading.problems:
        return None
    return ScheduleRow(
        doctor=known["doctor"],
        specialty=cells.specialty(known["specialty"]),
        site=known["site"] or reading.clinic.name,
        address=known["address"] or "",
        zone=known["zone"] or reading.clinic.timezone,
        room=known["room"] or "",
        weekdays=weekdays or "",
        starts=starts,
        ends=ends,
        breaks=breaks or [],
        minutes=minutes or _USUAL_MINUTES,
        service=known["service"] or "",
        preparation=known["preparation"] or "",
        valid_from=known["valid_from"],
        valid_to=known["valid_to"],
    )


def _part(reading: RowReading, field: str, value: str | None, understand: Callable[[str], Any]) -> Any:
    if not value:
        return None
    try:
        return understand(value)
    except BadCell as error:
        reading.add(field, value, error.reason, error.mend)
        return None


def _weekdays(value: str) -> str:
    """`пн-пт`, `пн, ср, пт`, `вторник и четверг`, `ежедневно`."""
    said = value.lower().replace("ё", "е").replace(".", "")
    if said.startswith(("ежедневно", "каждый день")):
        return "1234567"
    found: set[int] = set()
    for part in re.split(r"\s*(?:,|;|/|\bи\b)\s*|\s+(?![-–—])(?<![-–—]\s)", said):
        span = _SPAN.fullmatch(part)
        first, last = (_weekday(span[1]), _weekday(span[2])) if span else (_weekday(part), _weekday(part))
        found.update(range(first, last + 1) if first <= last else [*range(first, 8), *range(1, last + 1)])
    return "".join(str(day) for day in sorted(found))


def _weekday(word: str) -> int:
    for number, (short, name) in enumerate(zip(_DAYS, _DAY_NAMES, strict=True), start=1):
        if word == short or word == str(number) or (len(word) > 3 and word[:4] == name[:4]):
            return number
    raise BadCell("это не дни недели", "Напишите так: пн-пт или пн, ср, пт.")


def _breaks(value: str) -> list[list[str]]:
    """`13:00-14:00, 16.00-16.15`."""
    found = []
    for part in re.split(r"\s*[,;]\s*", value):
        span = _SPAN.fullmatch(part)
        start, stop = (cells.clock(span[1]), cells.clock(span[2])) if span else (time(), time())
        if start >= stop:
            raise BadCell("это не перерыв", "Напишите так: 13:00-14:00.")
        found.append([f"{start:%H:%M}", f"{stop:%H:%M}"])
    return found


def _minutes(value: str) -> int:
    digits = re.fullmatch(r"(\d{1,3})\s*(?:мин\D*)?", value.lower())
    if digits is None or not 1 <= int(digits[1]) <= 480:
        raise BadCell("это не длительность приёма", "Напишите минуты числом: 15.")
    return int(digits[1])


def _write(session: Session, row: ScheduleRow) -> bool:
    """Whether the hours are new, or not as they were."""
    site = session.scalar(select(Site).where(Site.name == row.site))
    if site is None:
        site = Site(name=row.site, zone=row.zone)
        session.add(site)
    site.address, site.zone = row.address or site.address or "", row.zone
    doctor = session.scalar(select(Doctor).where(Doctor.name == row.doctor, Doctor.specialty == row.specialty))
    if doctor is None:
        doctor = Doctor(name=row.doctor, specialty=row.specialty)
        session.add(doctor)
    service = _service(session, row)
    session.flush()
    first = row.valid_from or date(2000, 1, 1)
    same = (Schedule.doctor_id == doctor.id, Schedule.site_id == site.id, Schedule.weekdays == row.weekdays)
    place = (*same, Schedule.starts == row.starts, Schedule.valid_from == first)
    schedule = session.scalar(select(Schedule).where(*place))
    if schedule is None:
        schedule = Schedule(
            doctor_id=doctor.id, site_id=site.id, weekdays=row.weekdays, starts=row.starts, valid_from=first
        )
        session.add(schedule)
    schedule.ends, schedule.minutes, schedule.breaks = row.ends, row.minutes, row.breaks
    schedule.room, schedule.valid_to = row.room, row.valid_to
    schedule.service_id = service.id if service else None
    is_changed = session.is_modified(schedule) or schedule in session.new
    session.flush()
    return is_changed


def _service(session: Session, row: ScheduleRow) -> Service | None:
    if not row.service:
        return None
    service = session.scalar(select(Service).where(Service.name == row.service))
    if service is None:
        service = Service(name=row.service, specialty=row.specialty)
        session.add(service)
    service.preparation = row.preparation or service.preparation or ""
    return service
