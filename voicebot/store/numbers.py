"""Telephone numbers: who must not be called."""

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.store import outbox
from voicebot.store.database import now
from voicebot.store.tables import Number
from voicebot.store.upsert import insert_new


async def do_not_call(session: AsyncSession, e164: str, *, by: str) -> None:
    """Never call this number again, in any campaign; it need not be known. `by`: who or what says so (`call:ID`)."""
    await session.execute(insert_new(session, Number).values(e164=e164, do_not_call=True))
    await session.execute(
        update(Number)
        .where(Number.e164 == e164)
        .values(do_not_call=True, do_not_call_at=now(session), do_not_call_why=by)
    )
    await outbox.put(session, "number.do_not_call", {"number": e164})
