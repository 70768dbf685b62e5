from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from store_rows import CALL, Rows

from voicebot.store import appointments
from voicebot.store.appointments import Change
from voicebot.store.database import Database
from voicebot.store.tables import Appointment, AppointmentChange, AppointmentStatus, Outbox, Slot, SlotStatus


async def test_an_appointment_is_seen_in_the_zone_of_its_place(database: Database, rows: Rows) -> None:
    async with database.read() as session:
        view = await appointments.get(session, rows.appointment)
        assert await appointments.get(session, 999) is None
    assert view is not None
    assert view.patient == "Иванова Мария Петровна"
    assert view.starts_at.isoformat() == "2026-11-22T13:00:00+03:00"
    assert (view.doctor, view.specialty) == ("Петров Пётр Ильич", "cardiologist")
    assert view.status is AppointmentStatus.BOOKED


async def test_confirming_marks_it_once_and_keeps_the_slot(database: Database, rows: Rows) -> None:
    async with database.write() as session:
        assert await appointments.confirm(session, rows.appointment, by=f"call:{CALL}") is Change.DONE
        assert await appointments.confirm(session, rows.appointment, by=f"call:{CALL}") is Change.ALREADY
    async with database.read() as session:
        view = await appointments.get(session, rows.appointment)
        changes = (await session.execute(select(AppointmentChange))).scalars().all()
        assert (await session.get_one(Slot, rows.slot)).status is SlotStatus.BUSY
    assert view is not None and view.confirmed_at is not None
    assert [(change.what, change.by) for change in changes] == [("confirmed", "call:call-1")]


async def test_cancelling_frees_the_slot_and_tells_the_outbox(database: Database, rows: Rows) -> None:
    async with database.write() as session:
        assert await appointments.cancel(session, rows.appointment, reason="заболел", by="call:1") is Change.DONE
        assert await appointments.cancel(session, rows.appointment, reason="другое", by="call:1") is Change.ALREADY
        assert await appointments.confirm(session, rows.appointment, by="call:1") is Change.CANCELLED
    async with database.read() as session:
        view = await appointments.get(session, rows.appointment)
        slot = await session.get_one(Slot, rows.slot)
        messages = (await session.execute(select(Outbox).order_by(Outbox.id))).scalars().all()
    assert view is not None and (view.status, view.cancel_reason) == (AppointmentStatus.CANCELLED, "заболел")
    assert slot.status is SlotStatus.FREE
    assert [message.topic for message in messages] == ["appointment.cancelled", "slot.freed"]
    assert messages[1].payload["slot_id"] == rows.slot


async def test_a_reason_is_noted_only_on_a_cancelled_visit(database: Database, rows: Rows) -> None:
    async def noted() -> str | None:
        async with database.write() as session:
            await appointments.note_reason(session, rows.appointment, reason="заболел", by="call:1")
            view = await appointments.get(session, rows.appointment)
        return view.cancel_reason if view else None

    assert await noted() is None
    async with database.write() as session:
        await appointments.cancel(session, rows.appointment, reason="", by="call:1")
    assert await noted() == "заболел"


async def test_a_confirmed_visit_that_is_cancelled_is_no_longer_confirmed(database: Database, rows: Rows) -> None:
    async with database.write() as session:
        await appointments.confirm(session, rows.appointment, by="call:1")
        assert await appointments.cancel(session, rows.appointment, reason="", by="call:1") is Change.DONE
        view = await appointments.get(session, rows.appointment)
    assert view is not None and view.confirmed_at is None


@pytest.mark.parametrize(
    "change",
    [{"starts_at": datetime(2026, 11, 21, 9, 0, tzinfo=UTC)}, {"status": AppointmentStatus.FULFILLED}],
    ids=["passed", "fulfilled"],
)
async def test_a_visit_that_is_over_cannot_be_changed(
    database: Database, rows: Rows, change: dict[str, object]
) -> None:
    async with database.write() as session:
        await session.execute(update(Appointment).values(**change))
        assert await appointments.confirm(session, rows.appointment, by="call:1") is Change.OVER
        assert await appointments.cancel(session, rows.appointment, reason="", by="call:1") is Change.OVER
    async with database.read() as session:
        assert (await session.get_one(Slot, rows.slot)).status is SlotStatus.BUSY


async def test_an_appointment_that_is_not_there_is_said_to_be_missing(database: Database) -> None:
    async with database.write() as session:
        assert await appointments.confirm(session, 5, by="x") is Change.MISSING
        assert await appointments.cancel(session, 5, reason="", by="x") is Change.MISSING


async def test_a_slot_has_one_living_appointment_but_any_number_of_cancelled_ones(
    database: Database, rows: Rows
) -> None:
    async def book_again() -> None:
        async with database.write() as session:
            first = await session.get_one(Appointment, rows.appointment)
            session.add(
                Appointment(
                    patient_id=first.patient_id,
                    slot_id=first.slot_id,
                    specialty="cardiologist",
                    starts_at=first.starts_at,
                    zone="Europe/Moscow",
                    status=AppointmentStatus.BOOKED,
                    created_at=first.created_at + timedelta(hours=1),
                )
            )

    with pytest.raises(IntegrityError):
        await book_again()
    async with database.write() as session:
        await appointments.cancel(session, rows.appointment, reason="", by="call:1")
    await book_again()
