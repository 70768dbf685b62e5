"""Lines and calling rates of trunks and campaigns, counted over all robots of the store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import and_, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.config import Trunk
from voicebot.outbound.breaker import REFUSALS, Health
from voicebot.outbound.ports import DialEnd
from voicebot.store.tables import Attempt, Campaign, CampaignState, Line, TrunkState
from voicebot.store.upsert import insert_new


class Hold(StrEnum):
    """Why no call begins."""

    NOBODY = "nobody_due"
    HEAD = "head_may_not_be_called"  #: those at the head may not be called; there may be others behind them
    NOT_RUNNING = "campaign_not_running"
    CAMPAIGN_LINES = "campaign_has_its_lines"
    CAMPAIGN_RATE = "campaign_rate"
    TRUNK_LINES = "trunk_has_no_free_line"
    TRUNK_RATE = "trunk_rate"
    TRUNK_BROKEN = "trunk_rests"

    @property
    def of_trunk(self) -> bool:
        """It holds for every campaign."""
        return self in (Hold.TRUNK_LINES, Hold.TRUNK_RATE, Hold.TRUNK_BROKEN)


@dataclass(frozen=True, kw_only=True)
class Idle:
    """No call begins now."""

    why: Hold
    until: datetime | None = None  #: when to ask again, if that is known


@dataclass(frozen=True, kw_only=True)
class FreeLine:
    """A line that nobody has; both its trunk and the campaign are locked."""

    trunk: str
    position: int
    health: Health


async def register(session: AsyncSession, trunks: Sequence[Trunk]) -> None:
    """Make the settings' trunks known; a trunk of the same name on several robots is one, with one number of lines."""
    for trunk in trunks:
        await session.execute(insert_new(session, TrunkState).values(name=trunk.name, lines=trunk.lines, failures=0))
        await session.execute(update(TrunkState).where(TrunkState.name == trunk.name).values(lines=trunk.lines))
        rows = [{"trunk": trunk.name, "position": position} for position in range(trunk.lines)]
        await session.execute(insert_new(session, Line), rows)


async def free_line(
    session: AsyncSession, *, campaign_id: int, lines: int, calls_per_second: float, trunk: Trunk, at: datetime
) -> FreeLine | Idle:
    """A free line of the trunk, if the campaign may have one more and neither calls faster than it may.

    Locks the campaign, then the trunk: whoever begins a call waits here for the others who do.
    """
    query = (
        select(
            Campaign.state,
            Campaign.last_call_at.label("campaign_called_at"),
            TrunkState.lines,
            TrunkState.last_call_at,
            TrunkState.failures,
            TrunkState.broken_until,
        )
        .join(TrunkState, TrunkState.name == trunk.name)
        .where(Campaign.id == campaign_id)
        .with_for_update()
    )
    row = (await session.execute(query)).one_or_none()
    if row is None or row.state is not CampaignState.RUNNING:
        return Idle(why=Hold.NOT_RUNNING)
    health = Health(failures=row.failures, broken_until=row.broken_until)
    if (rests := health.rests_until(at)) is not None:
        return Idle(why=Hold.TRUNK_BROKEN, until=rests)
    if (soon := _too_fast(row.last_call_at, trunk.calls_per_second, at)) is not None:
        return Idle(why=Hold.TRUNK_RATE, until=soon)
    if (soon := _too_fast(row.campaign_called_at, calls_per_second, at)) is not None:
        return Idle(why=Hold.CAMPAIGN_RATE, until=soon)
    taken = Line.attempt_id.is_not(None)
    free = and_(Line.trunk == trunk.name, ~taken, Line.position < row.lines)
    counted = select(
        func.min(Line.position).filter(free), func.count().filter(and_(Line.campaign_id == campaign_id, taken))
    )
    position, used = (await session.execute(counted)).one()
    if used >= lines:
        return Idle(why=Hold.CAMPAIGN_LINES)
    if position is None:
        return Idle(why=Hold.TRUNK_LINES)
    return FreeLine(trunk=trunk.name, position=position, health=health)


async def take(session: AsyncSession, line: FreeLine, attempt: Attempt) -> None:
    """The attempt has the line until it ends; it must be in the store."""
    at, place = attempt.created_at, (Line.trunk == line.trunk, Line.position == line.position)
    taken = update(Line).where(*place).values(attempt_id=attempt.id, campaign_id=attempt.campaign_id)
    await session.execute(taken)
    await session.execute(update(Campaign).where(Campaign.id == attempt.campaign_id).values(last_call_at=at))
    health = line.health.begun(at)
    await session.execute(
        update(TrunkState)
        .where(TrunkState.name == line.trunk)
        .values(last_call_at=at, failures=health.failures, broken_until=health.broken_until)
    )


async def release(session: AsyncSession, attempt: Attempt, end: DialEnd) -> Health:
    """The attempt has ended: its line is free, and its trunk the wiser. Gives the trunk's health."""
    freed = update(Line).where(Line.attempt_id == attempt.id)
    await session.execute(freed.values(attempt_id=None, campaign_id=None))
    query = select(TrunkState).where(TrunkState.name == attempt.trunk)
    if end.outcome in REFUSALS:
        query = query.with_for_update()
    trunk = await session.scalar(query.execution_options(populate_existing=True))
    if trunk is None:  # the attempt is older than the table of trunks
        return Health()
    before = Health(failures=trunk.failures, broken_until=trunk.broken_until)
    health = before.ended(end.outcome, began=attempt.created_at, at=end.ended_at)
    if health != before:
        trunk.failures, trunk.broken_until = health.failures, health.broken_until
    return health


async def taken(session: AsyncSession) -> Mapping[int, int]:
    """How many lines each campaign has, of all trunks."""
    query = select(Line.campaign_id, func.count()).where(Line.attempt_id.is_not(None)).group_by(Line.campaign_id)
    return {campaign: count for campaign, count in await session.execute(query) if campaign is not None}


def _too_fast(last: datetime | None, per_second: float, at: datetime) -> datetime | None:
    """When the next call may begin; None: now. A clock that was set back must not stop the calls."""
    if last is None or last > at:
        return None
    soon = last + timedelta(seconds=1 / per_second)
    return soon if soon > at else None
