"""Messages for the outside world, written in the same transaction as what they tell."""

from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.store.database import now
from voicebot.store.tables import Outbox

_PUT = insert(Outbox.__table__)  # type: ignore[arg-type]  # a declared class has a table


async def put(session: AsyncSession, topic: str, payload: dict[str, Any]) -> None:
    """Leave a message; it is sent after the commit, in the order of ids."""
    await session.execute(_PUT, {"topic": topic, "payload": payload, "created_at": now(session)})
