"""What talks achieved."""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.errors import StoreError
from voicebot.outcomes import Result
from voicebot.store import outbox
from voicebot.store.database import now
from voicebot.store.tables import AttemptContact, Call

_SAID = (
    update(AttemptContact)
    .where(AttemptContact.attempt_id == bindparam("attempt"), AttemptContact.contact_id == bindparam("contact"))
    .values(
        result=bindparam("said"), detail=bindparam("more"), callback_at=bindparam("back"), recorded_at=bindparam("at")
    )
)


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
        said = {"said": result, "more": detail, "back": callback_at, "at": now(session)}
        connection = await session.connection()  # the row is in no session
        written = await connection.execute(_SAID, {"attempt": attempt_id, "contact": contact_id, **said})
        if not written.rowcount:
            raise StoreError("this attempt does not call this contact", place=f"attempt {attempt_id}")
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
