"""What the store says of one person of the cast."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.demo.cast import Member
from voicebot.outcomes import Outcome, Result
from voicebot.store.tables import (
    Appointment,
    AppointmentChange,
    Attempt,
    AttemptContact,
    Call,
    Case,
    Contact,
    Direction,
    Fact,
    Number,
    Patient,
    Task,
    Turn,
)

CONFIRMED, CANCELLED, MOVED, BOOKED = "подтверждён", "отменён", "перенесён", "записан"


@dataclass(frozen=True, kw_only=True)
class Stored:
    """One person's calls, and what came of them."""

    outcome: Outcome | None = None  #: of the last attempt
    result: Result | None = None
    attempts: int = 0
    turns: int = 0
    visit: str = ""  #: the appointment's state, in Russian; empty: there is none
    visit_at: datetime | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)  #: by field; the last word stands
    tasks: tuple[str, ...] = ()
    case: Mapping[str, Any] | None = None  #: by column


async def of_member(session: AsyncSession, member: Member) -> Stored:
    """Whether they were called, or called."""
    found = await (_calls if member.calls else _attempts)(session, member)
    if not found:
        return Stored()
    visit = await _visit(session, member)
    last = found[-1]
    ids = [one.id for one in found]
    facts = await session.execute(select(Fact.field, Fact.value).where(Fact.call_id.in_(ids)).order_by(Fact.id))
    tasks = await session.scalars(select(Task.kind).where(Task.call_id.in_(ids)).order_by(Task.id))
    return Stored(
        outcome=last.outcome,
        result=last.result,
        attempts=len(found),
        turns=await session.scalar(select(func.count()).where(Turn.call_id.in_(ids))) or 0,
        visit=await _state(session, visit) if visit else "",
        visit_at=visit.starts_at if visit else None,
        facts={one.field: one.value for one in facts},
        tasks=tuple(tasks),
        case=await _case(session, ids),
    )


async def _attempts(session: AsyncSession, member: Member) -> Sequence[Any]:
    """Rows of id (of the attempt, and of its call), outcome and result."""
    contact = (
        select(Contact.id)
        .join(Number, Number.id == Contact.number_id)
        .join(Patient, Patient.id == Contact.patient_id)
        .where(Number.e164 == member.number, Patient.surname == member.patient.surname)
        .where(Patient.name == member.patient.name)
    )
    query = (
        select(Attempt.id, Attempt.outcome, AttemptContact.result)
        .join(AttemptContact, AttemptContact.attempt_id == Attempt.id)
        .where(AttemptContact.contact_id.in_(contact))
        .order_by(Attempt.created_at)
    )
    return (await session.execute(query)).all()


async def _calls(session: AsyncSession, member: Member) -> Sequence[Any]:
    """The same of somebody who phoned."""
    query = select(Call.id, Call.outcome, Call.result).where(Call.number == member.number)
    return (await session.execute(query.where(Call.direction == Direction.INBOUND).order_by(Call.started_at))).all()


async def _visit(session: AsyncSession, member: Member) -> Appointment | None:
    """The latest one of this patient."""
    who = member.patient
    query = select(Appointment).join(Patient, Patient.id == Appointment.patient_id)
    theirs = (Patient.surname == who.surname, Patient.name == who.name, Patient.patronymic == who.patronymic)
    found: Appointment | None = await session.scalar(query.where(*theirs).order_by(Appointment.id.desc()).limit(1))
    return found


async def _case(session: AsyncSession, calls: Sequence[str]) -> Mapping[str, Any] | None:
    case = await session.scalar(select(Case).where(Case.call_id.in_(calls)))
    return {column.name: getattr(case, column.name) for column in Case.__table__.columns} if case else None


async def _state(session: AsyncSession, visit: Appointment) -> str:
    if visit.status == "cancelled":
        return CANCELLED
    if visit.confirmed_at:
        return CONFIRMED
    changes = select(AppointmentChange.what).where(AppointmentChange.appointment_id == visit.id)
    return MOVED if "moved" in set(await session.scalars(changes)) else BOOKED
