"""A call as it is written down: what was said, understood and done."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.store.tables import Fact, Operation, Task, Turn


@dataclass(frozen=True, kw_only=True)
class Transcript:
    """All rows of one call, in their order."""

    turns: Sequence[Turn]
    facts: Sequence[Fact]
    operations: Sequence[Operation]
    tasks: Sequence[Task]


async def of_call(session: AsyncSession, call_id: str) -> Transcript:
    """What there is so far; empty for a call that nobody knows."""
    turns = await session.scalars(select(Turn).where(Turn.call_id == call_id).order_by(Turn.no))
    facts = await session.scalars(select(Fact).where(Fact.call_id == call_id).order_by(Fact.id))
    done = select(Operation).where(Operation.call_id == call_id).order_by(Operation.turn, Operation.action)
    tasks = await session.scalars(select(Task).where(Task.call_id == call_id).order_by(Task.id))
    operations = (await session.scalars(done)).all()
    return Transcript(turns=turns.all(), facts=facts.all(), operations=operations, tasks=tasks.all())
