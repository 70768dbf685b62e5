"""Appointments of a list's rows, with their doctors and slots: found in the store, or made."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from voicebot.outbound.list_row import ListRow, Visit
from voicebot.store.database import now
from voicebot.store.tables import (
    Appointment,
    AppointmentChange,
    AppointmentStatus,
    Doctor,
    Patient,
    Slot,
    SlotStatus,
)
from voicebot.store.upsert import insert_new

_GONE = (AppointmentStatus.CANCELLED, AppointmentStatus.ENTERED_IN_ERROR, AppointmentStatus.NOSHOW)

_Key = tuple[int, datetime, int | None, str]  #: patient, start, doctor, specialty


def appointments_of(
    session: Session, rows: Sequence[ListRow], patients: Sequence[Patient], *, by: str
) -> list[int | None]:
    """The appointment's id of each row, None for rows that tell of no visit.

    One that is there stays as it is: what a patient cancelled is not booked again by loading yesterday's list.
    """
    doctors = _doctors_of(session, rows)
    slots = _slots_of(session, rows, doctors)
    known = _known(session, rows, patients)
    made: list[Appointment] = []
    for row, patient in zip(rows, patients, strict=True):
        if row.visit is None or (key := _key(patient, row.visit, doctors)) in known:
            continue
        known[key] = _new_appointment(session, row.visit, patient, doctors, slots)
        made.append(known[key])
    session.flush()
    _mark_booked(session, made, by)
    return [
        None if row.visit is None else known[_key(patient, row.visit, doctors)].id
        for row, patient in zip(rows, patients, strict=True)
    ]


def _doctors_of(session: Session, rows: Sequence[ListRow]) -> dict[tuple[str, str], int]:
    """Ids by name and specialty."""
    wanted = {(row.visit.doctor, row.visit.specialty) for row in rows if row.visit and row.visit.doctor}
    if not wanted:
        return {}
    values = [{"name": name, "specialty": specialty} for name, specialty in sorted(wanted)]
    session.execute(insert_new(session, Doctor), values)
    query = select(Doctor.name, Doctor.specialty, Doctor.id).where(Doctor.name.in_({name for name, _ in wanted}))
    return {(name, specialty): doctor_id for name, specialty, doctor_id in session.execute(query)}


def _slots_of(
    session: Session, rows: Sequence[ListRow], doctors: dict[tuple[str, str], int]
) -> dict[tuple[int, datetime], int]:
    """Ids, by doctor and start, of the slots that nobody's living appointment takes."""
    wanted = {
        (doctors[row.visit.doctor, row.visit.specialty], row.visit.starts_at)
        for row in rows
        if row.visit and row.visit.doctor
    }
    if not wanted:
        return {}
    values = [{"doctor_id": doctor, "starts_at": starts_at, "status": SlotStatus.BUSY} for doctor, starts_at in wanted]
    session.execute(insert_new(session, Slot), values)
    taken = select(Appointment.slot_id).where(Appointment.slot_id == Slot.id, Appointment.status.not_in(_GONE))
    query = select(Slot.doctor_id, Slot.starts_at, Slot.id).where(
        Slot.doctor_id.in_({doctor for doctor, _ in wanted}),
        Slot.starts_at.in_({starts_at for _, starts_at in wanted}),
        ~taken.exists(),
    )
    return {(doctor, starts_at): slot_id for doctor, starts_at, slot_id in session.execute(query)}


def _known(session: Session, rows: Sequence[ListRow], patients: Sequence[Patient]) -> dict[_Key, Appointment]:
    query = select(Appointment).where(
        Appointment.patient_id.in_({patient.id for patient in patients}),
        Appointment.starts_at.in_({row.visit.starts_at for row in rows if row.visit}),
    )
    return {(one.patient_id, one.starts_at, one.doctor_id, one.specialty): one for one in session.scalars(query)}


def _key(patient: Patient, visit: Visit, doctors: dict[tuple[str, str], int]) -> _Key:
    return patient.id, visit.starts_at, doctors.get((visit.doctor, visit.specialty)), visit.specialty


def _new_appointment(
    session: Session,
    visit: Visit,
    patient: Patient,
    doctors: dict[tuple[str, str], int],
    slots: dict[tuple[int, datetime], int],
) -> Appointment:
    """Takes the slot away: the next row for the same doctor and time has none of its own."""
    doctor = doctors.get((visit.doctor, visit.specialty))
    appointment = Appointment(
        patient_id=patient.id,
        slot_id=None if doctor is None else slots.pop((doctor, visit.starts_at), None),
        doctor_id=doctor,
        specialty=visit.specialty,
        starts_at=visit.starts_at,
        zone=str(visit.starts_at.tzinfo),
        place=visit.place,
        preparation=visit.preparation,
        status=AppointmentStatus.BOOKED,
        created_at=now(session),
    )
    session.add(appointment)
    return appointment


def _mark_booked(session: Session, made: Sequence[Appointment], by: str) -> None:
    at = now(session)
    session.add_all(AppointmentChange(appointment_id=one.id, at=at, by=by, what="booked", detail={}) for one in made)
    taken = [one.slot_id for one in made if one.slot_id is not None]
    busy = update(Slot).where(Slot.id.in_(taken)).values(status=SlotStatus.BUSY)
    session.execute(busy.execution_options(synchronize_session=False))
