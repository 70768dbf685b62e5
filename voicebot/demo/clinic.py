"""What the clinic of the demonstration knows beside the list: free times, and the patients who will phone it."""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.demo.cast import Member, Visit
from voicebot.language.reading import Context, Kind
from voicebot.language.understanding import understand
from voicebot.store.database import Database, now
from voicebot.store.patients import fold_name
from voicebot.store.tables import Doctor, Number, Patient, PatientNumber, Slot, SlotStatus


async def furnish(database: Database, people: Sequence[Member], today: date, zone: ZoneInfo) -> None:
    """Write free times and callers into the store; after the list, which brings the doctors of its visits."""
    async with database.write() as session:
        for member in people:
            if member.calls:
                await _register(session, member, zone)
            if member.visit:
                doctor = await _doctor(session, member.visit)
                for one in member.offers:
                    starts_at = datetime.combine(one.starts_at(today).date(), one.at, zone)
                    session.add(Slot(doctor_id=doctor, starts_at=starts_at, status=SlotStatus.FREE))


async def _register(session: AsyncSession, member: Member, zone: ZoneInfo) -> None:
    who = member.patient
    patient = Patient(
        surname=who.surname,
        name=who.name,
        patronymic=who.patronymic,
        name_key=fold_name(who.full_name),
        created_at=now(session),
    )
    number = Number(e164=member.number, zone=zone.key)
    session.add_all([patient, number])
    await session.flush()
    session.add(PatientNumber(patient_id=patient.id, number_id=number.id))


async def _doctor(session: AsyncSession, visit: Visit) -> int:
    specialty = understand(Kind.SPECIALTY, visit.specialty, Context(now=now(session))).best or visit.specialty
    known = await session.scalar(select(Doctor.id).where(Doctor.name == visit.doctor, Doctor.specialty == specialty))
    if known is not None:
        return known
    doctor = Doctor(name=visit.doctor, specialty=specialty)
    session.add(doctor)
    await session.flush()
    return doctor.id
