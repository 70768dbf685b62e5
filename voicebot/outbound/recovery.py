"""After a crash: attempts that were open are ended truthfully."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.dialog.ports import Clock
from voicebot.outbound import queue
from voicebot.outbound.ports import DialEnd
from voicebot.outcomes import Outcome
from voicebot.store.database import Database
from voicebot.store.tables import Attempt, Call

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class OpenAttempt:
    """An attempt that nobody ended."""

    id: str
    node: str


#: What somebody other than the robot saw of an attempt (Asterisk's event log, for one); None: nothing is proven.
Evidence = Callable[[OpenAttempt], Awaitable[Outcome | None]]


async def recover(database: Database, clock: Clock, *, node: str, evidence: Evidence) -> int:
    """End the attempts that this node left open when it died, and those of nodes whose lease has run out.

    Call it before the dispatcher starts, when no channel of this node lives any more. A talk that had begun was
    `answered`, and what it had achieved stays; else the evidence tells; without any the attempt is `lost`.
    Returns how many attempts were ended.

    Raises:
        StoreError: the store does not answer.
    """
    at = clock.now()
    async with database.read() as session:
        orphans = await _orphans(session, node, at)
    for orphan in orphans:
        seen = await evidence(orphan)
        async with database.write() as session:
            end = await truthful_end(session, orphan.id, DialEnd(outcome=seen or Outcome.LOST, ended_at=clock.now()))
            await queue.finish(session, orphan.id, end)
        _log.warning("an attempt was left open", extra={"attempt": orphan.id, "outcome": end.outcome})
    return len(orphans)


async def truthful_end(session: AsyncSession, attempt_id: str, end: DialEnd) -> DialEnd:
    """`end`, unless the store knows better: of an attempt whose talk began it is known that, or what, answered it.

    A call row that is still open is closed.
    """
    call = await session.scalar(select(Call).where(Call.attempt_id == attempt_id))
    if call is None or call.answered_at is None:
        return end
    if call.ended_at is None:
        call.ended_at, call.outcome = end.ended_at, Outcome.ANSWERED
    return replace(end, outcome=call.outcome or Outcome.ANSWERED, answered_at=end.answered_at or call.answered_at)


async def _orphans(session: AsyncSession, node: str, at: datetime) -> list[OpenAttempt]:
    query = (
        select(Attempt)
        .where(Attempt.ended_at.is_(None), or_(Attempt.node == node, Attempt.lease_until < at))
        .order_by(Attempt.created_at)
    )
    return [OpenAttempt(id=attempt.id, node=attempt.node) for attempt in await session.scalars(query)]
