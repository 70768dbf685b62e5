"""A freed time is held for whoever waits for it longest, and they are called; if nothing comes of it, the next."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.config import Clinic
from voicebot.outbound import reachable
from voicebot.outbound.campaigns import CampaignView
from voicebot.outbound.enrolment import add
from voicebot.outbound.policy import History, NumberHistory, Why, decide
from voicebot.outbound.reachable import Line
from voicebot.outbound.sources import Waitlist
from voicebot.outbound.step import entry
from voicebot.store import slots, waitlist
from voicebot.store.database import now
from voicebot.store.tables import Appointment, Contact, ContactState, Doctor, Site, Slot, SlotStatus, Wait, WaitState
from voicebot.store.wishes import Wish

_TALK = timedelta(minutes=15)  # a time is held so much longer than its patient is tried: they may be talking
_LOOKED = 1000  # waiting people, and free times, looked at in one transaction


class _Free(NamedTuple):
    """A time that nobody has."""

    id: int
    starts_at: datetime  #: in the zone of the place
    specialty: str
    doctor: int
    site: int | None


class _Waiting(NamedTuple):
    """Somebody who can be called now about a time."""

    id: int
    patient: int
    specialty: str
    doctor: int | None
    site: int | None
    until: datetime | None
    visit: datetime | None  #: which they would change for an earlier one
    wish: Wish
    lines: Sequence[Line]
    asked: Collection[str]  #: what they were called about: a time is offered to them once

    def suits(self, slot: _Free) -> bool:
        """Whether this time may be what they wait for."""
        latest = min(filter(None, (self.until, self.visit)), default=None)
        return (
            self.specialty == slot.specialty
            and self.doctor in (None, slot.doctor)
            and self.site in (None, slot.site)
            and (latest is None or slot.starts_at < latest)
            and subject(slot.id) not in self.asked
            and self.wish.covers(slot.starts_at)
        )


def subject(slot_id: int) -> str:
    """What a contact that is offered a freed time is about."""
    return f"slot {slot_id}"


async def step(session: AsyncSession, campaign: CampaignView, source: Waitlist, clinic: Clinic) -> int:
    """Take back offers that came to nothing, and make one new offer; gives 1, or 0 when there was none to make."""
    await _expire(session, campaign)
    everybody = await waitlist.waiting(session, limit=_LOOKED)
    await _take_back(session, campaign, [one.id for one in everybody if one.state is WaitState.OFFERED])
    waiting = await _callable(session, campaign, source, clinic)
    for slot in await _free(session, source, {one.specialty for one in waiting}, clinic):
        suited = {one.id: one for one in waiting if one.suits(slot)}
        others = frozenset(one.id for one in everybody) - suited.keys()
        if suited and await _offer(session, campaign, source, slot, suited, others):
            return 1
    return 0


async def _expire(session: AsyncSession, campaign: CampaignView) -> None:
    """Who was not reached while the time was held is not called about it any more."""
    late = update(Contact).where(
        Contact.campaign_id == campaign.id, Contact.state == ContactState.WAITING, Contact.expires_at <= now(session)
    )
    ended = late.values(state=ContactState.EXPIRED, why=Why.EXPIRED)
    await session.execute(ended.execution_options(synchronize_session=False))


async def _take_back(session: AsyncSession, campaign: CampaignView, offered: Sequence[int]) -> None:
    """A time whose contact has ended without booking is free for the next; during a talk it is held on."""
    for wait_id in offered:
        wait = await session.get_one(Wait, wait_id)
        query = select(Contact.state).where(
            Contact.campaign_id == campaign.id,
            Contact.patient_id == wait.patient_id,
            Contact.subject == subject(wait.slot_id or 0),
        )
        state = await session.scalar(query)
        if state is ContactState.CALLING:
            held = update(Slot).where(Slot.id == wait.slot_id, Slot.held_by == waitlist.holder(wait_id))
            longer = held.values(held_until=now(session) + _TALK).execution_options(synchronize_session=False)
            await session.execute(longer)
        elif state not in (None, ContactState.WAITING):  # None: somebody else offers it
            await waitlist.decline(session, wait_id)


async def _callable(session: AsyncSession, campaign: CampaignView, source: Waitlist, clinic: Clinic) -> list[_Waiting]:
    """Who waits, the longest first, can be called within the hold, and is not being asked about another time."""
    query = select(Wait, Appointment.starts_at).outerjoin(Appointment, Appointment.id == Wait.appointment_id)
    query = query.where(Wait.state == WaitState.WAITING).order_by(Wait.created_at, Wait.id).limit(_LOOKED)
    waits = (await session.execute(query)).all()
    patients = {wait.patient_id for wait, _ in waits}
    lines = await session.run_sync(lambda sync: reachable.numbers_of(sync, patients, clinic))
    asked, busy = await _asked(session, campaign, patients)
    return [
        _Waiting(
            id=wait.id,
            patient=wait.patient_id,
            specialty=wait.specialty,
            doctor=wait.doctor_id,
            site=wait.site_id,
            until=wait.until,
            visit=visit,
            wish=Wish.read(wait.wish),
            lines=lines[wait.patient_id],
            asked=asked[wait.patient_id],
        )
        for wait, visit in waits
        if wait.patient_id in lines
        and wait.patient_id not in busy
        and _soon(campaign, source, lines[wait.patient_id][0], now(session))
    ]


async def _asked(
    session: AsyncSession, campaign: CampaignView, patients: Collection[int]
) -> tuple[Mapping[int, set[str]], set[int]]:
    """What each patient was called about, and who is to be called or is being called."""
    query = select(Contact.patient_id, Contact.subject, Contact.state).where(
        Contact.campaign_id == campaign.id, Contact.patient_id.in_(patients)
    )
    asked: dict[int, set[str]] = defaultdict(set)
    busy = set()
    for patient, about, state in await session.execute(query):
        asked[patient].add(about)
        if state in (ContactState.WAITING, ContactState.CALLING):
            busy.add(patient)
    return asked, busy


def _soon(campaign: CampaignView, source: Waitlist, line: Line, at: datetime) -> bool:
    """At night nothing is held: nobody could be asked."""
    number = NumberHistory(zone=ZoneInfo(line.zone), consent=True)
    return decide(campaign.policy, History(number=number, expires_at=at + source.hold), at).when is not None


async def _free(session: AsyncSession, source: Waitlist, specialties: Collection[str], clinic: Clinic) -> list[_Free]:
    """Times that can be offered, the nearest first."""
    if not specialties:
        return []
    query = (
        select(Slot.id, Slot.starts_at, Doctor.specialty, Doctor.id, Slot.site_id, Site.zone)
        .join(Doctor, Doctor.id == Slot.doctor_id)
        .outerjoin(Site, Site.id == Slot.site_id)
        .where(
            Slot.status == SlotStatus.FREE,
            Slot.starts_at > now(session) + source.hold + source.lead,
            Doctor.specialty.in_(specialties),
        )
        .order_by(Slot.starts_at, Slot.id)
        .limit(_LOOKED)
    )
    return [
        _Free(slot_id, starts_at.astimezone(ZoneInfo(zone or clinic.timezone)), specialty, doctor, site)
        for slot_id, starts_at, specialty, doctor, site, zone in await session.execute(query)
    ]


async def _offer(
    session: AsyncSession,
    campaign: CampaignView,
    source: Waitlist,
    slot: _Free,
    suited: Mapping[int, _Waiting],
    others: frozenset[int],
) -> bool:
    """Hold it for the first whom it suits, and have them called; False when it was taken meanwhile."""
    until = now(session) + source.hold
    wait = await waitlist.offer(session, slot.id, until=until + _TALK, unwanted_by=others)
    if wait is None or wait.id not in suited:
        return False
    one, shown = suited[wait.id], await slots.get(session, slot.id)
    assert shown is not None
    told = entry(
        one.patient,
        one.lines,
        subject(slot.id),
        expires_at=until,
        data={
            "wait": wait.id,
            "slot": slot.id,
            "starts_at": slot.starts_at.isoformat(),
            "specialty": shown.specialty,
            "doctor": shown.doctor,
            "place": shown.place,
        },
    )
    await session.run_sync(lambda sync: add(sync, campaign, [told]))
    return True
