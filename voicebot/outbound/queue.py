"""The queue: who is called next, and what becomes of them afterwards.

Everything here runs inside one write transaction of the store. An attempt is committed before its number is dialled;
while it is open, nobody else can open another for the same number. Rows are locked in this order: attempt, campaign,
trunk, number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.config import Trunk
from voicebot.errors import StoreError
from voicebot.outbound import campaigns, fates, lines, waiting
from voicebot.outbound.campaigns import CampaignView
from voicebot.outbound.lines import FreeLine, Hold, Idle
from voicebot.outbound.ports import DialEnd
from voicebot.outbound.waiting import Zones
from voicebot.outcomes import Outcome
from voicebot.store import outbox
from voicebot.store.tables import Attempt, AttemptContact, Campaign, Contact, ContactState, Number
from voicebot.store.upsert import insert_new

LEASE = timedelta(seconds=90)  #: how long a robot that gives no sign of life keeps its attempts
_LOOKS = 4  # numbers looked at in one claim; a longer head of people who may not be called is the upkeep's
_TOGETHER = 10  # contacts of one number that are spoken about in one call


# Built once: making them anew takes longer than running them.
_DUE = (
    select(Contact, Number)
    .join(Number, Number.id == Contact.number_id)
    .where(
        # + 0: by the number's index. In the campaign's, which SQLite takes until ANALYZE has told it better, it goes
        # through all who wait (63 ms at 100,000) to find the few of a number.
        Contact.campaign_id + 0 == bindparam("campaign"),
        Contact.number_id == bindparam("number"),
        Contact.state == ContactState.WAITING,
        Contact.due_at <= bindparam("at"),
    )
    .order_by(Contact.priority, Contact.id)
    .limit(_TOGETHER)
    .with_for_update(of=Number, skip_locked=True)
    .execution_options(populate_existing=True)
)
_CALLED = insert(AttemptContact.__table__)  # type: ignore[arg-type]  # a declared class has a table
_CALLING = (
    update(Contact)
    .where(Contact.id.in_(bindparam("contacts", expanding=True)), Contact.state == ContactState.WAITING)
    .values(state=ContactState.CALLING)
)
_ENDING = (
    select(Attempt.id, Attempt.number_id, Attempt.campaign_id, Attempt.trunk, Attempt.created_at)
    .add_columns(Attempt.outcome, Attempt.ended_at)
    .where(Attempt.id == bindparam("attempt"))
    .with_for_update()
)
_ENDED = (
    update(Attempt)
    .where(Attempt.id == bindparam("attempt"))
    .values({key: bindparam(f"its_{key}") for key in ("outcome", "ended_at", "answered_at", "cause", "tech_cause")})
)
_ITS_CAMPAIGN = (
    select(Campaign)
    .where(Campaign.id == bindparam("campaign"))
    .with_for_update()
    .execution_options(populate_existing=True)
)


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
    zones: Zones | None = None,
) -> Claim | Idle:
    """Open an attempt for the campaign's next number on a free line, or say why not.

    Contacts at the head who may not be called now are given their new time, or ended, on the way. `zones`: where the
    campaign's contacts live, if that was looked up a moment ago.
    """
    rules = campaign.policy
    rate = rules.calls_per_second
    line = await lines.free_line(
        session, campaign_id=campaign.id, lines=rules.lines, calls_per_second=rate, trunk=trunk, at=at
    )
    if isinstance(line, Idle):
        return line
    zones = zones or await waiting.zones(session, campaign.id, rules, at)
    passed: list[int] = []
    while len(passed) < _LOOKS:
        number_id = await waiting.next_number(session, campaign.id, zones, at, passed=passed)
        if number_id is None:
            break
        passed.append(number_id)
        number, due = await _due(session, campaign, number_id, at)
        contacts = await fates.judge(session, campaign, due, at)
        if number is not None and contacts:
            ids = tuple(contact.id for contact in contacts)
            opened = Claim(attempt_id=attempt_id, number=number.e164, contacts=ids, lease_until=at + lease)
            about = {"campaign_id": campaign.id, "number_id": number_id, "node": node, "created_at": at}
            if await _open(session, opened, about, line):
                return opened
    if passed:
        await campaigns.finish_if_done(session, await session.get_one(Campaign, campaign.id))
    return Idle(why=Hold.NOBODY if len(passed) < _LOOKS else Hold.HEAD)


async def finish(session: AsyncSession, attempt_id: str, end: DialEnd) -> bool:
    """Close an attempt and decide on its contacts; False when it was closed before, or never opened.

    Results are read here: what the talk achieved must be recorded before. What a robot tells late, of an attempt that
    another one has given up for lost, still counts.
    """
    connection = await session.connection()
    attempt = (await connection.execute(_ENDING, {"attempt": attempt_id})).one_or_none()
    if attempt is not None and attempt.outcome is Outcome.LOST:
        await fates.amend(session, attempt_id, end)
    if attempt is None or attempt.ended_at is not None:
        return False
    its = {f"its_{key}": getattr(end, key) for key in ("outcome", "ended_at", "answered_at", "cause", "tech_cause")}
    await connection.execute(_ENDED, {"attempt": attempt_id, **its})
    campaign = (await session.scalars(_ITS_CAMPAIGN, {"campaign": attempt.campaign_id})).one()
    await lines.release(session, attempt_id, trunk=attempt.trunk, began=attempt.created_at, end=end)
    waits = await fates.settle(session, attempt_id, attempt.number_id, campaign, end)
    told = {"attempt_id": attempt_id, "campaign": campaign.name, "outcome": end.outcome.value}
    await outbox.put(session, "attempt.ended", told)
    if not waits:
        await campaigns.finish_if_done(session, campaign)
    return True


async def _due(
    session: AsyncSession, campaign: CampaignView, number_id: int, at: datetime
) -> tuple[Number | None, Sequence[Contact]]:
    """The number, locked, and its contacts that can be spoken about in one call; none when somebody else has it."""
    where = {"campaign": campaign.id, "number": number_id, "at": at}
    rows = (await session.execute(_DUE, where)).all()
    contacts = sorted((row.Contact for row in rows), key=lambda contact: contact.id)
    return (rows[0].Number if rows else None), contacts


async def _open(session: AsyncSession, claim: Claim, about: Mapping[str, Any], line: FreeLine) -> bool:
    """Write the attempt; False when its number is being called.

    Who was next was found before the number was locked: another robot may have called it since.
    """
    connection = await session.connection()  # what changes here is not looked at again: no session needs to know
    row = {"id": claim.attempt_id, "trunk": line.trunk, "lease_until": claim.lease_until, **about}
    opened = await connection.execute(insert_new(session, Attempt).returning(Attempt.id), row)
    if opened.one_or_none() is None:
        return False
    rows = [{"attempt_id": claim.attempt_id, "contact_id": key, "detail": {}} for key in claim.contacts]
    await connection.execute(_CALLED, rows)
    changed = await connection.execute(_CALLING, {"contacts": claim.contacts})
    if changed.rowcount != len(claim.contacts):
        raise StoreError("contacts were withdrawn while they were claimed", place=f"attempt {claim.attempt_id}")
    await lines.take(
        session, line, attempt_id=claim.attempt_id, campaign_id=about["campaign_id"], at=about["created_at"]
    )
    return True
