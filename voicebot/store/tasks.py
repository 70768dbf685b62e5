"""What a person must do."""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.store.database import now
from voicebot.store.tables import Task, TaskState


async def add(
    session: AsyncSession,
    *,
    kind: str,
    about: dict[str, Any],
    call_id: str | None = None,
    due_at: datetime | None = None,
) -> int:
    """Ask for something; `kind` is a word such as `call_back`. Returns the task's id."""
    task = Task(kind=kind, state=TaskState.OPEN, about=about, call_id=call_id, due_at=due_at, created_at=now(session))
    session.add(task)
    await session.flush()
    return task.id
