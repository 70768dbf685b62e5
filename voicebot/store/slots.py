"""Free times of doctors: searched by specialty, doctor, site and wish, nearest first."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, and_, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.store.database import now
from voicebot.store.tables import Doctor, Site, Slot, SlotStatus
from voicebot.store.wishes import Wish

_PAGE = 300  # slots looked at in one query
_AHEAD = timedelta(days=120)  # nobody books further ahead by telephone


class Fit(StrEnum):
    """How what was found answers the wish: as wished, or "then nothing, but …"."""

    WISHED = "wished"
    OTHER_HOURS = "other_hours"  #: on the wished days, at other hours
    OTHER_DAYS = "other_days"  #: at the wished hours, on other days
    OTHER_TIME = "other_time"  #: neither the day nor the hour, but not what was ruled out
    OTHER_DOCTOR = "other_doctor"  #: as wished, at another doctor of the specialty
    OTHER_SITE = "other_site"  #: as wished, in another building
    NOTHING = "nothing"


@dataclass(frozen=True, kw_only=True)
class SlotView:
    """A free time as a dialogue speaks of it."""

    id: int
    starts_at: datetime  #: aware, in the zone of the place
    doctor_id: int
    doctor: str
    specialty: str
    place: str  #: address and room as they are said; empty where the clinic has but one


@dataclass(frozen=True, kw_only=True)
class Query:
    """What is looked for; None: any."""

    specialty: str | None = None
    doctor_id: int | None = None
    site_id: int | None = None
    service_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Found:
    """Free times and how they answer the wish."""

    fit: Fit
    slots: tuple[SlotView, ...] = ()


async def offers(
    session: AsyncSession,
    *,
    specialty: str | None = None,
    doctor_id: int | None = None,
    site_id: int | None = None,
    service_id: int | None = None,
    after: datetime,
    limit: int = 3,
    wish: Any = None,
    by: str = "",
) -> list[SlotView]:
    """Free times that are as wished, the nearest first; none where nothing is.

    `after`: aware; a slot without a site is shown in its zone. `wish`: values of `Kind.WHEN`, see `Wish.read`.
    `by`: whose own holds count as free.
    """
    query = Query(specialty=specialty, doctor_id=doctor_id, site_id=site_id, service_id=service_id)
    return await _nearest(session, query, Wish.read(wish), after=after, limit=limit, by=by)


async def search(
    session: AsyncSession, query: Query, *, after: datetime, limit: int = 3, wish: Any = None, by: str = ""
) -> Found:
    """Free times as wished, else those that come nearest to the wish, and in what they differ from it."""
    asked = Wish.read(wish)
    for fit, other_query, other_wish in _concessions(query, asked):
        if other_query.specialty is None and fit is Fit.OTHER_DOCTOR:
            other_query = replace(other_query, specialty=await _specialty_of(session, query))
        found = await _nearest(session, other_query, other_wish, after=after, limit=limit, by=by)
        others = [slot for slot in found if fit is not Fit.OTHER_DOCTOR or slot.doctor_id != query.doctor_id]
        if others:
            return Found(fit=fit, slots=tuple(others))
    return Found(fit=Fit.NOTHING)


async def get(session: AsyncSession, slot_id: int) -> SlotView | None:
    """A slot, free or not."""
    row = (await session.execute(_VIEW.where(Slot.id == slot_id))).one_or_none()
    return None if row is None else _view(row, now(session))


def _concessions(query: Query, wish: Wish) -> list[tuple[Fit, Query, Wish]]:
    """What is tried one after another: first the time gives way, then the doctor, then the building."""
    steps = [(Fit.WISHED, query, wish)]
    if wish.names_hours and wish.names_days:
        steps.append((Fit.OTHER_HOURS, query, wish.at_any_hour()))
        steps.append((Fit.OTHER_DAYS, query, wish.on_any_day()))
    if wish.wanted:
        steps.append((Fit.OTHER_TIME, query, wish.at_any_time()))
    if query.doctor_id is not None:
        steps.append((Fit.OTHER_DOCTOR, replace(query, doctor_id=None), wish))
        steps.append((Fit.OTHER_DOCTOR, replace(query, doctor_id=None), wish.at_any_time()))
    if query.site_id is not None:
        steps.append((Fit.OTHER_SITE, replace(query, site_id=None), wish))
    return steps


async def _specialty_of(session: AsyncSession, query: Query) -> str | None:
    return await session.scalar(select(Doctor.specialty).where(Doctor.id == query.doctor_id))


async def _nearest(
    session: AsyncSession, query: Query, wish: Wish, *, after: datetime, limit: int, by: str
) -> list[SlotView]:
    chosen: list[tuple[datetime, int]] = []
    last_day: date | None = None
    async for slot_id, starts_at in _free(session, query, wish, after, by):
        if last_day is not None and starts_at.date() > last_day:
            break
        if wish.covers(starts_at):
            chosen.append((starts_at, slot_id))
            if len(chosen) >= limit:
                last_day = starts_at.date()  # a later time of that day may be nearer to the clock time that was named
    chosen.sort(key=lambda one: wish.nearness(one[0]))
    return await _views(session, [slot_id for _, slot_id in chosen[:limit]], after)


async def _free(
    session: AsyncSession, query: Query, wish: Wish, after: datetime, by: str
) -> AsyncIterator[tuple[int, datetime]]:
    """Ids and local starts of free slots in the order of time, a page at a time."""
    after = max(after, now(session))
    first, last = wish.days()
    # A day begins elsewhere up to 14 hours earlier or later; the wish itself is tested on the local time.
    since = max(after, _midnight(first, after) - timedelta(hours=14)) if first else after
    until = min(after + _AHEAD, _midnight(last, after) + timedelta(hours=14)) if last else after + _AHEAD
    # Their ids, not a sub-query: PostgreSQL then goes through these doctors' times only, not through everybody's.
    doctors = await _doctors_of(session, query.specialty) if query.specialty is not None else None
    page = _page(query, doctors, now(session), by).where(Slot.starts_at < until).limit(_PAGE)
    place: tuple[datetime, int] = (since, 0)
    while True:
        rows = (await session.execute(page.where(tuple_(Slot.starts_at, Slot.id) > place))).all()
        for slot_id, starts_at, zone in rows:
            yield slot_id, starts_at.astimezone(ZoneInfo(zone) if zone else after.tzinfo)
        if len(rows) < _PAGE:
            return
        place = (rows[-1].starts_at, rows[-1].id)


async def _doctors_of(session: AsyncSession, specialty: str) -> Sequence[int]:
    return (await session.scalars(select(Doctor.id).where(Doctor.specialty == specialty))).all()


def _page(query: Query, doctors: Sequence[int] | None, at: datetime, by: str) -> "Select[int, datetime, str]":
    held_by_nobody = or_(Slot.held_until <= at, Slot.held_by == by)
    is_free = or_(Slot.status == SlotStatus.FREE, and_(Slot.status == SlotStatus.BUSY_TENTATIVE, held_by_nobody))
    chosen = (
        select(Slot.id, Slot.starts_at, Site.zone)
        .outerjoin(Site, Site.id == Slot.site_id)
        .where(Slot.status.in_((SlotStatus.FREE, SlotStatus.BUSY_TENTATIVE)), is_free)
        .order_by(Slot.starts_at, Slot.id)
    )
    if query.doctor_id is not None:
        chosen = chosen.where(Slot.doctor_id == query.doctor_id)
    if doctors is not None:
        chosen = chosen.where(Slot.doctor_id.in_(doctors))
    if query.site_id is not None:
        chosen = chosen.where(Slot.site_id == query.site_id)
    if query.service_id is not None:
        chosen = chosen.where(or_(Slot.service_id.is_(None), Slot.service_id == query.service_id))
    return chosen


def _midnight(day: date, beside: datetime) -> datetime:
    return datetime.combine(day, time.min, beside.tzinfo)


_VIEW = (
    select(Slot.id, Slot.starts_at, Slot.room, Doctor.id, Doctor.name, Doctor.specialty, Site.address, Site.zone)
    .join(Doctor, Doctor.id == Slot.doctor_id)
    .outerjoin(Site, Site.id == Slot.site_id)
)


async def _views(session: AsyncSession, ids: Sequence[int], after: datetime) -> list[SlotView]:
    """In the order of the ids."""
    if not ids:
        return []
    views = {row[0]: _view(row, after) for row in await session.execute(_VIEW.where(Slot.id.in_(ids)))}
    return [views[slot_id] for slot_id in ids]


def _view(row: Sequence[Any], beside: datetime) -> SlotView:
    slot_id, starts_at, room, doctor_id, doctor, specialty, address, zone = row
    return SlotView(
        id=slot_id,
        starts_at=starts_at.astimezone(ZoneInfo(zone) if zone else beside.tzinfo),
        doctor_id=doctor_id,
        doctor=doctor,
        specialty=specialty,
        place=place_of(address, room),
    )


def place_of(address: str | None, room: str) -> str:
    """Address and room in one phrase."""
    return ", ".join(part for part in (address, room) if part)
