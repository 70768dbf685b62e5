"""The waiting list: a freed slot goes to whoever waits for it longest."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.errors import StoreError
from voicebot.store import appointments, booking, outbox
from voicebot.store.appointments import Change
from voicebot.store.database import now
from voicebot.store.tables import Appointment, Doctor, Site, Slot, SlotStatus, Wait, WaitState
from voicebot.store.wishes import Wish


@dataclass(frozen=True, kw_only=True)
class WaitView:
    """Somebody who waits."""

    id: int
    patient_id: int
    specialty: str
    doctor_id: int | None
    appointment_id: int | None  #: the visit that they would change for an earlier one
    state: WaitState
    slot_id: int | None  #: what is offered to them
    created_at: datetime


async def add(
    session: AsyncSession,
    *,
    patient_id: int,
    specialty: str,
    doctor_id: int | None = None,
    site_id: int | None = None,
    appointment_id: int | None = None,
    wish: Any = None,
    until: datetime | None = None,
    by: str,
) -> int:
    """Let a patient wait; gives the entry's id. One who waits for the same already keeps their place.

    Raises:
        ValueError: the wish is no value of `Kind.WHEN`.
    """
    Wish.read(wish)  # what cannot be read would only be noticed when a slot gets free
    same = select(Wait.id).where(
        Wait.patient_id == patient_id,
        Wait.specialty == specialty,
        Wait.doctor_id == doctor_id if doctor_id is not None else Wait.doctor_id.is_(None),
        Wait.state.in_((WaitState.WAITING, WaitState.OFFERED)),
    )
    known = await session.scalar(same)
    if known is not None:
        return known
    wait = Wait(
        patient_id=patient_id,
        specialty=specialty,
        doctor_id=doctor_id,
        site_id=site_id,
        appointment_id=appointment_id,
        wish=wish,
        until=until,
        state=WaitState.WAITING,
        created_at=now(session),
        created_by=by,
    )
    session.add(wait)
    await session.flush()
    return wait.id


async def waiting(session: AsyncSession, *, limit: int = 100) -> list[WaitView]:
    """Who waits or is being asked, the longest first."""
    await _refresh(session)
    query = select(Wait).where(Wait.state.in_((WaitState.WAITING, WaitState.OFFERED)))
    return [_view(wait) for wait in await session.scalars(query.order_by(Wait.created_at, Wait.id).limit(limit))]


async def offer(
    session: AsyncSession, slot_id: int, *, until: datetime, unwanted_by: frozenset[int] = frozenset()
) -> WaitView | None:
    """Hold a freed slot for the first who waits for such a one; None: nobody does, or it is taken already.

    The slot is held by `wait:ID`. `unwanted_by`: entries that have declined it.
    """
    await _refresh(session)
    slot = await session.get(Slot, slot_id)
    if slot is None:
        return None
    wait = await _first(session, slot, unwanted_by)
    if wait is None or not await booking.hold(session, slot_id, by=holder(wait.id), until=until):
        return None
    wait.state, wait.slot_id = WaitState.OFFERED, slot_id
    await outbox.put(session, "waitlist.offered", {"wait_id": wait.id, "slot_id": slot_id})
    return _view(wait)


async def accept(session: AsyncSession, wait_id: int, *, by: str) -> int | None:
    """The patient takes what is offered; gives the id of the visit, None: it was lost meanwhile, and they wait on.

    Raises:
        StoreError: nothing is offered to them.
    """
    wait = await _offered(session, wait_id)
    slot_id = wait.slot_id or 0
    if wait.appointment_id is not None:  # locked before the slots, as everywhere
        await session.get(Appointment, wait.appointment_id, with_for_update=True, populate_existing=True)
    # From here on the slot is the talk's: what is done is done by it.
    if not await _hand_over(session, slot_id, holder(wait_id), by):
        booked = None
    elif wait.appointment_id is None:
        booked = await booking.book(session, slot_id, patient_id=wait.patient_id, by=by)
    else:
        done = await appointments.move(session, wait.appointment_id, slot_id, by=by)
        booked = wait.appointment_id if done is Change.DONE else None
    wait.state = WaitState.WAITING if booked is None else WaitState.BOOKED
    wait.slot_id = None
    await session.flush()
    return booked


async def decline(session: AsyncSession, wait_id: int, *, keep_waiting: bool = True) -> None:
    """The patient does not want this time, or does not wait any more; the slot is free for the next.

    Raises:
        StoreError: nothing is offered to them.
    """
    wait = await _offered(session, wait_id)
    await booking.release(session, by=holder(wait_id))
    wait.state, wait.slot_id = (WaitState.WAITING if keep_waiting else WaitState.WITHDRAWN), None
    await session.flush()


def holder(wait_id: int) -> str:
    """Whose name a held slot bears while somebody of the list is asked."""
    return f"wait:{wait_id}"


async def _refresh(session: AsyncSession) -> None:
    """An offer that nobody answered in time is none any more; who wanted an earlier time than now waits no more."""
    held = select(Slot.id).where(Slot.status == SlotStatus.BUSY_TENTATIVE, Slot.held_until > now(session))
    unanswered = update(Wait).where(Wait.state == WaitState.OFFERED, Wait.slot_id.not_in(held))
    too_late = update(Wait).where(Wait.state == WaitState.WAITING, Wait.until <= now(session))
    for change in (
        unanswered.values(state=WaitState.WAITING, slot_id=None),
        too_late.values(state=WaitState.EXPIRED),
    ):
        await session.execute(change.execution_options(synchronize_session=False))


async def _first(session: AsyncSession, slot: Slot, unwanted_by: frozenset[int]) -> Wait | None:
    doctor = await session.get_one(Doctor, slot.doctor_id)
    zone = await session.scalar(select(Site.zone).where(Site.id == slot.site_id))
    starts_at = slot.starts_at.astimezone(ZoneInfo(zone) if zone else now(session).tzinfo)
    query = (
        select(Wait)
        .where(
            Wait.state == WaitState.WAITING,
            Wait.specialty == doctor.specialty,
            or_(Wait.doctor_id.is_(None), Wait.doctor_id == doctor.id),
            or_(Wait.site_id.is_(None), Wait.site_id == slot.site_id),
            or_(Wait.until.is_(None), Wait.until > slot.starts_at),
        )
        .order_by(Wait.created_at, Wait.id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    for wait in await session.scalars(query):
        if (
            wait.id not in unwanted_by
            and Wish.read(wait.wish).covers(starts_at)
            and await _earlier(session, wait, slot)
        ):
            return wait
    return None


async def _earlier(session: AsyncSession, wait: Wait, slot: Slot) -> bool:
    """Whoever has a visit already waits for an earlier one."""
    if wait.appointment_id is None:
        return True
    visit = await appointments.get(session, wait.appointment_id)
    return visit is not None and slot.starts_at < visit.starts_at


async def _offered(session: AsyncSession, wait_id: int) -> Wait:
    wait = await session.get(Wait, wait_id, with_for_update=True, populate_existing=True)
    if wait is None or wait.state is not WaitState.OFFERED:
        raise StoreError("nothing is offered to this entry of the waiting list", place=f"waitlist {wait_id}")
    return wait


async def _hand_over(session: AsyncSession, slot_id: int, giver: str, taker: str) -> bool:
    given = update(Slot).where(Slot.id == slot_id, Slot.held_by == giver).values(held_by=taker).returning(Slot.id)
    return (await session.execute(given.execution_options(synchronize_session=False))).scalar_one_or_none() is not None


def _view(wait: Wait) -> WaitView:
    return WaitView(
        id=wait.id,
        patient_id=wait.patient_id,
        specialty=wait.specialty,
        doctor_id=wait.doctor_id,
        appointment_id=wait.appointment_id,
        state=wait.state,
        slot_id=wait.slot_id,
        created_at=wait.created_at,
    )
