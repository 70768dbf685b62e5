"""The waiting list: who wants an earlier or a freed time."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from voicebot.store.tables.base import Base, Id, Json, words_of


class WaitState(StrEnum):
    """waiting ⇄ offered → booked | withdrawn | expired."""

    WAITING = "waiting"
    OFFERED = "offered"  #: a freed slot is held for them while they are called
    BOOKED = "booked"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Wait(Base):
    """A patient who waits for a time of a specialty, or of one doctor."""

    __tablename__ = "waitlist"
    __table_args__ = (Index(None, "state", "specialty", "created_at"), Index(None, "patient_id"))

    id: Mapped[Id]
    patient_id: Mapped[int] = mapped_column(ForeignKey("patients.id", ondelete="CASCADE"))
    specialty: Mapped[str]
    doctor_id: Mapped[int | None] = mapped_column(ForeignKey("doctors.id", ondelete="CASCADE"))  #: None: any
    site_id: Mapped[int | None] = mapped_column(ForeignKey("sites.id"))  #: None: any
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointments.id", ondelete="SET NULL"))
    #: ^ the visit they have already and would change for an earlier one
    wish: Mapped[Any] = mapped_column(Json)  #: see `store.wishes`; null: any time
    until: Mapped[datetime | None]  #: later is of no use to them
    state: Mapped[WaitState] = mapped_column(words_of(WaitState, "state"), default=WaitState.WAITING)
    slot_id: Mapped[int | None] = mapped_column(ForeignKey("slots.id", ondelete="SET NULL"), index=True)  #: offered
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(128))
