"""One row of a list: a person, a number and what the call is about; or why it cannot be used."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Any

from voicebot.config import Clinic
from voicebot.language.reading import Context
from voicebot.language.reading import Kind as Meaning
from voicebot.language.understanding import understand
from voicebot.outbound import cells
from voicebot.outbound.cells import BadCell, Kind
from voicebot.outbound.columns import ListSpec
from voicebot.outbound.sheet import Cell, SheetRow
from voicebot.store.patients import fold_name
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
class Problem:
    """What is wrong with a cell, or with a whole row (`column` is empty); in Russian."""

    column: str
    value: str
    reason: str
    mend: str

    def __str__(self) -> str:
        place = f"столбец «{self.column}», значение «{self.value}»: " if self.column else ""
        return f"{place}{self.reason}. {self.mend}"


@dataclass(frozen=True, kw_only=True)
class BadRow:
    """A row that cannot be used."""

    line: int
    problems: tuple[Problem, ...]
    cells: tuple[Cell, ...] = field(repr=False)

    def __str__(self) -> str:
        return f"строка {self.line}: " + "; ".join(str(problem) for problem in self.problems)


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
        if row.damage:
            return _bad(row, row.damage, "Исправьте строку.")
        if any(cell not in (None, "") for cell in row.cells[self.width :]):
            return _bad(
                row, "ячеек больше, чем столбцов", "Проверьте разделители внутри текста: возьмите его в кавычки."
            )
        reading = _Reading(self, row)
        known = {name: reading.cell(name) for name in self.spec.columns}
        visit = reading.visit(known) if self.spec.has_visit else None
        if reading.problems:
            return BadRow(line=row.line, problems=tuple(reading.problems), cells=row.cells)
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


class _Reading:
    """One row on its way; collects everything that is wrong, so that a person mends it in one go."""

    def __init__(self, reader: RowReader, row: SheetRow) -> None:
        self._reader = reader
        self._row = row
        self._parsers: Mapping[Kind, Callable[[Cell], Any]] = {
            Kind.TEXT: cells.text,
            Kind.NAME: cells.name,
            Kind.PHONE: lambda cell: cells.phone(cell, reader.clinic.country),
            Kind.DATE: cells.day,
            Kind.TIME: cells.clock,
            Kind.GENDER: cells.gender,
            Kind.ZONE: cells.zone,
        }
        self.problems: list[Problem] = []

    def cell(self, name: str) -> Any:
        """The value of a field; None when its cell is empty or wrong."""
        column = self._reader.spec.columns[name]
        place = self._reader.places.get(name)
        raw = None if place is None or place >= len(self._row.cells) else self._row.cells[place]
        if raw is None or str(raw).strip() == "":
            if column.required:
                short = place is not None and place >= len(self._row.cells)
                self.add(name, "", "строка короче заголовка" if short else "пусто", "Заполните ячейку.")
            return None
        try:
            return self._parsers[column.kind](raw)
        except BadCell as error:
            self.add(name, str(raw), error.reason, error.mend)
            return None

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
            specialty=_specialty(known.get("specialty") or ""),
            doctor=known.get("doctor") or "",
            place=known.get("place") or "",
            preparation=known.get("preparation") or "",
        )

    def add(self, name: str, value: str, reason: str, mend: str) -> None:
        self.problems.append(Problem(column=self._reader.spec.title(name), value=value[:80], reason=reason, mend=mend))

    def _has(self, name: str) -> bool:
        return name in self._reader.places

    def _clock_beside_date(self) -> time | None:
        raw = self._row.cells[self._reader.places["date"]]
        try:
            return cells.clock(raw)
        except BadCell as error:
            self.add("date", str(raw), "нет времени приёма", error.mend)
            return None


def _bad(row: SheetRow, reason: str, mend: str) -> BadRow:
    problem = Problem(column="", value="", reason=reason, mend=mend)
    return BadRow(line=row.line, problems=(problem,), cells=row.cells)


def _person(known: Mapping[str, Any]) -> tuple[str, str, str]:
    if full := known.get("full_name"):
        surname, name, patronymic = (*str(full).split(maxsplit=2), "", "")[:3]
        return surname, name, patronymic
    return known["surname"], known["name"], known.get("patronymic") or ""


def _subject(visit: Visit) -> str:
    return f"{visit.starts_at.astimezone(UTC):%Y-%m-%dT%H:%MZ} {visit.doctor or visit.specialty}"


@lru_cache(maxsize=1024)
def _specialty(title: str) -> str:
    """The key of a specialty that is known; else what the clinic calls it."""
    any_time = datetime(2000, 1, 1, tzinfo=UTC)  # a specialty is the same at any time
    reading = understand(Meaning.SPECIALTY, title.lower(), Context(now=any_time))
    return title if reading.ambiguous or reading.best is None else str(reading.best)
