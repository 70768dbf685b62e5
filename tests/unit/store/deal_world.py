"""What the deals of `killed_deals` start from, and what must be there when some of them were done."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from voicebot.store.database import Database
from voicebot.store.tables import (
    Appointment,
    AppointmentChange,
    AppointmentStatus,
    Call,
    Case,
    Direction,
    Doctor,
    Fact,
    Operation,
    Outbox,
    Patient,
    Slot,
    SlotStatus,
    Wait,
    WaitState,
)

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
_WHOLE = ["appointment.booked", "slot.freed", "appointment.moved", "appointment.cancelled", "slot.freed"]


async def populate(database: Database, patients: int) -> None:
    """Patients from 1 on, each with a doctor, three free slots, a place on the waiting list and a call."""
    async with database.write() as session:
        for no in range(1, patients + 1):
            session.add(Patient(id=no, surname=f"П{no}", name="А", name_key=f"п{no}", created_at=NOW))
            session.add(Doctor(id=no, name=f"В{no}", specialty=f"с{no}"))
            call = {"direction": Direction.INBOUND, "number": "", "dialled": "", "scenario": "x", "started_at": NOW}
            session.add(Call(id=f"call-{no}", **call, detail={}))
        await session.flush()
        for no in range(1, 3 * patients + 1):
            starts_at = NOW + timedelta(hours=no)
            session.add(Slot(id=no, doctor_id=(no + 2) // 3, starts_at=starts_at, status=SlotStatus.FREE))
        for no in range(1, patients + 1):
            state = {"state": WaitState.WAITING, "created_at": NOW, "created_by": "test"}
            session.add(Wait(id=no, patient_id=no, specialty=f"с{no}", wish=None, **state))


async def seen(database: Database, patient: int) -> dict[str, object]:
    """What the store tells of one patient, each kind of row on its own."""
    async with database.read() as session:
        visits = (await session.scalars(select(Appointment).where(Appointment.patient_id == patient))).all()
        ids = [visit.id for visit in visits]
        order = select(Outbox).order_by(Outbox.id)
        messages = [one for one in await session.scalars(order) if one.payload.get("appointment_id") in ids]
        freed = [
            one
            for one in await session.scalars(order.where(Outbox.topic == "slot.freed"))
            if (one.payload["slot_id"] + 2) // 3 == patient
        ]
        changes = select(AppointmentChange.what).where(AppointmentChange.appointment_id.in_(ids))
        call = f"call-{patient}"
        statuses = select(Slot.status).where(Slot.doctor_id == patient).order_by(Slot.id)
        return {
            "visits": [(visit.status, visit.slot_id) for visit in sorted(visits, key=lambda one: one.id)],
            "history": (await session.scalars(changes.order_by(AppointmentChange.id))).all(),
            "told": [message.topic for message in sorted([*messages, *freed], key=lambda one: one.id)],
            "slots": (await session.scalars(statuses)).all(),
            "done": (
                await session.scalars(select(Operation.turn).where(Operation.call_id == call).order_by(Operation.turn))
            ).all(),
            "facts": (await session.scalars(select(Fact.field).where(Fact.call_id == call).order_by(Fact.id))).all(),
            "cases": len((await session.scalars(select(Case.id).where(Case.patient_id == patient))).all()),
            "wait": await session.scalar(select(Wait.state).where(Wait.id == patient)),
        }


def expected(patient: int, done: int) -> dict[str, object]:
    """What must be there when the first `done` of six operations were done."""
    first, second, third = 3 * patient - 2, 3 * patient - 1, 3 * patient
    free, busy, held = SlotStatus.FREE, SlotStatus.BUSY, SlotStatus.BUSY_TENTATIVE
    booked, cancelled = AppointmentStatus.BOOKED, AppointmentStatus.CANCELLED
    visit = [[], [(booked, first)], [(booked, second)], *[[(cancelled, second)]] * 4][done]
    told = [[], _WHOLE[:1], _WHOLE[:3], *[_WHOLE] * 4][done]
    return {
        "visits": [*visit, *([(booked, third)] if done >= 5 else [])],
        "history": [*["booked", "moved", "cancelled"][: min(done, 3)], *(["booked"] if done >= 5 else [])],
        "told": [*told, *(["appointment.booked"] if done >= 5 else [])],
        "slots": [
            busy if done == 1 else free,
            busy if done == 2 else free,
            (free, held, busy)[max(0, done - 3) if done < 6 else 2],
        ],
        "done": list(range(1, done + 1)),
        "cases": int(done >= 6),
        "wait": WaitState.BOOKED if done >= 5 else WaitState.OFFERED if done == 4 else WaitState.WAITING,
    }
