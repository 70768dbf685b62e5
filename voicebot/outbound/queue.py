"""The queue: who is called next, and what becomes of them afterwards.

Everything here runs inside one write transaction of the store. An attempt is committed before its number is dialled;
while it is open, nobody else can open another for the same number. Rows are locked in this order: attempt, campaign,
trunk, number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.config import Trunk
from voicebot.outbound import campaigns, fates, lines, waiting
from voicebot.outbound.campaigns import CampaignView
from voicebot.outbound.lines import FreeLine, Hold, Idle
from voicebot.outbound.ports import DialEnd
from voicebot.store import outbox
from voicebot.store.tables import Attempt, AttemptContact, Campaign, Contact, ContactState, Number

LEASE = timedelta(seconds=90)  #: how long a robot that gives no sign of life keeps its attempts
_LOOKS = 4  # numbers looked at in one claim; a longer head of people who may not be called is the upkeep's
_TOGETHER = 10  # contacts of one number that are spoken about in one call


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A number that may be dialled now, for these contacts."""

    attempt_id: str
    number: str  #: E.164
    contacts: tuple[int, ...]
    lease_until: datetime  #: from then on another robot may end the attempt; it is not dialled any more


async def claim(
    session: AsyncSession,
    campaign: CampaignView,
    *,
    attempt_id: str,
    node: str,
    trunk: Trunk,
    at: datetime,
    lease: timedelta = LEASE,
) -> Claim | Idle:
    """Open an attempt for the campaign's next number on a free line, or say why not.

    Contacts at the head who may not be called now are given their new time, or ended, on the way.
    """
    rules = campaign.policy
    rate = rules.calls_per_second
    line = await lines.free_line(
        session, campaign_id=campaign.id, lines=rules.lines, calls_per_second=rate, trunk=trunk, at=at
    )
    if isinstance(line, Idle):
        return line
    zones = await waiting.zones(session, campaign.id, rules, at)
    passed: list[int] = []
    while len(passed) < _LOOKS:
        number_id = await waiting.next_number(session, campaign.id, zones.open, at, passed=passed)
        if number_id is None:
            break
        passed.append(number_id)
        if (number := await _locked(session, number_id)) is None:
            continue
        if contacts := await fates.judge(session, campaign, await _due(session, campaign, number, at), at):
            attempt = Attempt(id=attempt_id, node=node, trunk=trunk.name, created_at=at, lease_until=at + lease)
            return await _open(session, campaign, attempt, number, contacts, line)
    if passed:
        await campaigns.finish_if_done(session, await session.get_one(Campaign, campaign.id))
    return Idle(why=Hold.NOBODY if len(passed) < _LOOKS else Hold.HEAD)


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
    health = await lines.release(session, attempt, end)
    await fates.settle(session, attempt, campaign, end, blameless=health.is_broken)
    told = {"attempt_id": attempt_id, "campaign": campaign.name, "outcome": end.outcome.value}
    await outbox.put(session, "attempt.ended", told)
    await campaigns.finish_if_done(session, campaign)
    return True


async def _locked(session: AsyncSession, number_id: int) -> Number | None:
    """The number's row, unless somebody else has it, or is calling it."""
    query = select(Number).where(Number.id == number_id).with_for_update(skip_locked=True)
    number = await session.scalar(query.execution_options(populate_existing=True))
    if number is None:
        return None
    # Who was next was found before the lock: another robot may have called this number since.
    busy = select(Attempt.id).where(Attempt.number_id == number_id, Attempt.ended_at.is_(None))
    return None if await session.scalar(busy) is not None else number


async def _due(session: AsyncSession, campaign: CampaignView, number: Number, at: datetime) -> Sequence[Contact]:
    """Contacts of the number that can be spoken about in one call."""
    query = select(Contact).where(
        Contact.campaign_id == campaign.id,
        Contact.number_id == number.id,
        Contact.state == ContactState.WAITING,
        Contact.due_at <= at,
    )
    ordered = query.order_by(Contact.priority, Contact.id).limit(_TOGETHER)
    return (await session.scalars(ordered.execution_options(populate_existing=True))).all()


async def _open(
    session: AsyncSession,
    campaign: CampaignView,
    attempt: Attempt,
    number: Number,
    contacts: Sequence[Contact],
    line: FreeLine,
) -> Claim:
    attempt.number_id, attempt.campaign_id = number.id, campaign.id
    session.add(attempt)
    await session.flush()
    ids = tuple(sorted(contact.id for contact in contacts))
    rows = [{"attempt_id": attempt.id, "contact_id": key, "detail": {}} for key in ids]
    await session.execute(insert(AttemptContact), rows)
    await session.execute(update(Contact).where(Contact.id.in_(ids)).values(state=ContactState.CALLING))
    await lines.take(session, line, attempt)
    return Claim(attempt_id=attempt.id, number=number.e164, contacts=ids, lease_until=attempt.lease_until)
