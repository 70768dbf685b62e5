"""Doctors, their slots, and appointments, in the words of HL7 FHIR R4."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from voicebot.store.tables.base import Base, Id, Key, Zone, words_of


class SlotStatus(StrEnum):
    """FHIR R4 SlotStatus."""

    FREE = "free"
    BUSY = "busy"
    BUSY_TENTATIVE = "busy-tentative"  #: held for the length of a talk
    BUSY_UNAVAILABLE = "busy-unavailable"  #: a break, an absence
    ENTERED_IN_ERROR = "entered-in-error"


class AppointmentStatus(StrEnum):
    """FHIR R4 AppointmentStatus; "confirmed by the patient" is `confirmed_at`, not a status."""

    PROPOSED = "proposed"
    PENDING = "pending"
    BOOKED = "booked"
    ARRIVED = "arrived"
    FULFILLED = "fulfilled"
    CANCELLED = "cancelled"
    NOSHOW = "noshow"
    ENTERED_IN_ERROR = "entered-in-error"
    CHECKED_IN = "checked-in"
    WAITLIST = "waitlist"


class Doctor(Base):
    """Somebody who receives patients."""

    __tablename__ = "doctors"
    __table_args__ = (UniqueConstraint("name", "specialty"),)

    id: Mapped[Id]
    external_id: Mapped[str | None] = mapped_column(String(64), unique=True)
    name: Mapped[str]
    specialty: Mapped[str] = mapped_column(index=True)  #: a key such as `cardiologist`, or the clinic's own word


class Slot(Base):
    """A time of a doctor that an appointment can take."""

    __tablename__ = "slots"
    __table_args__ = (
        UniqueConstraint("doctor_id", "starts_at"),
        Index(None, "status", "starts_at"),
        Index(None, "doctor_id", "status", "starts_at"),
        Index(
            "ix_slots_held_by",
            "held_by",
            sqlite_where=text("held_by IS NOT NULL"),
            postgresql_where=text("held_by IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    doctor_id: Mapped[int] = mapped_column(ForeignKey("doctors.id"))
    site_id: Mapped[int | None] = mapped_column(ForeignKey("sites.id"))  #: None: the clinic has but one
    service_id: Mapped[int | None] = mapped_column(ForeignKey("services.id"))  #: None: any that the doctor does
    room: Mapped[str] = mapped_column(default="", server_default="")  #: as it is said
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    status: Mapped[SlotStatus] = mapped_column(words_of(SlotStatus, "status"))
    held_by: Mapped[Key | None]  #: the call that holds it while people talk
    held_until: Mapped[datetime | None]


class Appointment(Base):
    """A patient's visit.

    A slot has one living appointment at most. A clinic's list may name two patients for one time of one doctor:
    then the later one has no slot of its own, and cancelling it frees nothing.
    """

    __tablename__ = "appointments"
    __table_args__ = (
        Index(
            "uq_appointments_slot_id_living",
            "slot_id",
            unique=True,
            sqlite_where=text("status NOT IN ('cancelled', 'entered-in-error', 'noshow')"),
            postgresql_where=text("status NOT IN ('cancelled', 'entered-in-error', 'noshow')"),
        ),
        Index(None, "patient_id", "starts_at"),
        Index(None, "starts_at"),
    )

    id: Mapped[Id]
    external_id: Mapped[str | None] = mapped_column(String(64), unique=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patients.id"))
    slot_id: Mapped[int | None] = mapped_column(ForeignKey("slots.id"))
    doctor_id: Mapped[int | None] = mapped_column(ForeignKey("doctors.id"))
    site_id: Mapped[int | None] = mapped_column(ForeignKey("sites.id"))
    service_id: Mapped[int | None] = mapped_column(ForeignKey("services.id"))
    specialty: Mapped[str]
    starts_at: Mapped[datetime]
    zone: Mapped[Zone]  #: of the place where the visit is
    place: Mapped[str] = mapped_column(default="")  #: as it is said: address, floor, room
    preparation: Mapped[str] = mapped_column(default="")  #: what to bring, how to prepare
    status: Mapped[AppointmentStatus] = mapped_column(words_of(AppointmentStatus, "status"))
    confirmed_at: Mapped[datetime | None]  #: the patient said that they will come
    cancel_reason: Mapped[str | None]
    created_at: Mapped[datetime]


class AppointmentChange(Base):
    """What happened to an appointment, and who or what did it."""

    __tablename__ = "appointment_changes"

    id: Mapped[Id]
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointments.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    by: Mapped[str]  #: `call:ID`, `list:CAMPAIGN`, a user's name
    what: Mapped[str] = mapped_column(String(32))  #: booked, confirmed, cancelled, …
    detail: Mapped[dict[str, Any]]
