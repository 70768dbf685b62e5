"""What people and other systems are told: tasks and the outbox."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from voicebot.store.tables.base import Base, Id, Key, words_of


class TaskState(StrEnum):
    """open → taken → done."""

    OPEN = "open"
    TAKEN = "taken"
    DONE = "done"


class Task(Base):
    """Something a person must do: call back, check a red flag, sort out a wrong number."""

    __tablename__ = "tasks"
    __table_args__ = (Index(None, "state", "due_at"),)

    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(64))
    state: Mapped[TaskState] = mapped_column(words_of(TaskState, "state"), default=TaskState.OPEN)
    about: Mapped[dict[str, Any]]
    call_id: Mapped[Key | None] = mapped_column(ForeignKey("calls.id", ondelete="SET NULL"), index=True)
    due_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    taken_by: Mapped[str | None]
    taken_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]


class Outbox(Base):
    """A message for the outside world, written in the same transaction as what it tells."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index(
            "ix_outbox_unsent",
            "id",
            sqlite_where=text("sent_at IS NULL"),
            postgresql_where=text("sent_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    topic: Mapped[str] = mapped_column(String(64))
    payload: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class Replayed(Base):
    """An entry of a robot's journal that has been written into the store: it is not written again."""

    __tablename__ = "replayed"

    id: Mapped[Key] = mapped_column(primary_key=True)
    at: Mapped[datetime]
