"""Patients, their numbers, who answers for whom, and what was consented to."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
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
    birth_date: Mapped[date | None]
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
    refused_at: Mapped[datetime | None]  #: its owner wants no advertising or surveys


class PatientNumber(Base):
    """Whose number it is: a person has several, a family shares one."""

    __tablename__ = "patient_numbers"
    __table_args__ = (Index(None, "number_id"),)

    patient_id: Mapped[int] = mapped_column(ForeignKey("patients.id", ondelete="CASCADE"), primary_key=True)
    number_id: Mapped[int] = mapped_column(ForeignKey("numbers.id", ondelete="CASCADE"), primary_key=True)


class Guardian(Base):
    """Who may speak for a patient: a child's mother, an old man's daughter."""

    __tablename__ = "guardians"
    __table_args__ = (Index(None, "guardian_id"),)

    patient_id: Mapped[int] = mapped_column(ForeignKey("patients.id", ondelete="CASCADE"), primary_key=True)
    guardian_id: Mapped[int] = mapped_column(ForeignKey("patients.id", ondelete="CASCADE"), primary_key=True)
    relation: Mapped[str] = mapped_column(String(32), default="")  #: mother, father, daughter, …


class ConsentKind(StrEnum):
    """What somebody agreed to."""

    ADVERTISING = "advertising"  #: automatic calls that advertise (38-FZ art. 18)
    RECORDING = "recording"
    MESSAGES = "messages"  #: SMS, e-mail, messengers
    DATA = "data"  #: use of health data beyond the treatment (152-FZ)


class Consent(Base):
    """A consent, of a person or of whoever uses a number, with its proof; it holds until it is withdrawn."""

    __tablename__ = "consents"
    __table_args__ = (
        Index(None, "patient_id", "kind"),
        Index(None, "number_id", "kind"),
        CheckConstraint("patient_id IS NOT NULL OR number_id IS NOT NULL", name="whose"),
    )

    id: Mapped[Id]
    patient_id: Mapped[int | None] = mapped_column(ForeignKey("patients.id", ondelete="CASCADE"))
    number_id: Mapped[int | None] = mapped_column(ForeignKey("numbers.id", ondelete="CASCADE"))
    kind: Mapped[ConsentKind] = mapped_column(words_of(ConsentKind, "kind"))
    given_at: Mapped[datetime]
    proof: Mapped[str]  #: `call:ID`, the name of a list, a document's number
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str | None]
