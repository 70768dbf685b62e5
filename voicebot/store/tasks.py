"""What a person must do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.errors import StoreError
from voicebot.store.database import now
from voicebot.store.tables import Call, Task, TaskState


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


@dataclass(frozen=True, kw_only=True)
class TaskView:
    """A task as people see it."""

    id: int
    kind: str
    state: TaskState
    about: dict[str, Any]
    call_id: str | None
    due_at: datetime | None
    created_at: datetime
    taken_by: str | None
    number: str | None  #: who was called, or called, when it came up


async def listed(
    session: AsyncSession, *, states: Sequence[TaskState] = (TaskState.OPEN, TaskState.TAKEN), limit: int = 100
) -> list[TaskView]:
    """Tasks, the most urgent first: those that are due soonest, then the oldest."""
    query = select(Task, Call.number).outerjoin(Call, Call.id == Task.call_id).where(Task.state.in_(states))
    found = await session.execute(query.order_by(Task.due_at.is_(None), Task.due_at, Task.id).limit(limit))
    return [
        TaskView(
            id=task.id,
            kind=task.kind,
            state=task.state,
            about=task.about,
            call_id=task.call_id,
            due_at=task.due_at,
            created_at=task.created_at,
            taken_by=task.taken_by,
            number=number or None,
        )
        for task, number in found
    ]


async def take(session: AsyncSession, task_id: int, *, by: str) -> None:
    """Somebody does it; harmless when they have it already.

    Raises:
        StoreError: no such task, done already, or another person has it.
    """
    task = await _locked(session, task_id)
    if task.state is TaskState.TAKEN and task.taken_by == by:
        return
    if task.state is not TaskState.OPEN:
        whose = f"{task.taken_by} has it" if task.state is TaskState.TAKEN else "it is done"
        raise StoreError(f"the task cannot be taken: {whose}", place=f"task {task_id}")
    task.state, task.taken_by, task.taken_at = TaskState.TAKEN, by, now(session)
    await session.flush()


async def done(session: AsyncSession, task_id: int, *, by: str) -> None:
    """It is done; harmless when it was before.

    Raises:
        StoreError: no such task.
    """
    task = await _locked(session, task_id)
    if task.state is not TaskState.DONE:
        task.state, task.done_at, task.taken_by = TaskState.DONE, now(session), task.taken_by or by
        await session.flush()


async def _locked(session: AsyncSession, task_id: int) -> Task:
    task = await session.get(Task, task_id, with_for_update=True, populate_existing=True)
    if task is None:
        raise StoreError("no such task", place=f"task {task_id}", mend="`voicebot task list` shows all.")
    return task
