"""One row of a list: a person, a number and what the call is about; or why it cannot be used."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from voicebot.config import Clinic
from voicebot.outbound.columns import ListSpec
from voicebot.store.patients import fold_name
from voicebot.store.sheets import cells
from voicebot.store.sheets.cells import BadCell
from voicebot.store.sheets.rows import BadRow, RowReading, misshapen
from voicebot.store.sheets.sheet import SheetRow
from voicebot.store.tables import Gender

_OWN = frozenset({"surname", "name", "patronymic", "full_name", "phone", "birth_date", "gender", "zone", "external_id"})
_VISIT = frozenset({"date", "time", "specialty", "doctor", "place", "preparation"})


@dataclass(frozen=True, kw_only=True)
class Visit:
    """An appointment as a list tells of it."""

    starts_at: datetime  #: aware, in the clinic's zone
    specialty: str  #: a key such as `cardiologist`, or the clinic's own word
    doctor: str
    place: str
    preparation: str


@dataclass(frozen=True, kw_only=True)
class ListRow:
    """A row that can be used."""

    line: int
    surname: str
    name: str
    patronymic: str
    external_id: str | None
    gender: Gender
    birth_date: date | None
    phone: str  #: E.164
    zone: str
    visit: Visit | None
    subject: str
    data: Mapping[str, str]  #: further columns

    @property
    def name_key(self) -> str:
        """The full name folded for comparing: lower case, ё = е."""
        return fold_name(f"{self.surname} {self.name} {self.patronymic}")


@dataclass(frozen=True, kw_only=True)
class RowReader:
    """Reads the rows of one list."""

    spec: ListSpec
    places: Mapping[str, int]
    width: int  #: cells of the header
    clinic: Clinic
    now: datetime

    def read(self, row: SheetRow) -> ListRow | BadRow:
        """The row understood, or everything that is wrong with it."""
        if unusable := misshapen(row, self.width):
            return unusable
        reading = _Reading(self, row)
        known = reading.cells()
        visit = reading.visit(known) if self.spec.has_visit else None
        if reading.problems:
            return reading.bad()
        return self._row(row, known, visit)

    def _row(self, row: SheetRow, known: Mapping[str, Any], visit: Visit | None) -> ListRow:
        surname, name, patronymic = _person(known)
        used = _OWN | _VISIT if visit else _OWN
        number = known["phone"]
        return ListRow(
            line=row.line,
            surname=surname,
            name=name,
            patronymic=patronymic,
            external_id=known.get("external_id") or None,
            gender=known.get("gender") or Gender.UNKNOWN,
            birth_date=known.get("birth_date"),
            phone=number,
            zone=known.get("zone") or cells.zone_of(number) or self.clinic.timezone,
            visit=visit,
            subject=_subject(visit) if visit else "|".join(str(known[name] or "") for name in self.spec.subject),
            data={name: str(value) for name, value in known.items() if name not in used and value},
        )


class _Reading(RowReading):
    """One row on its way."""

    def __init__(self, reader: RowReader, row: SheetRow) -> None:
        super().__init__(reader.spec, reader.places, row, country=reader.clinic.country)
        self._reader = reader

    def visit(self, known: Mapping[str, Any]) -> Visit | None:
        """The appointment that the row tells of."""
        day, clock = known["date"], known.get("time")
        if day is not None and clock is None and not self._has("time"):
            clock = self._clock_beside_date()
        if day is None or clock is None:
            return None
        starts_at = datetime.combine(day, clock, self._reader.clinic.zone)
        if starts_at <= self._reader.now:
            self.add(
                "date", f"{starts_at:%d.%m.%Y %H:%M}", "это время уже прошло", "Исправьте дату или уберите строку."
            )
        return Visit(
            starts_at=starts_at,
            specialty=cells.specialty(known.get("specialty") or ""),
            doctor=known.get("doctor") or "",
            place=known.get("place") or "",
            preparation=known.get("preparation") or "",
        )

    def _has(self, name: str) -> bool:
        return name in self._reader.places

    def _clock_beside_date(self) -> time | None:
        raw = self._row.cells[self._reader.places["date"]]
        try:
            return cells.clock(raw)
        except BadCell as error:
            self.add("date", str(raw), "нет времени приёма", error.mend)
            return None


def _person(known: Mapping[str, Any]) -> tuple[str, str, str]:
    if full := known.get("full_name"):
        surname, name, patronymic = (*str(full).split(maxsplit=2), "", "")[:3]
        return surname, name, patronymic
    return known["surname"], known["name"], known.get("patronymic") or ""


def _subject(visit: Visit) -> str:
    return f"{visit.starts_at.astimezone(UTC):%Y-%m-%dT%H:%MZ} {visit.doctor or visit.specialty}"
