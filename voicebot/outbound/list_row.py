"""One row of a list: a person, numbers and what the call is about; or why it cannot be used."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from functools import cache, lru_cache
from hashlib import blake2b
from typing import Any, NamedTuple

from voicebot.config import Clinic
from voicebot.outbound import list_numbers
from voicebot.outbound.columns import ListSpec
from voicebot.outbound.list_numbers import BadNumber
from voicebot.store.sheets import cells
from voicebot.store.sheets.cells import BadCell
from voicebot.store.sheets.person import Person, person
from voicebot.store.sheets.rows import BadRow, RowReading, is_blank, misshapen
from voicebot.store.sheets.sheet import SheetRow

_OWN = frozenset({"surname", "name", "patronymic", "full_name", "birth_date", "gender", "zone", "external_id"})
_VISIT = frozenset({"visit_id", "date", "time", "specialty", "doctor", "place", "preparation"})


class Visit(NamedTuple):
    """An appointment as a list tells of it."""

    starts_at: datetime  #: aware, in the clinic's zone
    specialty: str  #: a key such as `cardiologist`, or the clinic's own word
    doctor: str
    place: str
    preparation: str
    external_id: str | None  #: in the medical information system: what a moved visit is known by


class ListRow(NamedTuple):
    """A row that can be used."""

    line: int
    person: Person
    visit: Visit | None
    subject: str
    data: Mapping[str, str]  #: further columns
    digest: str  #: of everything that the contact's calls depend on
    remarks: tuple[str, ...]  #: what was wrong and could be left out, in Russian


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
        numbers, bad = reading.numbers(known)
        visit = reading.visit(known) if self.spec.has_visit else None
        if reading.problems:
            return reading.bad()
        return self._row(row.line, known, numbers, visit, tuple(map(self._remark, bad)))

    def _row(
        self,
        line: int,
        known: Mapping[str, Any],
        numbers: tuple[str, ...],
        visit: Visit | None,
        remarks: tuple[str, ...],
    ) -> ListRow:
        who = person(known, numbers, self.clinic.timezone)
        used = _used(self.spec.phones, visit is not None)
        data = _shared(tuple((name, str(value)) for name, value in known.items() if value and name not in used))
        subject = visit_subject(visit.starts_at, visit.specialty) if visit else self._subject(known)
        return ListRow(line, who, visit, subject, data, digest(who.numbers, visit, data), remarks)

    def _subject(self, known: Mapping[str, Any]) -> str:
        return "|".join(str(known[name] or "") for name in self.spec.subject)

    def _remark(self, number: BadNumber) -> str:
        return f"столбец «{self.spec.title(number.field)}», номер «{number.value}» пропущен: {number.reason}"


class _Reading(RowReading):
    """One row on its way."""

    def __init__(self, reader: RowReader, row: SheetRow) -> None:
        super().__init__(reader.spec, reader.places, row, clinic=reader.clinic, now=reader.now)
        self._spec = reader.spec

    def numbers(self, known: Mapping[str, Any]) -> tuple[tuple[str, ...], list[BadNumber]]:
        """The good numbers, and the bad ones of a row that has a good one; without any good one the row is bad."""
        spec = self._spec
        titles = {spec.title(field) for field in spec.phones}
        others = [problem for problem in self.problems if problem.column not in titles]
        whole = tuple(dict.fromkeys(known[field] for field in spec.phones if known[field]))
        if whole and len(others) == len(self.problems):
            return whole, []
        good, bad = list_numbers.read([(field, self.raw(field)) for field in spec.phones], self.clinic.country)
        if good or bad:
            self.problems = others
        for one in () if good else bad:
            self.add(one.field, one.value, one.reason, one.mend)
        if not good and not bad and len(others) == len(self.problems):
            self.add("phone", "", "пусто", "Заполните ячейку.")
        order = [spec.title(field) for field in spec.columns]
        self.problems.sort(key=lambda problem: order.index(problem.column))
        return good, bad

    def visit(self, known: Mapping[str, Any]) -> Visit | None:
        """The appointment that the row tells of."""
        day, clock = known["date"], known.get("time")
        if day is not None and clock is None and not self.problems and is_blank(self.raw("time")):
            clock = self._clock_beside_date()
        if day is None or clock is None:
            return None
        starts_at = datetime.combine(day, clock, self.clinic.zone)
        if starts_at <= self.now:
            self.add(
                "date", f"{starts_at:%d.%m.%Y %H:%M}", "это время уже прошло", "Исправьте дату или уберите строку."
            )
        return Visit(
            starts_at=starts_at,
            specialty=cells.specialty(known.get("specialty") or ""),
            doctor=known.get("doctor") or "",
            place=known.get("place") or "",
            preparation=known.get("preparation") or "",
            external_id=known.get("visit_id") or None,
        )

    def _clock_beside_date(self) -> time | None:
        raw = self.raw("date")
        try:
            return cells.clock(raw)
        except BadCell as error:
            self.add("date", str(raw), "нет времени приёма", error.mend)
            return None


@cache
def _used(phones: tuple[str, ...], has_visit: bool) -> frozenset[str]:
    """Fields that have a place of their own, and need none among the further data."""
    return _OWN.union(phones, _VISIT if has_visit else ())


@lru_cache(maxsize=50_000)
def _shared(data: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    """One object for rows that say the same: it is sent to the writing process, and made JSON, only once."""
    return dict(data)


@lru_cache(maxsize=50_000)
def visit_subject(starts_at: datetime, specialty: str) -> str:
    """What a call about a visit is about: a patient has one visit of a specialty at a time.

    Not the doctor: who stands in for another changes the contact, and makes no second one.
    """
    return f"{starts_at.astimezone(UTC):%Y-%m-%dT%H:%MZ} {specialty}"


def digest(numbers: Sequence[tuple[str, str]], visit: Visit | None, data: Mapping[str, str]) -> str:
    """Of all that a contact's calls depend on: when it differs, the contact is changed."""
    moment = visit and (visit.starts_at.timestamp(), *visit[1:])
    return blake2b(repr((tuple(numbers), moment, sorted(data.items()))).encode(), digest_size=16).hexdigest()
