"""Appointments: seen, confirmed, cancelled."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.store import outbox
from voicebot.store.database import now
from voicebot.store.tables import (
    Appointment,
    AppointmentChange,
    AppointmentStatus,
    Doctor,
    Gender,
    Patient,
    Slot,
    SlotStatus,
)

_AHEAD = (AppointmentStatus.PROPOSED, AppointmentStatus.PENDING, AppointmentStatus.BOOKED)


class Change(StrEnum):
    """What became of a wish to change an appointment."""

    DONE = "done"
    ALREADY = "already"  #: it was so before
    CANCELLED = "cancelled"  #: it is cancelled, so it cannot be confirmed
    OVER = "over"  #: the visit took place, was missed, or its time has passed
    MISSING = "missing"  #: no such appointment


@dataclass(frozen=True, kw_only=True)
class AppointmentView:
    """An appointment as a dialogue speaks of it."""

    id: int
    patient_id: int
    surname: str
    name: str
    patronymic: str
    gender: Gender
    birth_date: date | None
    starts_at: datetime  #: aware, in the zone of the place
    specialty: str  #: a key such as `cardiologist`, or the clinic's own word
    doctor: str  #: empty when the list names none
    place: str
    preparation: str
    status: AppointmentStatus
    confirmed_at: datetime | None
    cancel_reason: str | None

    @property
    def patient(self) -> str:
        """Surname, name and patronymic."""
        return " ".join(part for part in (self.surname, self.name, self.patronymic) if part)


async def get(session: AsyncSession, appointment_id: int) -> AppointmentView | None:
    """The appointment, or None when there is no such."""
    query = (
        select(Appointment, Patient, Doctor.name)
        .join(Patient, Patient.id == Appointment.patient_id)
        .outerjoin(Doctor, Doctor.id == Appointment.doctor_id)
        .where(Appointment.id == appointment_id)
    )
    row = (await session.execute(query)).one_or_none()
    return None if row is None else _view(row[0], row[1], row[2] or "")


async def confirm(session: AsyncSession, appointment_id: int, *, by: str) -> Change:
    """The patient will come. `by`: who or what says so (`call:ID`)."""
    appointment = await _locked(session, appointment_id)
    if appointment is None:
        return Change.MISSING
    if appointment.status is AppointmentStatus.CANCELLED:
        return Change.CANCELLED
    if _is_over(session, appointment):
        return Change.OVER
    if appointment.confirmed_at is not None:
        return Change.ALREADY
    appointment.confirmed_at = now(session)
    appointment.status = AppointmentStatus.BOOKED
    _note(session, appointment, by, "confirmed")
    await outbox.put(session, "appointment.confirmed", {"appointment_id": appointment.id})
    return Change.DONE


async def cancel(session: AsyncSession, appointment_id: int, *, reason: str, by: str) -> Change:
    """The patient will not come: the slot becomes free, and the outbox tells that it did."""
    appointment = await _locked(session, appointment_id)
    if appointment is None:
        return Change.MISSING
    if appointment.status is AppointmentStatus.CANCELLED:
        return Change.ALREADY
    if _is_over(session, appointment):
        return Change.OVER
    appointment.status = AppointmentStatus.CANCELLED
    appointment.cancel_reason = reason
    appointment.confirmed_at = None
    _note(session, appointment, by, "cancelled", reason=reason)
    await outbox.put(session, "appointment.cancelled", {"appointment_id": appointment.id, "reason": reason})
    await _free_slot(session, appointment)
    return Change.DONE


async def note_reason(session: AsyncSession, appointment_id: int, *, reason: str, by: str) -> None:
    """Why a cancelled appointment was cancelled, learnt afterwards; no effect on one that stands."""
    appointment = await _locked(session, appointment_id)
    if appointment is not None and appointment.status is AppointmentStatus.CANCELLED:
        appointment.cancel_reason = reason
        _note(session, appointment, by, "reason", reason=reason)


async def _locked(session: AsyncSession, appointment_id: int) -> Appointment | None:
    return await session.get(Appointment, appointment_id, with_for_update=True, populate_existing=True)


def _is_over(session: AsyncSession, appointment: Appointment) -> bool:
    return appointment.status not in _AHEAD or appointment.starts_at <= now(session)


async def _free_slot(session: AsyncSession, appointment: Appointment) -> None:
    if appointment.slot_id is None:
        return
    slot = await session.get_one(Slot, appointment.slot_id, with_for_update=True, populate_existing=True)
    slot.status = SlotStatus.FREE
    told = {"slot_id": slot.id, "doctor_id": slot.doctor_id, "starts_at": slot.starts_at.isoformat()}
    await outbox.put(session, "slot.freed", told)


def _note(session: AsyncSession, appointment: Appointment, by: str, what: str, **detail: Any) -> None:
    session.add(AppointmentChange(appointment_id=appointment.id, at=now(session), by=by, what=what, detail=detail))


def _view(appointment: Appointment, patient: Patient, doctor: str) -> AppointmentView:
    return AppointmentView(
        id=appointment.id,
        patient_id=patient.id,
        surname=patient.surname,
        name=patient.name,
        patronymic=patient.patronymic,
        gender=patient.gender,
        birth_date=patient.birth_date,
        starts_at=appointment.starts_at.astimezone(ZoneInfo(appointment.zone)),
        specialty=appointment.specialty,
        doctor=doctor,
        place=appointment.place,
        preparation=appointment.preparation,
        status=appointment.status,
        confirmed_at=appointment.confirmed_at,
        cancel_reason=appointment.cancel_reason,
    )
