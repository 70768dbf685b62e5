"""Slots taken: held for the length of a talk, booked, set free."""

from datetime import datetime

from sqlalchemy import and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.store import history, outbox
from voicebot.store.database import now
from voicebot.store.slots import place_of
from voicebot.store.tables import Appointment, AppointmentStatus, Doctor, Service, Site, Slot, SlotStatus


async def hold(session: AsyncSession, slot_id: int, *, by: str, until: datetime) -> bool:
    """Keep a free slot for a talk until `until`; False when somebody else has it. `by`: `call:ID`.

    Holding it again prolongs the hold; a hold that has run out is anybody's.
    """
    at = now(session)
    free_or_own = or_(
        Slot.status == SlotStatus.FREE,
        and_(Slot.status == SlotStatus.BUSY_TENTATIVE, or_(Slot.held_until <= at, Slot.held_by == by)),
    )
    taken = (
        update(Slot)
        .where(Slot.id == slot_id, Slot.starts_at > at, free_or_own)
        .values(status=SlotStatus.BUSY_TENTATIVE, held_by=by, held_until=until)
        .returning(Slot.id)
        .execution_options(synchronize_session=False)
    )
    return (await session.execute(taken)).scalar_one_or_none() is not None


async def release(session: AsyncSession, *, by: str) -> None:
    """Give back all that a talk holds and has not booked."""
    # Locked in one order, as everywhere: two who lock several slots must not wait for each other.
    held = select(Slot.id).where(Slot.held_by == by, Slot.status == SlotStatus.BUSY_TENTATIVE).order_by(Slot.id)
    ids = (await session.scalars(held.with_for_update())).all()
    free = update(Slot).where(Slot.id.in_(ids)).values(status=SlotStatus.FREE, held_by=None, held_until=None)
    await session.execute(free.execution_options(synchronize_session=False))


async def book(
    session: AsyncSession, slot_id: int, *, patient_id: int, by: str, service_id: int | None = None
) -> int | None:
    """Make an appointment of a slot that is free or held by `by`; gives its id.

    None: it was taken meanwhile, has passed, or is not there. The outbox tells of it.
    """
    slot = await take(session, slot_id, by=by)
    if slot is None:
        return None
    appointment = Appointment(patient_id=patient_id, status=AppointmentStatus.BOOKED, created_at=now(session))
    appointment.service_id = service_id or slot.service_id
    await settle(session, appointment, slot)
    session.add(appointment)
    await session.flush()
    history.note(session, appointment.id, by=by, what="booked", slot=slot.id)
    told = {"appointment_id": appointment.id, "slot_id": slot.id, "starts_at": slot.starts_at.isoformat()}
    await outbox.put(session, "appointment.booked", told)
    return appointment.id


async def settle(session: AsyncSession, appointment: Appointment, slot: Slot) -> None:
    """Write the slot's doctor, time and place into the appointment."""
    doctor = await session.get_one(Doctor, slot.doctor_id)
    site = await session.get(Site, slot.site_id) if slot.site_id is not None else None
    service = await session.get(Service, appointment.service_id) if appointment.service_id is not None else None
    appointment.slot_id, appointment.doctor_id = slot.id, doctor.id
    appointment.specialty, appointment.starts_at = doctor.specialty, slot.starts_at
    appointment.site_id = slot.site_id
    appointment.zone = site.zone if site else appointment.zone or str(now(session).tzinfo)
    appointment.place = place_of(site.address if site else None, slot.room) or appointment.place or ""
    appointment.preparation = (service.preparation if service else appointment.preparation) or ""


async def take(session: AsyncSession, slot_id: int, *, by: str) -> Slot | None:
    """Lock a slot and make it busy, if it may be taken."""
    slot = await _locked(session, slot_id)
    if slot is None or slot.starts_at <= now(session) or not _is_free_for(slot, by, now(session)):
        return None
    slot.status, slot.held_by, slot.held_until = SlotStatus.BUSY, None, None
    return slot


async def exchange(session: AsyncSession, new_id: int, old_id: int | None, *, by: str) -> Slot | None:
    """Take one slot and set another free, or neither."""
    for slot_id in sorted({new_id, old_id or new_id}):
        await _locked(session, slot_id)
    slot = await take(session, new_id, by=by)
    if slot is not None and old_id is not None:
        await free(session, old_id)
    return slot


async def free(session: AsyncSession, slot_id: int) -> None:
    """Set a slot free; the outbox tells, and the waiting list lives on it."""
    slot = await _locked(session, slot_id)
    if slot is None:
        return
    slot.status = SlotStatus.FREE
    told = {"slot_id": slot.id, "doctor_id": slot.doctor_id, "starts_at": slot.starts_at.isoformat()}
    await outbox.put(session, "slot.freed", told)


def _is_free_for(slot: Slot, by: str, at: datetime) -> bool:
    if slot.status is not SlotStatus.BUSY_TENTATIVE:
        return slot.status is SlotStatus.FREE
    return slot.held_by == by or slot.held_until is None or slot.held_until <= at


async def _locked(session: AsyncSession, slot_id: int) -> Slot | None:
    return await session.get(Slot, slot_id, with_for_update=True, populate_existing=True)
