"""When doctors receive: weekly hours and absences, from which slots are made."""

from datetime import date, datetime, time

from sqlalchemy import ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from voicebot.store.tables.base import Base, Id, Json


class Schedule(Base):
    """A doctor's hours on certain weekdays at a site; a doctor has as many of them as needed."""

    __tablename__ = "schedules"
    __table_args__ = (UniqueConstraint("doctor_id", "site_id", "weekdays", "starts", "valid_from"),)

    id: Mapped[Id]
    doctor_id: Mapped[int] = mapped_column(ForeignKey("doctors.id", ondelete="CASCADE"))
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"))
    service_id: Mapped[int | None] = mapped_column(ForeignKey("services.id"))  #: None: whatever the doctor does
    room: Mapped[str] = mapped_column(default="")  #: as it is said
    weekdays: Mapped[str] = mapped_column(String(7))  #: ISO numbers, `135`: Monday, Wednesday, Friday
    starts: Mapped[time]  #: local time of the site
    ends: Mapped[time]
    minutes: Mapped[int] = mapped_column(Integer)  #: of one slot
    breaks: Mapped[list[list[str]]] = mapped_column(Json)  #: `[["13:00", "14:00"]]`
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]  #: the last day


class Absence(Base):
    """A doctor does not receive: leave, illness, a conference."""

    __tablename__ = "absences"
    __table_args__ = (Index(None, "doctor_id", "starts_at"), UniqueConstraint("doctor_id", "starts_at", "ends_at"))

    id: Mapped[Id]
    doctor_id: Mapped[int] = mapped_column(ForeignKey("doctors.id", ondelete="CASCADE"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    why: Mapped[str] = mapped_column(default="")
