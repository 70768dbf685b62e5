"""A store for one talk: what the clinic knows, and whom the call is about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from voicebot import config
from voicebot.dialog.scenario import Direction, Scenario
from voicebot.dialog.talkfile import Booked, Case, Clinic, Free, Waiting
from voicebot.outbound import campaigns, single
from voicebot.outbound.enrolment import enrol
from voicebot.outbound.policy import Policy
from voicebot.store import schema
from voicebot.store.database import Database
from voicebot.store.patients import fold_name
from voicebot.store.policies import fold_number
from voicebot.store.tables import (
    Appointment,
    AppointmentStatus,
    Attempt,
    AttemptContact,
    Call,
    Contact,
    Doctor,
    Insurer,
    Number,
    Patient,
    PatientNumber,
    Slot,
    SlotStatus,
    Wait,
    WaitState,
)
from voicebot.store.tables import Direction as CallDirection
from voicebot.store.tables import Policy as InsurancePolicy
from voicebot.store.waitlist import holder

CALL = "talk"
_HELD = timedelta(minutes=30)
_ANY_TIME = {"mon-sun": "00:00-24:00"}


@dataclass(frozen=True)
class FixedClock:
    """Implements `Clock`: it stands still."""

    at: datetime

    def now(self) -> datetime:
        return self.at


def template(folder: Path) -> Path:
    """An empty store, to be copied for every talk. Blocks."""
    file = folder / "template.db"
    if not file.is_file():
        schema.upgrade(f"sqlite:///{file}")
    return file


async def furnish(
    database: Database, scenario: Scenario, clinic: Clinic, case: Case, about: config.Clinic
) -> list[int]:
    """Write all of it; gives the contacts that the call is about, none for somebody who calls."""
    now = clinic.now.replace(tzinfo=about.zone)
    async with database.write() as session:
        await session.run_sync(lambda sync: _know(sync, clinic, case, now, about.zone))
        if scenario.direction is Direction.INBOUND:
            call = _call(scenario, CallDirection.INBOUND, case.caller, now)
            session.add(call)
            return []
        rows = [single.row(scenario.list, given, clinic=about, now=now) for given in case.given]
        campaign = await campaigns.create(
            session, "talk", scenario=scenario.name, policy=Policy.model_validate({"windows": _ANY_TIME})
        )
        await session.run_sync(lambda sync: enrol(sync, campaign, rows))
        return await session.run_sync(lambda sync: _dial(sync, scenario, campaign.id, now))


def _know(session: Session, clinic: Clinic, case: Case, now: datetime, zone: ZoneInfo) -> None:
    """Patients, free times, visits and policies."""
    people = {}
    for person in clinic.patients:
        full_name = f"{person.surname} {person.name} {person.patronymic}".strip()
        fields = person.model_dump(exclude={"number"})
        people[person.surname] = Patient(**fields, name_key=fold_name(full_name), created_at=now)
        session.add(people[person.surname])
        session.flush()
        number = _number(session, person.number)
        session.add(PatientNumber(patient_id=people[person.surname].id, number_id=number.id))
    for free in clinic.slots[: case.free]:
        _slot(session, free, SlotStatus.FREE, zone)
    for visit in clinic.visits:
        _visit(session, visit, people[visit.patient], zone, now)
    for waiting in clinic.waiting:
        _wait(session, waiting, people[waiting.patient], now)
    for policy in clinic.policies:
        insurer = Insurer(code=fold_number(policy.insurer), name=policy.insurer)
        session.add(insurer)
        session.flush()
        fields = policy.model_dump(exclude={"insurer", "number"})
        number_key = fold_number(policy.number)
        session.add(
            InsurancePolicy(**fields, number=number_key, insurer_id=insurer.id, name_key=fold_name(policy.holder))
        )


def _wait(session: Session, waiting: Waiting, patient: Patient, now: datetime) -> None:
    """An entry of the waiting list, to which the first free time is offered."""
    wait = Wait(patient_id=patient.id, specialty=waiting.specialty, wish=None, state=WaitState.WAITING)
    wait.created_at, wait.created_by = now, "talk"
    session.add(wait)
    session.flush()
    slot = session.scalar(select(Slot).where(Slot.status == SlotStatus.FREE).order_by(Slot.id).limit(1))
    if slot is not None:
        wait.state, wait.slot_id = WaitState.OFFERED, slot.id
        slot.status, slot.held_by, slot.held_until = SlotStatus.BUSY_TENTATIVE, holder(wait.id), now + _HELD
        session.flush()


def _number(session: Session, e164: str) -> Number:
    known = session.scalar(select(Number).where(Number.e164 == e164))
    number = known or Number(e164=e164, zone="Europe/Moscow")
    session.add(number)
    session.flush()
    return number


def _slot(session: Session, free: Free, status: SlotStatus, zone: ZoneInfo) -> Slot:
    same = select(Doctor).where(Doctor.name == free.doctor, Doctor.specialty == free.specialty)
    doctor = session.scalar(same) or Doctor(name=free.doctor, specialty=free.specialty)
    session.add(doctor)
    session.flush()
    slot = Slot(doctor_id=doctor.id, starts_at=free.at.replace(tzinfo=zone), status=status)
    session.add(slot)
    session.flush()
    return slot


def _visit(session: Session, visit: Booked, patient: Patient, zone: ZoneInfo, now: datetime) -> None:
    slot = _slot(session, visit, SlotStatus.BUSY, zone)
    booked = Appointment(patient_id=patient.id, slot_id=slot.id, doctor_id=slot.doctor_id, specialty=visit.specialty)
    booked.starts_at, booked.zone, booked.created_at = slot.starts_at, zone.key, now
    booked.status, booked.preparation = AppointmentStatus.BOOKED, visit.preparation
    session.add(booked)
    session.flush()


def _dial(session: Session, scenario: Scenario, campaign: int, now: datetime) -> list[int]:
    """An attempt to reach the number of all contacts, and its call."""
    contacts: Sequence[Contact] = session.scalars(select(Contact).order_by(Contact.id)).all()
    number = session.get_one(Number, contacts[0].number_id)
    attempt = Attempt(id=CALL, number_id=number.id, campaign_id=campaign, node="talk", trunk="talk", created_at=now)
    attempt.lease_until = now
    session.add(attempt)
    session.flush()
    session.add_all(AttemptContact(attempt_id=CALL, contact_id=contact.id, detail={}) for contact in contacts)
    session.add(_call(scenario, CallDirection.OUTBOUND, number.e164, now, attempt=CALL))
    return [contact.id for contact in contacts]


def _call(scenario: Scenario, direction: CallDirection, number: str, now: datetime, attempt: str | None = None) -> Call:
    call = Call(id=CALL, direction=direction, number=number, dialled=number, attempt_id=attempt, detail={})
    call.scenario, call.started_at = scenario.name, now
    return call
