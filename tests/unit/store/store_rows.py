"""Rows that the store's tests start from."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Self

from voicebot.store.database import Database
from voicebot.store.tables import (
    Appointment,
    AppointmentStatus,
    Attempt,
    AttemptContact,
    Call,
    Campaign,
    CampaignState,
    Contact,
    ContactState,
    Direction,
    Doctor,
    Gender,
    Number,
    Patient,
    Slot,
    SlotStatus,
)

CALL = "call-1"


@dataclass(frozen=True)
class Rows:
    number: int
    slot: int
    appointment: int
    contact: int

    @classmethod
    async def add_to(cls, database: Database, now: datetime) -> Self:
        async with database.write() as session:
            patient = Patient(
                surname="Иванова",
                name="Мария",
                patronymic="Петровна",
                name_key="иванова мария петровна",
                gender=Gender.FEMALE,
                birth_date=date(1980, 5, 2),
                created_at=now,
            )
            number = Number(e164="+79161234567", zone="Europe/Moscow")
            doctor = Doctor(name="Петров Пётр Ильич", specialty="cardiologist")
            policy: dict[str, object] = {}
            campaign = Campaign(
                name="ноябрь", scenario="confirmation", state=CampaignState.RUNNING, policy=policy, created_at=now
            )
            session.add_all([patient, number, doctor, campaign])
            await session.flush()
            tomorrow = now + timedelta(days=1)
            slot = Slot(doctor_id=doctor.id, starts_at=tomorrow, status=SlotStatus.BUSY)
            session.add(slot)
            await session.flush()
            appointment = Appointment(
                patient_id=patient.id,
                slot_id=slot.id,
                doctor_id=doctor.id,
                specialty="cardiologist",
                starts_at=tomorrow,
                zone="Europe/Moscow",
                place="улица Мира, кабинет пять",
                status=AppointmentStatus.BOOKED,
                created_at=now,
            )
            session.add(appointment)
            await session.flush()
            contact = Contact(
                campaign_id=campaign.id,
                patient_id=patient.id,
                number_id=number.id,
                appointment_id=appointment.id,
                subject="visit",
                data={},
                state=ContactState.CALLING,
                priority=0,
                due_at=now,
                why="first",
            )
            attempt = Attempt(
                id=CALL,
                number_id=number.id,
                campaign_id=campaign.id,
                node="n1",
                trunk="t",
                created_at=now,
                lease_until=now,
            )
            session.add_all([contact, attempt])
            await session.flush()
            session.add(AttemptContact(attempt_id=CALL, contact_id=contact.id, detail={}))
            session.add(
                Call(
                    id=CALL,
                    direction=Direction.OUTBOUND,
                    number="+79161234567",
                    dialled="+79161234567",
                    attempt_id=CALL,
                    scenario="confirmation",
                    started_at=now,
                    detail={},
                )
            )
        return cls(number=number.id, slot=slot.id, appointment=appointment.id, contact=contact.id)
