"""The queue: who is called next, and what becomes of them afterwards.

Everything here runs inside one write transaction of the store. An attempt is committed before its number is dialled;
while it is open, nobody else can open another for the same number. Rows are locked in this order: attempt, campaign,
trunk, number.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.config import Trunk
from voicebot.errors import StoreError
from voicebot.outbound import campaigns, fates, lines, waiting
from voicebot.outbound.campaigns import CampaignView
from voicebot.outbound.lines import FreeLine, Hold, Idle
from voicebot.outbound.policy import kept
from voicebot.outbound.ports import DialEnd
from voicebot.outcomes import Outcome
from voicebot.store import outbox
from voicebot.store.database import now, on_connection
from voicebot.store.tables import Attempt, AttemptContact, Campaign, CampaignState, Contact, ContactState, Number
from voicebot.store.tables.base import Json
from voicebot.store.together import Together
from voicebot.store.upsert import insert_new

LEASE = timedelta(seconds=90)  #: how long a robot that gives no sign of life keeps its attempts
_LOOKS = 4  # numbers looked at in one claim; a longer head of people who may not be called is the upkeep's
_TOGETHER = 10  # contacts of one number that are spoken about in one call


# Built once: making them anew takes longer than running them.
_DUE = (
    select(Contact.id, Number.e164)
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
)
_THOSE = Contact.id.in_(bindparam("contacts", expanding=True))
_BEGIN = Together(
    update(Contact).where(_THOSE, Contact.state == ContactState.WAITING).values(state=ContactState.CALLING),
    insert(AttemptContact).from_select(
        ["attempt_id", "contact_id", "detail"],
        select(bindparam("attempt", type_=AttemptContact.attempt_id.type), Contact.id, literal({}, Json)).where(_THOSE),
    ),
    *lines.TAKE,
)
_ENDING = (
    select(Attempt.number_id, Attempt.campaign_id, Attempt.trunk, Attempt.created_at, Attempt.outcome, Attempt.ended_at)
    .add_columns(Campaign.name, Campaign.state, Campaign.policy)
    .join(Campaign, Campaign.id == Attempt.campaign_id)
    .where(Attempt.id == bindparam("attempt"))
    .with_for_update()
)
_ENDED = (
    update(Attempt)
    .where(Attempt.id == bindparam("attempt"))
    .values({key: bindparam(f"its_{key}") for key in ("outcome", "ended_at", "answered_at", "cause", "tech_cause")})
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
) -> Claim | Idle:
    """Open an attempt for the campaign's next number on a free line, or say why not.

    Contacts at the head who may not be called now are given their new time, or ended, on the way.
    """
    return await on_connection(session, _claim, campaign, attempt_id, node, trunk, at, lease)


async def finish(session: AsyncSession, attempt_id: str, end: DialEnd) -> bool:
    """Close an attempt and decide on its contacts; False when it was closed before, or never opened.

    Results are read here: what the talk achieved must be recorded before. What a robot tells late, of an attempt that
    another one has given up for lost, still counts.
    """
    campaign = await on_connection(session, _finish, attempt_id, end, now(session))
    if campaign is not None:
        told = {"attempt_id": attempt_id, "campaign": campaign, "outcome": end.outcome.value}
        await outbox.put(session, "attempt.ended", told)
    return campaign is not None


def _claim(
    connection: Connection,
    campaign: CampaignView,
    attempt_id: str,
    node: str,
    trunk: Trunk,
    at: datetime,
    lease: timedelta,
) -> Claim | Idle:
    rules = campaign.policy
    rate = rules.calls_per_second
    line = lines.free_line(
        connection, campaign_id=campaign.id, lines=rules.lines, calls_per_second=rate, trunk=trunk, at=at
    )
    if isinstance(line, Idle):
        return line
    passed: list[int] = []
    while len(passed) < _LOOKS:
        number_id = waiting.next_number(connection, campaign.id, rules, at, passed=passed)
        if number_id is None:
            break
        passed.append(number_id)
        where = {"campaign": campaign.id, "number": number_id, "at": at}
        due = connection.execute(_DUE, where).all()  # none when somebody else has the number
        contacts = fates.judge(connection, campaign, [row.id for row in due], at)
        if contacts:
            number, ids = due[0].e164, tuple(contacts)
            opened = Claim(attempt_id=attempt_id, number=number, contacts=ids, lease_until=at + lease)
            about = {"campaign_id": campaign.id, "number_id": number_id, "node": node, "created_at": at}
            if _open(connection, opened, about, line):
                return opened
    if passed:
        campaigns.finish_if_done(connection, campaign.id, at)
    return Idle(why=Hold.NOBODY if len(passed) < _LOOKS else Hold.HEAD)


def _finish(connection: Connection, attempt_id: str, end: DialEnd, at: datetime) -> str | None:
    """The name of the campaign; None when the attempt was closed before, or never opened."""
    attempt = connection.execute(_ENDING, {"attempt": attempt_id}).one_or_none()
    if attempt is not None and attempt.outcome is Outcome.LOST:
        fates.amend(connection, attempt_id, end)
    if attempt is None or attempt.ended_at is not None:
        return None
    its = {f"its_{key}": getattr(end, key) for key in ("outcome", "ended_at", "answered_at", "cause", "tech_cause")}
    connection.execute(_ENDED, {"attempt": attempt_id, **its})
    lines.release(connection, attempt_id, trunk=attempt.trunk, began=attempt.created_at, end=end)
    policy, stopped = kept(attempt.policy), attempt.state is CampaignState.STOPPED
    if not fates.settle(connection, attempt_id, attempt.number_id, policy, end, stopped=stopped):
        campaigns.finish_if_done(connection, attempt.campaign_id, at)
    return str(attempt.name)


def _open(connection: Connection, claim: Claim, about: Mapping[str, Any], line: FreeLine) -> bool:
    """Write the attempt; False when its number is being called.

    Who was next was found before the number was locked: another robot may have called it since.
    """
    row = {"id": claim.attempt_id, "trunk": line.trunk, "lease_until": claim.lease_until, **about}
    opened = connection.execute(insert_new(connection, Attempt).returning(Attempt.id), row)
    if opened.one_or_none() is None:
        return False
    taking = lines.taking(line, attempt_id=claim.attempt_id, campaign_id=about["campaign_id"], at=about["created_at"])
    if _BEGIN.execute(connection, {**taking, "contacts": claim.contacts}) != len(claim.contacts):
        raise StoreError("contacts were withdrawn while they were claimed", place=f"attempt {claim.attempt_id}")
    return True
