"""Many at once on one store."""

import asyncio
import random
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, text
from store_rows import CALL, Rows

from voicebot.store import appointments, booking, maintenance, operations, slots
from voicebot.store.database import Database
from voicebot.store.operations import OperationKey
from voicebot.store.tables import Appointment, AppointmentChange, Doctor, Outbox, Patient, Slot, SlotStatus

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
_BOOKERS, _SLOTS, _ROBOTS = 200, 50, 4


@pytest.fixture
async def robots(url: str) -> list[Database]:
    """Several robots on one store, each with its own connections."""
    return [Database(url, timeout=timedelta(seconds=200), clock=lambda: NOW) for _ in range(_ROBOTS)]


async def test_two_hundred_bookers_of_fifty_slots_book_exactly_fifty_and_none_twice(
    database: Database, robots: list[Database]
) -> None:
    async with database.write() as session:
        doctor = Doctor(name="Орлов", specialty="surgeon")
        people = [Patient(surname=f"П{no}", name="А", name_key=f"п{no} а", created_at=NOW) for no in range(_BOOKERS)]
        session.add_all([doctor, *people])
        await session.flush()
        patients = [patient.id for patient in people]
        for no in range(_SLOTS):
            starts_at = NOW + timedelta(hours=1 + no)
            session.add(Slot(doctor_id=doctor.id, starts_at=starts_at, status=SlotStatus.FREE))

    async def book(no: int) -> int | None:
        """As a talk does: look, hold, and book in a transaction of its own."""
        robot, by = robots[no % _ROBOTS], f"call:{no}"
        while True:
            async with robot.read() as session:
                free = await slots.offers(session, specialty="surgeon", after=NOW, limit=20, by=by)
            if not free:
                return None
            wanted = random.Random(no).choice(free)
            async with robot.write() as session:
                held = await booking.hold(session, wanted.id, by=by, until=NOW + timedelta(minutes=5))
            if held:
                async with robot.write() as session:
                    return await booking.book(session, wanted.id, patient_id=patients[no], by=by)

    booked = await asyncio.gather(*(book(no) for no in range(_BOOKERS)))
    assert sum(one is not None for one in booked) == _SLOTS
    async with database.read() as session:
        taken = (await session.scalars(select(Appointment.slot_id))).all()
        assert (len(taken), len(set(taken))) == (_SLOTS, _SLOTS)
        statuses = (await session.scalars(select(Slot.status).distinct())).all()
        assert statuses == [SlotStatus.BUSY]
        told = await session.scalar(select(func.count()).where(Outbox.topic == "appointment.booked"))
        assert told == _SLOTS
        await no_deadlock(database)
    for robot in robots:
        await robot.close()
    assert maintenance.check(database.url.render_as_string(hide_password=False)) == []


async def test_moves_back_and_forth_at_once_neither_lose_nor_double_a_slot(
    database: Database, rows: Rows, robots: list[Database]
) -> None:
    async with database.write() as session:
        times = [
            Slot(doctor_id=1, starts_at=NOW + timedelta(days=2, hours=no), status=SlotStatus.FREE) for no in range(6)
        ]
        session.add_all(times)
        await session.flush()
        ids = [slot.id for slot in times]
        visits = [await booking.book(session, slot_id, patient_id=1, by="x") for slot_id in ids[:4]]

    async def wander(no: int) -> None:
        dice = random.Random(no)
        for _ in range(15):
            async with robots[no].write() as session:
                await appointments.move(session, visits[no] or 0, dice.choice(ids), by=f"call:{no}")

    await asyncio.gather(*(wander(no) for no in range(_ROBOTS)))
    async with database.read() as session:
        held = (await session.scalars(select(Appointment.slot_id).where(Appointment.id.in_(visits)))).all()
        busy = (await session.scalars(select(Slot.id).where(Slot.status == SlotStatus.BUSY, Slot.id.in_(ids)))).all()
        assert sorted(busy) == sorted(slot_id or 0 for slot_id in held)
        assert len(set(held)) == 4
        await no_deadlock(database)
    for robot in robots:
        await robot.close()
    assert maintenance.check(database.url.render_as_string(hide_password=False)) == []


async def no_deadlock(database: Database) -> None:
    if database.url.get_backend_name() == "postgresql":
        async with database.read() as session:
            own = "datname = current_database()"
            waiting = f"SELECT count(*) FROM pg_stat_activity WHERE {own} AND wait_event_type = 'Lock'"
            deadlocks = f"SELECT deadlocks FROM pg_stat_database WHERE {own}"
            assert [await session.scalar(text(query)) for query in (waiting, deadlocks)] == [0, 0]


async def test_an_operation_asked_for_a_hundred_times_at_once_is_done_once(
    database: Database, rows: Rows, robots: list[Database]
) -> None:
    key = OperationKey(call_id=CALL, turn=3, action=0)

    async def ask(no: int) -> dict[str, object]:
        async with robots[no % _ROBOTS].write() as session:

            async def effect() -> dict[str, object]:
                await appointments.cancel(session, rows.appointment, reason="", by=f"call:{CALL}")
                return {"done_by": no}

            return await operations.once(session, key, "cancel_appointment", effect)

    answers = await asyncio.gather(*(ask(no) for no in range(100)))
    assert len({str(answer) for answer in answers}) == 1
    async with database.read() as session:
        assert await session.scalar(select(func.count()).select_from(AppointmentChange)) == 1
        assert await session.scalar(select(func.count()).select_from(Outbox)) == 2
    for robot in robots:
        await robot.close()
