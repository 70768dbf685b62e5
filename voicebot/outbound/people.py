"""Numbers and patients of a list's rows: found in the store, or made; a few statements for thousands of rows."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from voicebot.outbound.list_row import ListRow
from voicebot.store.bulk import among, insert_missing, insert_rows, one_loader, reserve_ids
from voicebot.store.database import now
from voicebot.store.numbers import give
from voicebot.store.tables import Gender, Number, Patient, PatientNumber

_PATIENT = ("id", "external_id", "surname", "name", "patronymic", "name_key", "gender", "birth_date", "language")


class Entered(NamedTuple):
    """A row's person in the store."""

    patient: int
    numbers: tuple[int, ...]  #: ids, in the order in which they are tried
    zone: str  #: of the first number


def enter(session: Session, rows: Sequence[ListRow]) -> tuple[list[Entered], frozenset[int]]:
    """The person of each row: by the id in the medical information system, else by name among a number's owners.

    Gives also which patients are new: nothing else in the store can be about them.
    """
    one_loader(session)  # two loads at once would make the same patient twice
    numbers = _numbers(session, rows)
    directory = _Directory(session, rows, numbers)
    new: list[tuple[Any, ...]] = []
    links: set[tuple[int, int]] = set()
    ids = reserve_ids(session, Patient, len(rows))
    at = now(session)
    entered = []
    for row in rows:
        own = tuple([numbers[e164][0] for e164, _ in row.numbers])
        patient = directory.find(row, own)
        if patient is None:
            patient = next(ids)
            new.append((patient, row.external_id, *row[1:5], row.gender, row.birth_date, "ru", at))
            directory.add(row, own, patient)
        links.update([(patient, number) for number in own])
        entered.append(Entered(patient, own, numbers[row.numbers[0][0]][1]))
    insert_rows(session, Patient, (*_PATIENT, "created_at"), new)
    made = frozenset(patient for patient, *_ in new)
    give(session, links, made)
    directory.complete(session)
    return entered, made


class _Directory:
    """The patients that a batch of rows may mean."""

    def __init__(self, session: Session, rows: Sequence[ListRow], numbers: dict[str, tuple[int, str, bool]]) -> None:
        self._owners: dict[tuple[int, str], list[tuple[int, str | None, date | None]]] = {}
        self._external: dict[str, int] = {}
        self._births: dict[int, date | None] = {}
        self._genders: dict[int, Gender] = {}
        self._completed: dict[int, dict[str, Any]] = {}
        self._read_owners(session, sorted(number for number, _, was_there in numbers.values() if was_there))
        self._read_external(session, sorted({row.external_id for row in rows if row.external_id}))

    def find(self, row: ListRow, numbers: Sequence[int]) -> int | None:
        """The patient, completed by what the row knows more."""
        patient = self._same(row, numbers)
        if patient is not None and self._births.get(patient, row.birth_date) is None and row.birth_date:
            self._completed.setdefault(patient, {})["birth_date"] = self._births[patient] = row.birth_date
        if patient is not None and self._genders.get(patient) is Gender.UNKNOWN is not row.gender:
            self._completed.setdefault(patient, {})["gender"] = self._genders[patient] = row.gender
        return patient

    def add(self, row: ListRow, numbers: Sequence[int], patient: int) -> None:
        """Somebody new."""
        self._births[patient], self._genders[patient] = row.birth_date, row.gender
        for number in numbers:
            self._owners.setdefault((number, row.name_key), []).append((patient, row.external_id, row.birth_date))
        if row.external_id:
            self._external[row.external_id] = patient

    def complete(self, session: Session) -> None:
        """Write what the store did not know; it changes nothing that it knew."""
        for patient, values in self._completed.items():
            change = update(Patient).where(Patient.id == patient).values(**values)
            session.execute(change.execution_options(synchronize_session=False))

    def _same(self, row: ListRow, numbers: Sequence[int]) -> int | None:
        if row.external_id and row.external_id in self._external:
            return self._external[row.external_id]
        for number in numbers:
            for patient, external_id, birth_date in self._owners.get((number, row.name_key), ()):
                if _may_be(row, external_id, birth_date):
                    return patient
        return None

    def _read_owners(self, session: Session, numbers: Sequence[int]) -> None:
        columns = (Patient.id, Patient.external_id, Patient.birth_date, Patient.gender, Patient.name_key)
        owners = select(PatientNumber.number_id, *columns).join(Patient, Patient.id == PatientNumber.patient_id)
        owners = owners.where(among(session, PatientNumber.number_id, numbers))
        for number, patient, external_id, birth, gender, key in session.execute(owners) if numbers else ():
            self._owners.setdefault((number, key), []).append((patient, external_id, birth))
            self._births[patient], self._genders[patient] = birth, gender

    def _read_external(self, session: Session, named: Sequence[str]) -> None:
        columns = (Patient.external_id, Patient.id, Patient.birth_date, Patient.gender)
        query = select(*columns).where(among(session, Patient.external_id, named))
        for external_id, patient, birth, gender in session.execute(query) if named else ():
            self._external[str(external_id)] = patient
            self._births[patient], self._genders[patient] = birth, gender


def _may_be(row: ListRow, external_id: str | None, birth_date: date | None) -> bool:
    """Same name and number: another person only if a birth date or an id says so (a father and his son)."""
    other_birth = birth_date and row.birth_date and birth_date != row.birth_date
    other_id = external_id and row.external_id and external_id != row.external_id
    return not (other_birth or other_id)


def _numbers(session: Session, rows: Sequence[ListRow]) -> dict[str, tuple[int, str, bool]]:
    """Id and zone by E.164, and whether it was there before: only such have owners. What is not there is made.

    In the order of the rows: where the store says who is called, a person's numbers are tried in the order of ids.
    """
    zones: dict[str, str] = {}
    for row in rows:
        for e164, told in row.numbers:
            zones.setdefault(e164, told)
    known = _read(session, list(zones))
    missing = [e164 for e164 in zones if e164 not in known]
    values = [(e164, zones[e164], False) for e164 in missing]
    insert_missing(session, Number, ("e164", "zone", "do_not_call"), values)
    for e164, (number, zone) in known.items():
        if zone is None:
            session.execute(
                update(Number)
                .where(Number.id == number, Number.zone.is_(None))
                .values(zone=zones[e164])
                .execution_options(synchronize_session=False)
            )
    made = _read(session, missing)
    return {
        **{e164: (number, zone or zones[e164], True) for e164, (number, zone) in known.items()},
        **{e164: (number, zone or zones[e164], False) for e164, (number, zone) in made.items()},
    }


def _read(session: Session, numbers: Sequence[str]) -> dict[str, tuple[int, str | None]]:
    query = select(Number.e164, Number.id, Number.zone).where(among(session, Number.e164, numbers))
    return {e164: (number, zone) for e164, number, zone in session.execute(query)} if numbers else {}
