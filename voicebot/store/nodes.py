"""Robots that share the store: when each began, that it lives, and that it ended in good order."""

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.store.database import now
from voicebot.store.tables import Node


async def started(session: AsyncSession, name: str) -> None:
    """The robot of this name takes and makes calls from now on."""
    at = now(session)
    node = await session.get(Node, name)
    if node is None:
        node = Node(name=name)
        session.add(node)
    node.started_at, node.beat_at, node.stopped_at = at, at, None


async def beat(session: AsyncSession, name: str) -> None:
    """It lives."""
    await session.execute(update(Node).where(Node.name == name).values(beat_at=now(session)))


async def stopped(session: AsyncSession, name: str) -> None:
    """It ended in good order."""
    node = await session.get_one(Node, name)
    node.beat_at = node.stopped_at = now(session)
