"""Appointments of a list's rows, with their doctors and slots: found in the store, or made, or changed as it says."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select, text, tuple_, update
from sqlalchemy.orm import Session

from voicebot.outbound.list_row import ListRow, Visit
from voicebot.store.bulk import among, insert_missing, insert_rows, reserve_ids
from voicebot.store.database import now
from voicebot.store.tables import (
    Appointment,
    AppointmentChange,
    AppointmentStatus,
    Doctor,
    Slot,
    SlotStatus,
)

GONE = (AppointmentStatus.CANCELLED, AppointmentStatus.ENTERED_IN_ERROR, AppointmentStatus.NOSHOW)
#: Word for word as the index of living appointments has it: SQLite uses that index for nothing else.
_STANDS = text("appointments.status NOT IN ('cancelled', 'entered-in-error', 'noshow')")
_NO_DETAIL: dict[str, Any] = {}
_PAIRS = 400  # of doctor and time in one query

_Slots = dict[tuple[int, datetime], int]
_APPOINTMENT = (
    *("id", "external_id", "patient_id", "slot_id", "doctor_id", "specialty", "starts_at", "zone", "place"),
    *("preparation", "status", "created_at"),
)
_COLUMNS = (
    *(Appointment.id, Appointment.external_id, Appointment.patient_id, Appointment.starts_at, Appointment.specialty),
    *(Appointment.doctor_id, Appointment.slot_id, Appointment.place, Appointment.preparation, Appointment.status),
)


class Visited(NamedTuple):
    """A row's appointment."""

    appointment: int
    is_gone: bool  #: it was cancelled, or has another time since: the row is out of date


class _Known(NamedTuple):
    id: int
    external_id: str | None
    patient: int
    starts_at: datetime
    specialty: str
    doctor: int | None
    slot: int | None
    place: str
    preparation: str
    status: AppointmentStatus


def appointments_of(
    session: Session, rows: Sequence[ListRow], patients: Sequence[int], new: frozenset[int], *, by: str
) -> list[Visited | None]:
    """The appointment of each row, None for rows that tell of no visit.

    A visit is known by its id in the medical information system, else by patient, time and specialty. One that stands
    is changed to what the list says (another time, doctor or place); one that is cancelled stays so, and one that has
    moved from the row's time stays where it is: yesterday's list does not undo what a patient has said since.
    """
    if not any(row.visit for row in rows):
        return [None] * len(rows)
    return _Visits(session, rows, patients, new, by).settle()


class _Visits:
    """A batch of rows with visits."""

    def __init__(
        self, session: Session, rows: Sequence[ListRow], patients: Sequence[int], new: frozenset[int], by: str
    ) -> None:
        self._session, self._by, self._at = session, by, now(session)
        self._known_before = frozenset(patients) - new
        self._rows = [(row.visit, patient) for row, patient in zip(rows, patients, strict=True)]
        self._doctors = _doctors_of(session, [visit for visit, _ in self._rows if visit])
        self._slots: _Slots = {}
        self._by_external: dict[str, _Known] = {}
        self._by_time: dict[tuple[int, datetime, str], _Known] = {}
        self._left: dict[tuple[int, datetime, str], int] = {}  # times that visits had before, with their ids
        self._made: list[tuple[Any, ...]] = []
        self._changes: list[tuple[int, str, dict[str, Any]]] = []
        self._busy: list[int] = []

    def settle(self) -> list[Visited | None]:
        self._read_known()
        found = [(visit, patient, visit and self._find(visit, patient)) for visit, patient in self._rows]
        self._slots = _slots_of(self._session, list(self._slots_wanted(found)))
        ids = reserve_ids(self._session, Appointment, len(found))
        settled = [visit and self._settle(visit, patient, ids) for visit, patient, _ in found]
        self._write()
        return settled

    def _settle(self, visit: Visit, patient: int, ids: Iterator[int]) -> Visited:
        known = self._find(visit, patient)  # an earlier row of the batch may have made it
        left = self._left.get((patient, visit.starts_at, visit.specialty)) if known is None else None
        if left is not None:
            return Visited(left, is_gone=True)
        if known is None:
            known = self._make(next(ids), visit, patient)
            self._remember(known)
        elif known.status in GONE:
            return Visited(known.id, is_gone=True)
        elif self._differs(known, visit):
            self._remember(self._change(known, visit))
        return Visited(known.id, is_gone=False)

    def _find(self, visit: Visit, patient: int) -> _Known | None:
        known = self._by_external.get(visit.external_id) if visit.external_id else None
        return known or self._by_time.get((patient, visit.starts_at, visit.specialty))

    def _remember(self, known: _Known) -> None:
        self._by_time[known.patient, known.starts_at, known.specialty] = known
        if known.external_id:
            self._by_external[known.external_id] = known

    def _read_known(self) -> None:
        """A patient may have had a cancelled visit at the same time: one that stands counts."""
        moments = [visit.starts_at for visit, _ in self._rows if visit]
        of_patients = among(self._session, Appointment.patient_id, self._known_before)
        found: list[Any] = []
        if self._known_before:
            near = Appointment.starts_at.between(min(moments), max(moments))
            found += self._session.execute(select(*_COLUMNS).where(of_patients, near))
        if named := {visit.external_id for visit, _ in self._rows if visit and visit.external_id}:
            query = select(*_COLUMNS).where(among(self._session, Appointment.external_id, named))
            found += self._session.execute(query)
        for row in sorted(found, key=lambda row: row.status not in GONE):
            self._remember(_Known._make(row))
        if not self._known_before:
            return
        moved = (
            select(Appointment.patient_id, Appointment.specialty, Appointment.id, AppointmentChange.detail)
            .join(AppointmentChange, AppointmentChange.appointment_id == Appointment.id)
            .where(of_patients, AppointmentChange.what == "moved")
        )
        for patient, specialty, appointment, detail in self._session.execute(moved):
            self._left[patient, datetime.fromisoformat(detail["before"]), specialty] = appointment

    def _slots_wanted(self, found: Sequence[tuple[Visit | None, int, _Known | None]]) -> Iterator[tuple[int, datetime]]:
        for visit, patient, known in found:
            if visit is None or not visit.doctor or (patient, visit.starts_at, visit.specialty) in self._left:
                continue
            if known is None or (known.status not in GONE and self._moves(known, visit)):
                yield self._doctors[visit.doctor, visit.specialty], visit.starts_at

    def _make(self, appointment_id: int, visit: Visit, patient: int) -> _Known:
        known = _Known(
            id=appointment_id,
            external_id=visit.external_id,
            patient=patient,
            starts_at=visit.starts_at,
            specialty=visit.specialty,
            doctor=self._doctor(visit),
            slot=self._take(visit),
            place=visit.place,
            preparation=visit.preparation,
            status=AppointmentStatus.BOOKED,
        )
        zone = str(visit.starts_at.tzinfo)
        self._made.append(
            (
                *(known.id, known.external_id, patient, known.slot, known.doctor, known.specialty, known.starts_at),
                *(zone, known.place, known.preparation, known.status, self._at),
            )
        )
        self._changes.append((known.id, "booked", _NO_DETAIL))
        return known

    def _differs(self, known: _Known, visit: Visit) -> bool:
        said = (visit.place or known.place, visit.preparation or known.preparation)
        return self._moves(known, visit) or (known.place, known.preparation) != said

    def _moves(self, known: _Known, visit: Visit) -> bool:
        other_doctor = visit.doctor and known.doctor != self._doctor(visit)
        return bool(other_doctor) or (known.starts_at, known.specialty) != (visit.starts_at, visit.specialty)

    def _change(self, known: _Known, visit: Visit) -> _Known:
        """The clinic has changed the visit; the time that it had is not offered to anybody: the clinic has it back."""
        changed = known._replace(place=visit.place or known.place, preparation=visit.preparation or known.preparation)
        if self._moves(known, visit):
            changed = changed._replace(
                starts_at=visit.starts_at,
                specialty=visit.specialty,
                doctor=self._doctor(visit),
                slot=self._take(visit),
            )
            self._changes.append((known.id, "moved", {"before": known.starts_at.isoformat()}))
            if known.slot is not None:
                closed = update(Slot).where(Slot.id == known.slot).values(status=SlotStatus.BUSY_UNAVAILABLE)
                self._session.execute(closed.execution_options(synchronize_session=False))
        values = {
            "starts_at": changed.starts_at,
            "specialty": changed.specialty,
            "doctor_id": changed.doctor,
            "slot_id": changed.slot,
            "place": changed.place,
            "preparation": changed.preparation,
        }
        if changed.starts_at != known.starts_at:
            values["confirmed_at"] = None  # that of the old time was meant
        change = update(Appointment).where(Appointment.id == known.id).values(**values)
        self._session.execute(change.execution_options(synchronize_session=False))
        return changed

    def _doctor(self, visit: Visit) -> int | None:
        return self._doctors.get((visit.doctor, visit.specialty))

    def _take(self, visit: Visit) -> int | None:
        """Takes the slot away: the next row for the same doctor and time has none of its own."""
        doctor = self._doctor(visit)
        slot = None if doctor is None else self._slots.pop((doctor, visit.starts_at), None)
        if slot is not None:
            self._busy.append(slot)
        return slot

    def _write(self) -> None:
        if self._busy:
            busy = update(Slot).where(among(self._session, Slot.id, self._busy), Slot.status != SlotStatus.BUSY)
            taken = busy.values(status=SlotStatus.BUSY, held_by=None, held_until=None)
            self._session.execute(taken.execution_options(synchronize_session=False))
        insert_rows(self._session, Appointment, _APPOINTMENT, self._made)
        told = [(appointment, self._at, self._by, what, detail) for appointment, what, detail in self._changes]
        insert_rows(self._session, AppointmentChange, ("appointment_id", "at", "by", "what", "detail"), told)


def _doctors_of(session: Session, visits: Sequence[Visit]) -> dict[tuple[str, str], int]:
    """Ids by name and specialty."""
    wanted = sorted({(visit.doctor, visit.specialty) for visit in visits if visit.doctor})
    insert_missing(session, Doctor, ("name", "specialty"), wanted)
    if not wanted:
        return {}
    named = among(session, Doctor.name, {name for name, _ in wanted})
    query = select(Doctor.name, Doctor.specialty, Doctor.id).where(named)
    return {(name, specialty): doctor_id for name, specialty, doctor_id in session.execute(query)}


def _slots_of(session: Session, wanted: Sequence[tuple[int, datetime]]) -> _Slots:
    """Ids, by doctor and start, of the slots that nobody's living appointment takes; made where there are none."""
    times = sorted(set(wanted))
    made = dict(zip(times, reserve_ids(session, Slot, len(times)), strict=True))
    values = [(slot_id, doctor, starts_at, "", SlotStatus.BUSY) for (doctor, starts_at), slot_id in made.items()]
    if insert_missing(session, Slot, ("id", "doctor_id", "starts_at", "room", "status"), values) == len(times):
        return made
    taken = select(Appointment.slot_id).where(Appointment.slot_id == Slot.id, _STANDS)
    query = select(Slot.doctor_id, Slot.starts_at, Slot.id).where(~taken.exists())
    free: _Slots = {}
    for start in range(0, len(times), _PAIRS):
        some = tuple_(Slot.doctor_id, Slot.starts_at).in_(times[start : start + _PAIRS])
        free |= {(doctor, starts_at): slot_id for doctor, starts_at, slot_id in session.execute(query.where(some))}
    return free
