"""A campaign while it runs: who is being called, and how the last calls ended. Numbers are masked: screens are seen."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.outbound import campaigns
from voicebot.outbound.campaigns import CampaignStatus
from voicebot.outcomes import Outcome, Result
from voicebot.privacy import mask_number
from voicebot.store.tables import Attempt, AttemptContact, Number, Turn


@dataclass(frozen=True, kw_only=True)
class OpenCall:
    """An attempt under way."""

    number: str  #: masked
    trunk: str
    since: datetime
    turns: int  #: questions answered so far; 0 while it rings too


@dataclass(frozen=True, kw_only=True)
class EndedCall:
    """An attempt that has its outcome."""

    number: str  #: masked
    ended_at: datetime
    outcome: Outcome
    results: tuple[Result, ...]  #: of its contacts


@dataclass(frozen=True, kw_only=True)
class Progress:
    """One look at a campaign."""

    status: CampaignStatus
    calling: Sequence[OpenCall]
    ended: Sequence[EndedCall]  #: latest first


async def look(session: AsyncSession, name: str, *, last: int = 10) -> Progress:
    """What is going on just now; `last`: how many ended calls are told.

    Raises:
        CampaignError: there is no such campaign.
    """
    status = await campaigns.status(session, name)
    return Progress(
        status=status,
        calling=await _calling(session, status.campaign.id),
        ended=await _ended(session, status.campaign.id, last),
    )


async def _calling(session: AsyncSession, campaign_id: int) -> list[OpenCall]:
    turns = select(func.count()).where(Turn.call_id == Attempt.id).correlate(Attempt).scalar_subquery()
    query = (
        select(Number.e164, Attempt.trunk, Attempt.created_at, turns)
        .join(Number, Number.id == Attempt.number_id)
        .where(Attempt.campaign_id == campaign_id, Attempt.ended_at.is_(None))
        .order_by(Attempt.created_at)
    )
    return [
        OpenCall(number=mask_number(e164), trunk=trunk, since=since, turns=count)
        for e164, trunk, since, count in await session.execute(query)
    ]


async def _ended(session: AsyncSession, campaign_id: int, last: int) -> list[EndedCall]:
    query = (
        select(Attempt.id, Number.e164, Attempt.ended_at, Attempt.outcome)
        .join(Number, Number.id == Attempt.number_id)
        .where(Attempt.campaign_id == campaign_id, Attempt.outcome.is_not(None))
        .order_by(Attempt.ended_at.desc())
        .limit(last)
    )
    attempts = (await session.execute(query)).all()
    results = await _results(session, [row.id for row in attempts])
    return [
        EndedCall(number=mask_number(e164), ended_at=ended_at, outcome=outcome, results=tuple(results.get(key, ())))
        for key, e164, ended_at, outcome in attempts
        if ended_at is not None and outcome is not None
    ]


async def _results(session: AsyncSession, attempts: Sequence[str]) -> Mapping[str, list[Result]]:
    query = select(AttemptContact.attempt_id, AttemptContact.result).where(
        AttemptContact.attempt_id.in_(attempts), AttemptContact.result.is_not(None)
    )
    found: dict[str, list[Result]] = defaultdict(list)
    for attempt_id, result in await session.execute(query):
        if result is not None:
            found[attempt_id].append(result)
    return found
