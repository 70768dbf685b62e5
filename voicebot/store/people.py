"""The persons that rows of a table tell of: found among the patients, or made; a few statements for thousands."""

from collections.abc import Mapping, Sequence
from datetime import date
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from voicebot.store import bulk
from voicebot.store.database import now
from voicebot.store.numbers import NumberRow, give, rows_of
from voicebot.store.sheets.person import Person
from voicebot.store.tables import Base, Gender, Patient, PatientNumber

_by_name = itemgetter(2 + Person._fields.index("name_key"))
_PATIENT = ("id", "created_at", *Person._fields[:-1])


class Entered(NamedTuple):
    """A row's person in the store."""

    patient: int
    numbers: tuple[int, ...]  #: ids, in the order in which they are tried
    zone: str | None  #: of the first number


def enter(session: Session, people: Sequence[Person]) -> tuple[list[Entered], frozenset[int]]:
    """The patient of each: by the id in the medical information system, else by name among a number's owners.

    Who is known is completed, never changed. Gives also which patients are new: nothing else in the store can be
    about them.
    """
    bulk.one_loader(session)  # two loads at once would make the same patient twice
    zones: dict[str, str | None] = {}
    for one in people:
        for e164, zone in one.numbers:
            zones.setdefault(e164, zone)
    numbers = rows_of(session, zones)
    directory = _Directory(session, people, numbers)
    new: list[tuple[Any, ...]] = []
    first: list[tuple[int, int]] = []  # numbers of new patients
    more: set[tuple[int, int]] = set()  # of those who may have them already
    ids = bulk.reserve_ids(session, Patient, len(people))
    at = now(session)
    entered = []
    for one in people:
        own = tuple([numbers[e164].id for e164, _ in one.numbers])
        patient = directory.find(one, own)
        if patient is None:
            patient = next(ids)
            new.append((patient, at, *one[:-1]))
            directory.add(one, own, patient)
            first += [(patient, number) for number in dict.fromkeys(own)]
        else:
            more.update([(patient, number) for number in own])
        entered.append(Entered(patient, own, numbers[one.numbers[0][0]].zone))
    new.sort(key=_by_name)  # rows that go side by side into the longest index are written faster
    bulk.insert_rows(session, Patient, _PATIENT, new)
    give(session, first, more)
    directory.complete(session)
    return entered, frozenset([patient for patient, *_ in new])


class _Directory:
    """The patients that a batch of rows may mean."""

    def __init__(self, session: Session, people: Sequence[Person], numbers: Mapping[str, NumberRow]) -> None:
        self._owners: dict[tuple[int, str], list[tuple[int, str | None, date | None]]] = {}
        self._external: dict[str, int] = {}
        self._births: dict[int, date | None] = {}
        self._genders: dict[int, Gender] = {}
        self._born: dict[int, date] = {}  # what the store did not know
        self._sexed: dict[int, Gender] = {}
        self._read_owners(session, sorted([number.id for number in numbers.values() if not number.is_new]))
        self._read_external(session, sorted({one.external_id for one in people if one.external_id}))

    def find(self, person: Person, numbers: Sequence[int]) -> int | None:
        """The patient, completed by what the row knows more."""
        patient = self._same(person, numbers)
        if patient is not None and person.birth_date and self._births[patient] is None:
            self._born[patient] = self._births[patient] = person.birth_date
        if patient is not None and self._genders[patient] is Gender.UNKNOWN is not person.gender:
            self._sexed[patient] = self._genders[patient] = person.gender
        return patient

    def add(self, person: Person, numbers: Sequence[int], patient: int) -> None:
        """Somebody new."""
        self._births[patient], self._genders[patient] = person.birth_date, person.gender
        for number in numbers:
            own = (patient, person.external_id, person.birth_date)
            self._owners.setdefault((number, person.name_key), []).append(own)
        if person.external_id:
            self._external[person.external_id] = patient

    def complete(self, session: Session) -> None:
        """Write what the store did not know; it changes nothing that it knew."""
        table = Base.metadata.tables[Patient.__tablename__]
        change = update(table).where(table.c.id == bindparam("key"))
        if self._born:
            blank = change.where(table.c.birth_date.is_(None))
            session.execute(blank, [{"key": patient, "birth_date": day} for patient, day in self._born.items()])
        if self._sexed:
            session.execute(change, [{"key": patient, "gender": gender} for patient, gender in self._sexed.items()])

    def _same(self, person: Person, numbers: Sequence[int]) -> int | None:
        if person.external_id and person.external_id in self._external:
            return self._external[person.external_id]
        for number in numbers:
            for patient, external_id, birth_date in self._owners.get((number, person.name_key), ()):
                if _may_be(person, external_id, birth_date):
                    return patient
        return None

    def _read_owners(self, session: Session, numbers: Sequence[int]) -> None:
        columns = (Patient.id, Patient.external_id, Patient.birth_date, Patient.gender, Patient.name_key)
        owners = select(PatientNumber.number_id, *columns).join(Patient, Patient.id == PatientNumber.patient_id)
        owners = owners.where(bulk.among(session, PatientNumber.number_id, numbers))
        for number, patient, external_id, birth, gender, key in session.execute(owners) if numbers else ():
            self._owners.setdefault((number, key), []).append((patient, external_id, birth))
            self._births[patient], self._genders[patient] = birth, gender

    def _read_external(self, session: Session, named: Sequence[str]) -> None:
        columns = (Patient.external_id, Patient.id, Patient.birth_date, Patient.gender)
        query = select(*columns).where(bulk.among(session, Patient.external_id, named))
        for external_id, patient, birth, gender in session.execute(query) if named else ():
            self._external[str(external_id)] = patient
            self._births[patient], self._genders[patient] = birth, gender


def _may_be(person: Person, external_id: str | None, birth_date: date | None) -> bool:
    """Same name and number: another person only if a birth date or an id says so (a father and his son)."""
    other_birth = birth_date and person.birth_date and birth_date != person.birth_date
    other_id = external_id and person.external_id and external_id != person.external_id
    return not (other_birth or other_id)
