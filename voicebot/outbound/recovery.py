"""After a crash: attempts that were open are ended truthfully."""

import logging
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.dialog.ports import Clock
from voicebot.outbound import queue
from voicebot.outbound.ports import DialEnd
from voicebot.outcomes import Outcome
from voicebot.store.database import Database
from voicebot.store.tables import Attempt, Call

_log = logging.getLogger(__name__)
_CALL = select(Call).where(Call.attempt_id == bindparam("attempt"))


@dataclass(frozen=True, kw_only=True)
class OpenAttempt:
    """An attempt that nobody ended."""

    id: str
    node: str
    created_at: datetime


#: What somebody other than the robot saw of an attempt (Asterisk's event log, for one); None: nothing is proven.
Evidence = Callable[[OpenAttempt], Awaitable[Outcome | None]]


async def nothing_proven(_: OpenAttempt) -> Outcome | None:
    """Evidence where nobody watches: what was open is lost."""
    return None


async def recover(database: Database, clock: Clock, *, node: str, evidence: Evidence) -> int:
    """End the attempts that this node left open when it died.

    Call it before the dispatcher starts, when no channel of this node lives any more. A talk that had begun was
    `answered`, and what it had achieved stays; else the evidence tells; without any the attempt is `lost`.
    Returns how many attempts were ended.

    Raises:
        StoreError: the store does not answer.
    """
    async with database.read() as session:
        orphans = await _open_ones(session, Attempt.node == node)
    return sum([await _end(database, clock, orphan, evidence, expired_only=False) for orphan in orphans])


async def take_over(database: Database, clock: Clock, evidence: Evidence, *, but: Collection[str]) -> int:
    """End the attempts whose lease has run out: their robot is dead, or has lost them. `but`: those that live.

    Returns how many attempts were ended.

    Raises:
        StoreError: the store does not answer.
    """
    async with database.read() as session:
        expired = await _open_ones(session, Attempt.lease_until < clock.now())
    orphans = [attempt for attempt in expired if attempt.id not in but]
    return sum([await _end(database, clock, orphan, evidence, expired_only=True) for orphan in orphans])


async def extend(session: AsyncSession, attempts: Collection[str], until: datetime) -> None:
    """Their robot lives: no other may end these attempts before `until`."""
    living = update(Attempt).where(Attempt.id.in_(attempts), Attempt.ended_at.is_(None))
    await session.execute(living.values(lease_until=until).execution_options(synchronize_session=False))


async def truthful_end(session: AsyncSession, attempt_id: str, end: DialEnd) -> DialEnd:
    """`end`, unless the store knows better: of an attempt whose talk began it is known that, or what, answered it.

    A call row that is still open is closed.
    """
    call = await session.scalar(_CALL, {"attempt": attempt_id})
    if call is None or call.answered_at is None:
        return end
    if call.ended_at is None:
        # That a machine answered may still lie in the talk's journal.
        answered_by = Outcome.MACHINE if end.outcome is Outcome.MACHINE else Outcome.ANSWERED
        call.ended_at, call.outcome = end.ended_at, answered_by
    return replace(end, outcome=call.outcome or Outcome.ANSWERED, answered_at=end.answered_at or call.answered_at)


async def _open_ones(session: AsyncSession, which: ColumnElement[bool]) -> list[OpenAttempt]:
    query = select(Attempt.id, Attempt.node, Attempt.created_at).where(Attempt.ended_at.is_(None), which)
    rows = await session.execute(query.order_by(Attempt.created_at))
    return [OpenAttempt(id=row.id, node=row.node, created_at=row.created_at) for row in rows]


async def _end(
    database: Database, clock: Clock, orphan: OpenAttempt, evidence: Evidence, *, expired_only: bool
) -> bool:
    seen = await evidence(orphan)
    async with database.write() as session:
        attempt = await session.get(Attempt, orphan.id, with_for_update=True, populate_existing=True)
        if attempt is None or (expired_only and attempt.lease_until >= clock.now()):  # its robot has come back
            return False
        end = await truthful_end(session, orphan.id, DialEnd(outcome=seen or Outcome.LOST, ended_at=clock.now()))
        ended = await queue.finish(session, orphan.id, end)
    if ended:
        _log.warning("an attempt was left open", extra={"attempt": orphan.id, "outcome": end.outcome})
    return ended
