"""Did every person's call end as it should, and did they hear what is true? The city's word against the store's."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.demo.cast import HOTLINE, OPERATOR, Member
from voicebot.outcomes import Outcome, Result
from voicebot.simulator.persona import Ends, persona
from voicebot.simulator.subscriber import line_of
from voicebot.simulator.witness import Seen, Witness
from voicebot.store.database import Database
from voicebot.store.tables import (
    Appointment,
    AppointmentChange,
    Attempt,
    AttemptContact,
    Call,
    Contact,
    Direction,
    Number,
    Patient,
    Turn,
)
from voicebot.telephony.handover import decode


@dataclass(frozen=True, kw_only=True)
class Stored:
    """What the store says of one contact."""

    outcome: Outcome | None = None  #: of the last attempt
    result: Result | None = None
    attempts: int = 0
    turns: int = 0
    visit: str = ""  #: the appointment's state, in Russian


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """One person of the cast."""

    member: Member
    stored: Stored
    witnesses: tuple[Witness, ...]
    faults: tuple[str, ...] = field(default=())

    @property
    def latencies_ms(self) -> list[int]:
        """From the end of each answer to the robot's reply, at the person's ear."""
        return [reply.milliseconds for witness in self.witnesses for reply in witness.replies]

    @property
    def greetings_ms(self) -> list[int]:
        """From the end of “алло” to the robot's greeting."""
        return [witness.greeting.milliseconds for witness in self.witnesses if witness.greeting]

    @property
    def heard(self) -> dict[str, Any]:
        """Facts by kind, as they were understood at the person's ear."""
        facts: dict[str, Any] = {}
        for witness in self.witnesses:
            facts |= {
                kind.value: values[0] if len(values) == 1 else list(values) for kind, values in witness.facts.items()
            }
        return facts

    def as_json(self) -> dict[str, Any]:
        """The shape of `voicebot demo --json`."""
        return {
            "name": self.member.patient.full_name,
            "persona": self.member.persona,
            "outcome": self.stored.outcome,
            "result": self.stored.result,
            "attempts": self.stored.attempts,
            "turns": self.stored.turns,
            "heard": self.heard,
            "reply_latency_ms": self.latencies_ms,
            "greeting_latency_ms": self.greetings_ms,
            "faults": list(self.faults),
        }


#: The visit's state after a talk with this result; after any other it is as it was.
_VISITS = {Result.CONFIRMED: "подтверждён", Result.CANCELLED: "отменён", Result.RESCHEDULED: "перенесён"}


async def judge(database: Database, people: Sequence[Member], witnesses: Sequence[Witness]) -> list[Verdict]:
    """One verdict for every person of the cast."""
    verdicts = []
    async with database.read() as session:
        for member in people:
            stored = await (_caller(session, member) if member.calls else _stored(session, member))
            seen = tuple(one for one in witnesses if line_of(_subscriber(one)) == line_of(member.number))
            # Who answers the second call may be in another mood than who answered the first.
            player = seen[-1].persona if seen else member.persona
            faults = _faults(persona(player).ends, stored, seen)
            if stored.result is Result.TRANSFERRED and not member.calls:
                faults += _untold(member, witnesses)
            verdicts.append(Verdict(member=member, stored=stored, witnesses=seen, faults=tuple(faults)))
    return verdicts


def _faults(ends: Ends, stored: Stored, seen: Sequence[Witness]) -> list[str]:
    """What is not as the persona says."""
    faults = [error for witness in seen if witness.seen is Seen.ANSWERED for error in witness.errors]
    faults += [witness.fault for witness in seen if witness.fault and witness.seen is not Seen.ANSWERED]
    if not seen:
        faults.append("nobody called")
    if len(seen) != stored.attempts:
        faults.append(f"the network saw {len(seen)} calls, the store knows {stored.attempts}")
    if stored.outcome is not ends.outcome:
        faults.append(f"outcome {stored.outcome}, should be {ends.outcome}")
    if stored.result is not ends.result:
        faults.append(f"result {stored.result}, should be {ends.result}")
    if seen and (seen[-1].seen is Seen.ANSWERED) != (ends.outcome in (Outcome.ANSWERED, Outcome.MACHINE)):
        faults.append(f"the network says {seen[-1].seen}")
    wanted = _VISITS.get(ends.result or Result.ERROR, "записан")
    if stored.visit != wanted and (stored.visit or ends.result is not Result.TRANSFERRED):  # callers had no visit
        faults.append(f"the visit is “{stored.visit}”, should be “{wanted}”")
    return faults


def _subscriber(witness: Witness) -> str:
    """Whose telephone of the city it was: the called one, or, of a call to the robot, the calling one."""
    return witness.caller_id if witness.number == HOTLINE else witness.number


def _untold(member: Member, witnesses: Sequence[Witness]) -> list[str]:
    """The operator who took the call must know of whom it is."""
    told = [decode(one.handover).facts.get("patient") for one in witnesses if one.number == OPERATOR and one.handover]
    return [] if member.patient.full_name in told else ["no operator was told who is calling"]


async def _stored(session: AsyncSession, member: Member) -> Stored:
    contact = (
        await session.execute(
            select(Contact.id, Contact.appointment_id)
            .join(Number, Number.id == Contact.number_id)
            .join(Patient, Patient.id == Contact.patient_id)
            .where(Number.e164 == member.number, Patient.surname == member.patient.surname)
            .where(Patient.name == member.patient.name)
        )
    ).one_or_none()
    if contact is None:
        return Stored()
    tries = (
        await session.execute(
            select(Attempt.id, Attempt.outcome, AttemptContact.result)
            .join(AttemptContact, AttemptContact.attempt_id == Attempt.id)
            .where(AttemptContact.contact_id == contact.id)
            .order_by(Attempt.created_at)
        )
    ).all()
    if not tries:
        return Stored()
    turns = await session.scalar(select(func.count()).where(Turn.call_id.in_([one.id for one in tries])))
    return Stored(
        outcome=tries[-1].outcome,
        result=tries[-1].result,
        attempts=len(tries),
        turns=turns or 0,
        visit=await _visit(session, await session.get_one(Appointment, contact.appointment_id)),
    )


async def _caller(session: AsyncSession, member: Member) -> Stored:
    """What the store says of somebody who phoned."""
    call = await session.scalar(select(Call).where(Call.number == member.number, Call.direction == Direction.INBOUND))
    if call is None:
        return Stored()
    turns = await session.scalar(select(func.count()).where(Turn.call_id == call.id))
    found = select(Appointment).join(Patient).where(Patient.surname == member.patient.surname)
    booked = await session.scalar(found.where(Patient.name == member.patient.name))
    visit = await _visit(session, booked) if booked else ""
    return Stored(outcome=call.outcome, result=call.result, attempts=1, turns=turns or 0, visit=visit)


async def _visit(session: AsyncSession, appointment: Appointment) -> str:
    if appointment.status == "cancelled":
        return "отменён"
    if appointment.confirmed_at:
        return "подтверждён"
    changes = select(AppointmentChange.what).where(AppointmentChange.appointment_id == appointment.id)
    return "перенесён" if "moved" in set(await session.scalars(changes)) else "записан"
