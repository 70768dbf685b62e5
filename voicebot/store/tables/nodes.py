"""Robots that share this store."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from voicebot.store.tables.base import Base, Key


class Node(Base):
    """One robot beside its Asterisk."""

    __tablename__ = "nodes"

    name: Mapped[Key] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    beat_at: Mapped[datetime]  #: the last sign of life
    stopped_at: Mapped[datetime | None]  #: it stopped in good order
