"""The queue: who is called next, and what becomes of them afterwards.

Everything here runs inside one write transaction of the store. An attempt is committed before its number is dialled;
while it is open, nobody else can open another for the same number.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import and_, case, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.outbound import campaigns, history
from voicebot.outbound.campaigns import CampaignView
from voicebot.outbound.policy import Decision, Policy, Priority, Try, Why, decide, pause_after
from voicebot.outbound.ports import DialEnd
from voicebot.outbound.windows import opening, window_end
from voicebot.store import outbox
from voicebot.store.tables import (
    Attempt,
    AttemptContact,
    Campaign,
    CampaignState,
    Contact,
    ContactState,
    Number,
)

_LONGEST_CALL = timedelta(hours=1)  # for the lease; a robot's talk takes minutes
_LOOKS = 100  # candidates looked at in one transaction: a long head of people who may not be called blocks nobody
_MOVES = 5000  # contacts given a new time in one transaction
_ENDED = {
    Why.FINISHED: ContactState.DONE,
    Why.EXPIRED: ContactState.EXPIRED,
}


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A number that may be dialled now, for these contacts."""

    attempt_id: str
    number: str  #: E.164
    contacts: tuple[int, ...]


async def claim(
    session: AsyncSession, campaign: CampaignView, *, attempt_id: str, node: str, trunk: str, at: datetime
) -> Claim | None:
    """Open an attempt for the campaign's next number, or None when nobody is due.

    Contacts at the head who may not be called now are given their new time, or ended, on the way.
    """
    for looked in range(_LOOKS):
        number = await _next_number(session, campaign.id, at)
        if number is None:
            if looked:
                await campaigns.finish_if_done(session, await session.get_one(Campaign, campaign.id))
            return None
        contacts = await _due_contacts(session, campaign, number, at)
        if contacts:
            return await _open(
                session, campaign, number, contacts, attempt_id=attempt_id, node=node, trunk=trunk, at=at
            )
    return None


async def finish(session: AsyncSession, attempt_id: str, end: DialEnd) -> bool:
    """Close an attempt and decide on its contacts; False when it was closed before, or never opened.

    Results are read here: what the talk achieved must be recorded before.
    """
    attempt = await session.get(Attempt, attempt_id, with_for_update=True, populate_existing=True)
    if attempt is None or attempt.ended_at is not None:
        return False
    attempt.outcome, attempt.ended_at, attempt.answered_at = end.outcome, end.ended_at, end.answered_at
    attempt.cause, attempt.tech_cause = end.cause, end.tech_cause
    await session.flush()
    campaign = await session.get_one(Campaign, attempt.campaign_id, with_for_update=True, populate_existing=True)
    number = await session.get_one(Number, attempt.number_id, with_for_update=True, populate_existing=True)
    await _decide_all(session, attempt, campaign, number, end)
    told = {"attempt_id": attempt_id, "campaign": campaign.name, "outcome": end.outcome.value}
    await outbox.put(session, "attempt.ended", told)
    await campaigns.finish_if_done(session, campaign)
    return True


async def _next_number(session: AsyncSession, campaign_id: int, at: datetime) -> Number | None:
    """The number of the first due contact, locked, unless somebody is calling it."""
    is_called = exists().where(Attempt.number_id == Contact.number_id, Attempt.ended_at.is_(None))
    query = (
        select(Number)
        .join(Contact, Contact.number_id == Number.id)
        .where(
            Contact.campaign_id == campaign_id,
            Contact.state == ContactState.WAITING,
            Contact.due_at <= at,
            ~is_called,
        )
        .order_by(Contact.priority, Contact.due_at, Contact.id)
        .limit(1)
        .with_for_update(of=Number, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    number = await session.scalar(query)
    if number is None:
        return None
    # The query saw the database as it was before the lock: another node may have called this number since.
    busy = select(Attempt.id).where(Attempt.number_id == number.id, Attempt.ended_at.is_(None))
    return None if await session.scalar(busy) is not None else number


async def _due_contacts(session: AsyncSession, campaign: CampaignView, number: Number, at: datetime) -> list[Contact]:
    """All contacts of the number that can be spoken about in one call now; the others get their new time or end."""
    past = await history.of_number(session, number, at)
    query = select(Contact).where(
        Contact.campaign_id == campaign.id,
        Contact.number_id == number.id,
        Contact.state == ContactState.WAITING,
        Contact.due_at <= at,
    )
    due = list(await session.scalars(query.order_by(Contact.id)))
    ready = []
    for contact in due:
        decision = decide(campaign.policy, history.of_contact(contact, past), at)
        if decision.when is not None and decision.when <= at:
            ready.append(contact)
        elif decision.when is None:
            _end(contact, decision)
        else:
            contact.due_at = decision.when
    await session.flush()
    if past.zone is not None and not ready:
        await _wait_for_window(session, campaign, past.zone, at)
    return ready


async def _wait_for_window(session: AsyncSession, campaign: CampaignView, zone: ZoneInfo, at: datetime) -> None:
    """If people of this zone may not be called at this hour, all of them wait until they may; those first whose last
    chance it will be.

    Many at once: at the end of a window the whole rest of a list would else be looked at one by one. But not all at
    once: talks wait for this transaction.
    """
    opens = opening(campaign.policy.windows, zone, at)
    if opens <= at:
        return
    some = (
        select(Contact.id)
        .join(Number, Number.id == Contact.number_id)
        .where(
            Contact.campaign_id == campaign.id,
            Contact.state == ContactState.WAITING,
            Contact.due_at < opens,
            Number.zone == zone.key,
        )
        .limit(_MOVES)
    )
    closes = window_end(campaign.policy.windows, zone, opens)
    is_last_chance = and_(Contact.expires_at <= closes, Contact.priority > Priority.EXPIRING)
    moved = (
        update(Contact)
        .where(Contact.id.in_(some))
        .values(due_at=opens, priority=case((is_last_chance, Priority.EXPIRING), else_=Contact.priority))
    )
    await session.execute(moved.execution_options(synchronize_session=False))


async def _open(
    session: AsyncSession,
    campaign: CampaignView,
    number: Number,
    contacts: list[Contact],
    *,
    attempt_id: str,
    node: str,
    trunk: str,
    at: datetime,
) -> Claim:
    attempt = Attempt(
        id=attempt_id,
        number_id=number.id,
        campaign_id=campaign.id,
        node=node,
        trunk=trunk,
        created_at=at,
        lease_until=at + campaign.policy.ring_timeout + _LONGEST_CALL,
    )
    session.add(attempt)
    await session.flush()
    for contact in contacts:
        contact.state = ContactState.CALLING
        session.add(AttemptContact(attempt_id=attempt_id, contact_id=contact.id, detail={}))
    await session.flush()
    return Claim(attempt_id=attempt_id, number=number.e164, contacts=tuple(contact.id for contact in contacts))


async def _decide_all(
    session: AsyncSession, attempt: Attempt, campaign: Campaign, number: Number, end: DialEnd
) -> None:
    """Write down what becomes of every contact of the attempt, and when its number may be called again."""
    policy = Policy.model_validate(campaign.policy)
    query = (
        select(Contact, AttemptContact)
        .join(AttemptContact, AttemptContact.contact_id == Contact.id)
        .where(AttemptContact.attempt_id == attempt.id)
        .order_by(Contact.id)
    )
    called = [
        (
            contact,
            Try(outcome=end.outcome, ended_at=end.ended_at, result=row.result, callback_at=row.callback_at),
        )
        for contact, row in await session.execute(query)
    ]
    number.next_call_at = end.ended_at + min((pause_after(policy, last) for _, last in called), default=policy.rest)
    past = await history.of_number(session, number, end.ended_at)
    for contact, last in called:
        contact.tries += last.takes_try
        contact.unfinished += last.is_unfinished
        decision = decide(policy, history.of_contact(contact, past, last), end.ended_at)
        if decision.when is None:
            _end(contact, decision)
        elif campaign.state is CampaignState.STOPPED:
            contact.state, contact.why = ContactState.WITHDRAWN, campaigns.STOPPED
        else:
            contact.state, contact.why = ContactState.WAITING, decision.why
            contact.due_at, contact.priority = decision.when, decision.priority
    await session.flush()


def _end(contact: Contact, decision: Decision) -> None:
    contact.state = _ENDED.get(decision.why, ContactState.GIVEN_UP)
    contact.why = decision.why
