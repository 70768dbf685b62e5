"""Calls, as those who did not make them see them."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.store.tables import Call


async def answered(session: AsyncSession, attempts: Collection[str]) -> set[str]:
    """Those of the attempts that somebody has answered."""
    query = select(Call.attempt_id).where(Call.attempt_id.in_(attempts), Call.answered_at.is_not(None))
    return {str(attempt_id) for attempt_id in await session.scalars(query)}
