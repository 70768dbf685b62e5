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
from voicebot.store.database import Database, now
from voicebot.store.patients import fold_name
from voicebot.store.policies import fold_number
from voicebot.store.tables import (
    Appointment,
    AppointmentStatus,
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


async def furnish(database: Database, people: Sequence[Member], today: date, zone: ZoneInfo) -> None:
    """Write it into the store; after the lists, which bring the doctors of their visits."""
    async with database.write() as session:
        for member in people:
            if member.calls:
                await _register(session, member, today, zone)
            if member.insurance:
                await _insure(session, member.patient, member.insurance, today)
            if member.offers:
                doctor = await _doctor(session, member.offers.specialty, member.offers.doctor)
                for one in member.offers.times:
                    await _slot(session, doctor, _at(one, today, zone), SlotStatus.FREE)


async def _register(session: AsyncSession, member: Member, today: date, zone: ZoneInfo) -> None:
    """A patient with a number, and with the visit that they have."""
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
        booked.status = AppointmentStatus.BOOKED
        session.add(booked)


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
    specialty = understand(Kind.SPECIALTY, title, Context(now=now(session))).best or title
    known = await session.scalar(select(Doctor).where(Doctor.name == name, Doctor.specialty == specialty))
    doctor = known or Doctor(name=name, specialty=specialty)
    session.add(doctor)
    await session.flush()
    return doctor
