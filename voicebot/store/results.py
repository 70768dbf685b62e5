"""What talks achieved."""

from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.errors import StoreError
from voicebot.outcomes import Result
from voicebot.store import outbox
from voicebot.store.database import now
from voicebot.store.tables import AttemptContact, Call


async def record(
    session: AsyncSession,
    *,
    call_id: str,
    attempt_id: str | None,
    contact_id: int | None,
    result: Result,
    detail: dict[str, Any],
    callback_at: datetime | None = None,
) -> None:
    """Write the result of a call for one contact, or of a call that has none (inbound).

    A later result of the same talk replaces an earlier one: people change their minds. The queue reads results when
    the attempt ends.

    Raises:
        StoreError: the attempt does not call this contact.
    """
    if attempt_id is None or contact_id is None:
        await session.execute(update(Call).where(Call.id == call_id).values(result=result, detail=detail))
    else:
        contact = await session.get(AttemptContact, (attempt_id, contact_id))
        if contact is None:
            raise StoreError("this attempt does not call this contact", place=f"attempt {attempt_id}")
        contact.result, contact.detail, contact.callback_at = result, detail, callback_at
        contact.recorded_at = now(session)
        await session.flush()
    told = {"call_id": call_id, "attempt_id": attempt_id, "contact_id": contact_id, "result": result.value}
    await outbox.put(session, "result.recorded", told)


async def is_recorded(session: AsyncSession, *, call_id: str, attempt_id: str | None, contact_id: int | None) -> bool:
    """Whether the call has a result for this contact; of a call that has none, whether it has a result."""
    if attempt_id is None or contact_id is None:
        query = select(Call.result).where(Call.id == call_id)
    else:
        place = (AttemptContact.attempt_id == attempt_id, AttemptContact.contact_id == contact_id)
        query = select(AttemptContact.result).where(*place)
    return await session.scalar(query) is not None
