"""What the clinic of the demonstration knows beside the lists: free times, who will phone it, and their visits."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.demo import cast
from voicebot.demo.cast import Insurance, Member, Time
from voicebot.language.reading import Context, Kind
from voicebot.language.understanding import understand
from voicebot.outcomes import Outcome, Result
from voicebot.store import waitlist
from voicebot.store.database import Database, now
from voicebot.store.patients import fold_name
from voicebot.store.policies import fold_number
from voicebot.store.tables import (
    Appointment,
    AppointmentStatus,
    Call,
    Direction,
    Doctor,
    Insurer,
    Number,
    Patient,
    PatientNumber,
    Policy,
    Slot,
    SlotStatus,
)

_MONTH = timedelta(days=30)
_RANG = timedelta(minutes=10)  # ago


async def furnish(database: Database, people: Sequence[Member], today: date, zone: ZoneInfo) -> None:
    """Write it into the store; after the lists, which bring the doctors of their visits."""
    async with database.write() as session:
        for member in people:
            if member.calls or member.scenario in cast.SOURCES:
                patient = await _register(session, member, today, zone)
                await _occasion(session, member, patient)
            if member.insurance:
                await _insure(session, member.patient, member.insurance, today)
            if member.offers:
                doctor = await _doctor(session, member.offers.specialty, member.offers.doctor)
                for one in member.offers.times:
                    await _slot(session, doctor, _at(one, today, zone), SlotStatus.FREE)


async def _occasion(session: AsyncSession, member: Member, patient: int) -> None:
    """Why somebody is called without a list, beside a visit that is over."""
    if member.scenario == "waitlist" and member.offers:
        specialty = _specialty(session, member.offers.specialty)
        await waitlist.add(session, patient_id=patient, specialty=specialty, by="demo")
    if member.scenario == "callback":
        rang = now(session) - _RANG
        missed = Call(id=f"missed-{member.number}", direction=Direction.INBOUND, number=member.number)
        missed.dialled, missed.scenario, missed.detail = cast.HOTLINE, "hotline", {}
        missed.started_at = missed.ended_at = rang
        missed.outcome, missed.result = Outcome.ANSWERED, Result.HUNG_UP
        session.add(missed)


async def _register(session: AsyncSession, member: Member, today: date, zone: ZoneInfo) -> int:
    """A patient with a number, and with the visit that they have, or had; gives the patient's id."""
    who = member.patient
    patient = Patient(**who.model_dump(), name_key=fold_name(who.full_name), created_at=now(session))
    number = Number(e164=member.number, zone=zone.key)
    session.add_all([patient, number])
    await session.flush()
    session.add(PatientNumber(patient_id=patient.id, number_id=number.id))
    if member.visit:
        doctor = await _doctor(session, member.visit.specialty, member.visit.doctor)
        slot = await _slot(session, doctor, _at(member.visit, today, zone), SlotStatus.BUSY)
        booked = Appointment(patient_id=patient.id, slot_id=slot.id, doctor_id=doctor.id, specialty=doctor.specialty)
        booked.starts_at, booked.zone, booked.created_at = slot.starts_at, zone.key, now(session)
        over = slot.starts_at < now(session)
        booked.status = AppointmentStatus.FULFILLED if over else AppointmentStatus.BOOKED
        session.add(booked)
    return patient.id


async def _insure(session: AsyncSession, who: cast.Patient, insurance: Insurance, today: date) -> None:
    code = fold_number(insurance.insurer)
    insurer = await session.scalar(select(Insurer).where(Insurer.code == code))
    insurer = insurer or Insurer(code=code, name=insurance.insurer)
    session.add(insurer)
    await session.flush()
    policy = Policy(insurer_id=insurer.id, number=fold_number(insurance.number), holder=who.full_name)
    policy.name_key, policy.birth_date = fold_name(who.full_name), who.birth_date
    policy.valid_from, policy.valid_to = today - _MONTH, today + _MONTH
    session.add(policy)


def _at(one: Time, today: date, zone: ZoneInfo) -> datetime:
    return one.starts_at(today).replace(tzinfo=zone)


async def _slot(session: AsyncSession, doctor: Doctor, starts_at: datetime, status: SlotStatus) -> Slot:
    slot = Slot(doctor_id=doctor.id, starts_at=starts_at, status=status)
    session.add(slot)
    await session.flush()
    return slot


async def _doctor(session: AsyncSession, title: str, name: str) -> Doctor:
    specialty = _specialty(session, title)
    known = await session.scalar(select(Doctor).where(Doctor.name == name, Doctor.specialty == specialty))
    doctor = known or Doctor(name=name, specialty=specialty)
    session.add(doctor)
    await session.flush()
    return doctor


def _specialty(session: AsyncSession, title: str) -> str:
    """The key, as the store has it."""
    return str(understand(Kind.SPECIALTY, title, Context(now=now(session))).best or title)
