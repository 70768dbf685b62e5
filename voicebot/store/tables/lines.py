"""Ways out to the telephone network, and their lines, counted over all robots."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from voicebot.store.tables.base import Base, Key


class TrunkState(Base):
    """A trunk of the settings, as all robots of this store see it; its row is the lock under which lines are taken."""

    __tablename__ = "trunks"

    name: Mapped[Key] = mapped_column(primary_key=True)
    lines: Mapped[int]
    last_call_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)  #: attempts in a row that the network had no room for, or refused
    broken_until: Mapped[datetime | None]  #: no call before it; then one, as a probe


class Line(Base):
    """One of a trunk's simultaneous calls; free, or taken for as long as its attempt is open."""

    __tablename__ = "lines"

    trunk: Mapped[Key] = mapped_column(ForeignKey("trunks.name", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)  #: from 0
    attempt_id: Mapped[str | None] = mapped_column(ForeignKey("attempts.id", ondelete="SET NULL"), unique=True)
    campaign_id: Mapped[int | None]  #: of that attempt
