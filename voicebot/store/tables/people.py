"""Patients, their numbers, and who may be called."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from voicebot.store.tables.base import Base, Id, Phone, Zone, words_of


class Gender(StrEnum):
    """FHIR R4 AdministrativeGender."""

    MALE = "male"
    FEMALE = "female"
    OTHER = "other"
    UNKNOWN = "unknown"


class Patient(Base):
    """A person the clinic cares for."""

    __tablename__ = "patients"

    id: Mapped[Id]
    external_id: Mapped[str | None] = mapped_column(String(64), unique=True)  #: in the medical information system
    surname: Mapped[str]
    name: Mapped[str]
    patronymic: Mapped[str] = mapped_column(default="")
    name_key: Mapped[str] = mapped_column(index=True)  #: full name folded for comparing: lower case, ё = е
    gender: Mapped[Gender] = mapped_column(words_of(Gender, "gender"), default=Gender.UNKNOWN)
    birth_date: Mapped[date | None] = mapped_column(index=True)
    language: Mapped[str] = mapped_column(String(8), default="ru")
    zone: Mapped[Zone | None]  #: where this person lives, if it is not where the number is
    created_at: Mapped[datetime]


class Number(Base):
    """A telephone number; its row is the lock under which it is called, whoever asks."""

    __tablename__ = "numbers"

    id: Mapped[Id]
    e164: Mapped[Phone] = mapped_column(unique=True)
    zone: Mapped[Zone | None]  #: where its owner's clock stands; unknown: the number is not called
    do_not_call: Mapped[bool] = mapped_column(default=False)
    do_not_call_at: Mapped[datetime | None]
    do_not_call_why: Mapped[str | None]
    next_call_at: Mapped[datetime | None]  #: no attempt before it, in any campaign


class PatientNumber(Base):
    """Whose number it is: a person has several, a family shares one."""

    __tablename__ = "patient_numbers"
    __table_args__ = (Index(None, "number_id"),)

    patient_id: Mapped[int] = mapped_column(ForeignKey("patients.id", ondelete="CASCADE"), primary_key=True)
    number_id: Mapped[int] = mapped_column(ForeignKey("numbers.id", ondelete="CASCADE"), primary_key=True)
