"""Cases: requests for medical assistance, what became of them, and the policies they are paid from."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, Numeric, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from voicebot.store.tables.base import Base, Id, Key, Phone, words_of


class CaseStage(StrEnum):
    """new → registered → organising → provided → closed; or cancelled."""

    NEW = "new"  #: what the caller said, as far as it was understood
    REGISTERED = "registered"  #: enough is known to act
    ORGANISING = "organising"  #: somebody arranges the service
    PROVIDED = "provided"  #: the insured person was helped
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Insurer(Base):
    """An insurance company."""

    __tablename__ = "insurers"

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str]
    hints: Mapped[str] = mapped_column(default="")  #: what an operator must know of its customers


class Policy(Base):
    """Who is insured, where, and for how long."""

    __tablename__ = "policies"
    __table_args__ = (UniqueConstraint("insurer_id", "number"), Index(None, "number"), Index(None, "name_key"))

    id: Mapped[Id]
    insurer_id: Mapped[int] = mapped_column(ForeignKey("insurers.id"))
    number: Mapped[str] = mapped_column(String(64))  #: letters and digits joined, upper case
    holder: Mapped[str]  #: the insured person's full name, in Russian or as in the passport
    name_key: Mapped[str]  #: the same folded for comparing
    birth_date: Mapped[date | None]
    patient_id: Mapped[int | None] = mapped_column(ForeignKey("patients.id", ondelete="SET NULL"), index=True)
    valid_from: Mapped[date]
    valid_to: Mapped[date]  #: the last day
    territory: Mapped[str] = mapped_column(default="")  #: ISO country codes; empty: everywhere
    programme: Mapped[str] = mapped_column(default="")
    deductible: Mapped[float | None] = mapped_column(Numeric(12, 2, asdecimal=False))
    currency: Mapped[str] = mapped_column(String(3), default="")
    vip: Mapped[bool] = mapped_column(default=False)


class Case(Base):
    """A request for medical assistance, as the intake dialogue opened it."""

    __tablename__ = "cases"
    __table_args__ = (Index(None, "stage", "due_at"), Index(None, "created_at"))

    id: Mapped[Id]
    call_id: Mapped[Key | None] = mapped_column(ForeignKey("calls.id", ondelete="SET NULL"), index=True)
    patient_id: Mapped[int | None] = mapped_column(ForeignKey("patients.id"), index=True)
    policy_id: Mapped[int | None] = mapped_column(ForeignKey("policies.id", ondelete="SET NULL"))
    stage: Mapped[CaseStage] = mapped_column(words_of(CaseStage, "stage"))
    insured: Mapped[str] = mapped_column(default="")  #: full name as it was understood
    birth_date: Mapped[date | None]
    policy_number: Mapped[str] = mapped_column(String(64), default="")  #: as it was said
    country: Mapped[str] = mapped_column(String(2), default="")  #: ISO
    place: Mapped[str] = mapped_column(default="")  #: city, hotel, address
    complaint: Mapped[str] = mapped_column(default="")  #: in the caller's words
    red_flag: Mapped[bool] = mapped_column(default=False)  #: words of an emergency were heard
    number: Mapped[Phone] = mapped_column(default="")  #: whom to call back
    data: Mapped[dict[str, Any]]  #: what else was learnt, by field
    due_at: Mapped[datetime | None]  #: until then the present stage must be over
    serve_by: Mapped[datetime]  #: until then help must have been arranged
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class CaseChange(Base):
    """What happened to a case, and who or what did it."""

    __tablename__ = "case_changes"

    id: Mapped[Id]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    by: Mapped[str]
    what: Mapped[str] = mapped_column(String(32))  #: opened, a stage's name, noted
    detail: Mapped[dict[str, Any]]
