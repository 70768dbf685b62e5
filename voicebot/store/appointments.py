"""Appointments: seen, confirmed, moved, cancelled."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.store import booking, history, outbox
from voicebot.store.database import now
from voicebot.store.tables import Appointment, AppointmentStatus, Contact, ContactState, Doctor, Gender, Patient

VISIT_CHANGED = "visit_changed"  #: why contacts are withdrawn whose visit was cancelled or moved

_AHEAD = (AppointmentStatus.PROPOSED, AppointmentStatus.PENDING, AppointmentStatus.BOOKED)


class Change(StrEnum):
    """What became of a wish to change an appointment."""

    DONE = "done"
    ALREADY = "already"  #: it was so before
    CANCELLED = "cancelled"  #: it is cancelled, so it cannot be confirmed
    OVER = "over"  #: the visit took place, was missed, or its time has passed
    MISSING = "missing"  #: no such appointment
    TAKEN = "taken"  #: the new slot is not free any more


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


_WITH_PEOPLE = (
    select(Appointment, Patient, Doctor.name)
    .join(Patient, Patient.id == Appointment.patient_id)
    .outerjoin(Doctor, Doctor.id == Appointment.doctor_id)
)


async def get(session: AsyncSession, appointment_id: int) -> AppointmentView | None:
    """The appointment, or None when there is no such."""
    row = (await session.execute(_WITH_PEOPLE.where(Appointment.id == appointment_id))).one_or_none()
    return None if row is None else _view(row[0], row[1], row[2] or "")


async def ahead(session: AsyncSession, patient_id: int) -> list[AppointmentView]:
    """The patient's visits to come, the nearest first."""
    query = _WITH_PEOPLE.where(
        Appointment.patient_id == patient_id,
        Appointment.starts_at > now(session),
        Appointment.status.in_(_AHEAD),
    ).order_by(Appointment.starts_at)
    return [_view(row[0], row[1], row[2] or "") for row in await session.execute(query)]


async def listed(
    session: AsyncSession,
    *,
    patient_id: int | None = None,
    doctor_id: int | None = None,
    after: datetime | None = None,
    before: datetime | None = None,
    limit: int = 100,
) -> list[AppointmentView]:
    """Visits of a patient, a doctor, a time, whatever became of them; the earliest first."""
    query = _WITH_PEOPLE
    if patient_id is not None:
        query = query.where(Appointment.patient_id == patient_id)
    if doctor_id is not None:
        query = query.where(Appointment.doctor_id == doctor_id)
    if after is not None:
        query = query.where(Appointment.starts_at >= after)
    if before is not None:
        query = query.where(Appointment.starts_at < before)
    found = await session.execute(query.order_by(Appointment.starts_at, Appointment.id).limit(limit))
    return [_view(row[0], row[1], row[2] or "") for row in found]


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
    history.note(session, appointment.id, by=by, what="confirmed")
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
    history.note(session, appointment.id, by=by, what="cancelled", reason=reason)
    await outbox.put(session, "appointment.cancelled", {"appointment_id": appointment.id, "reason": reason})
    await _call_nobody_about(session, appointment.id)
    if appointment.slot_id is not None:
        await booking.free(session, appointment.slot_id)
    return Change.DONE


async def move(session: AsyncSession, appointment_id: int, slot_id: int, *, by: str) -> Change:
    """To another slot, free or held by `by`; the old one becomes free, and the outbox tells that it did.

    The new time is not confirmed: that of the old one was meant.
    """
    appointment = await _locked(session, appointment_id)
    if appointment is None:
        return Change.MISSING
    if appointment.status is AppointmentStatus.CANCELLED:
        return Change.CANCELLED
    if _is_over(session, appointment):
        return Change.OVER
    if appointment.slot_id == slot_id:
        return Change.ALREADY
    before = appointment.starts_at
    slot = await booking.exchange(session, slot_id, appointment.slot_id, by=by)
    if slot is None:
        return Change.TAKEN
    await booking.settle(session, appointment, slot)
    appointment.confirmed_at = None
    told = {"before": before.isoformat(), "starts_at": slot.starts_at.isoformat()}
    history.note(session, appointment.id, by=by, what="moved", **told)
    await outbox.put(session, "appointment.moved", {"appointment_id": appointment.id, "slot_id": slot.id, **told})
    await _call_nobody_about(session, appointment.id)
    return Change.DONE


async def note_reason(session: AsyncSession, appointment_id: int, *, reason: str, by: str) -> None:
    """Why a cancelled appointment was cancelled, learnt afterwards; no effect on one that stands."""
    appointment = await _locked(session, appointment_id)
    if appointment is not None and appointment.status is AppointmentStatus.CANCELLED:
        appointment.cancel_reason = reason
        history.note(session, appointment.id, by=by, what="reason", reason=reason)


async def _call_nobody_about(session: AsyncSession, appointment_id: int) -> None:
    """Campaigns whose contacts wait for a call about the visit as it was: the patient knows better."""
    waiting = update(Contact).where(Contact.appointment_id == appointment_id, Contact.state == ContactState.WAITING)
    withdrawn = waiting.values(state=ContactState.WITHDRAWN, why=VISIT_CHANGED)
    await session.execute(withdrawn.execution_options(synchronize_session=False))


async def _locked(session: AsyncSession, appointment_id: int) -> Appointment | None:
    return await session.get(Appointment, appointment_id, with_for_update=True, populate_existing=True)


def _is_over(session: AsyncSession, appointment: Appointment) -> bool:
    return appointment.status not in _AHEAD or appointment.starts_at <= now(session)


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
