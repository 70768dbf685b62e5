from datetime import UTC, datetime, timedelta

import pytest
from store_rows import Rows

from voicebot.errors import StoreError
from voicebot.store import appointments, booking, waitlist
from voicebot.store.database import Database
from voicebot.store.tables import AppointmentStatus, Doctor, Patient, Slot, SlotStatus, WaitState

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=10)
TUESDAY = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture
async def people(database: Database, rows: Rows) -> list[int]:
    """The patient of `rows`, who has a cardiologist's visit tomorrow, and three more."""
    async with database.write() as session:
        more = [
            Patient(surname=name, name="А", name_key=name.lower(), created_at=NOW)
            for name in ("Орлов", "Белов", "Зуев")
        ]
        session.add_all(more)
        await session.flush()
        return [1, *(patient.id for patient in more)]


@pytest.fixture
async def slot(database: Database, rows: Rows) -> int:
    """A cardiologist's free time on Tuesday at 9:00."""
    return await free_slot(database, TUESDAY)


async def free_slot(database: Database, starts_at: datetime) -> int:
    async with database.write() as session:
        slot = Slot(doctor_id=1, starts_at=starts_at, status=SlotStatus.FREE)
        session.add(slot)
        await session.flush()
        return slot.id


async def wait(database: Database, patient: int, **about: object) -> int:
    async with database.write() as session:
        arguments = {"specialty": "cardiologist", "by": "call:1"} | about
        return await waitlist.add(session, patient_id=patient, **arguments)  # type: ignore[arg-type]


async def test_a_freed_slot_is_offered_to_whoever_waits_longest_for_such_a_time(
    database: Database, people: list[int], slot: int
) -> None:
    await wait(database, people[1], wish={"from": "12:00", "to": "18:00"})  # no wish for 9:00
    await wait(database, people[2], specialty="surgeon")
    third = await wait(database, people[3], wish="2026-11-24")
    async with database.write() as session:
        offered = await waitlist.offer(session, slot, until=LATER)
        nobody = await waitlist.offer(session, slot, until=LATER)
        assert not await booking.hold(session, slot, by="call:9", until=LATER)
    assert offered is not None and (offered.id, offered.state) == (third, WaitState.OFFERED)
    assert nobody is None


async def test_who_accepts_has_the_visit(database: Database, people: list[int], slot: int) -> None:
    entry = await wait(database, people[1])
    async with database.write() as session:
        await waitlist.offer(session, slot, until=LATER)
        booked = await waitlist.accept(session, entry, by="call:2")
        assert booked is not None
        view = await appointments.get(session, booked)
        assert await waitlist.waiting(session) == []
        with pytest.raises(StoreError, match="nothing is offered"):
            await waitlist.accept(session, entry, by="call:2")
    assert view is not None and (view.patient_id, view.starts_at) == (people[1], TUESDAY)


async def test_who_has_a_visit_gives_its_time_back_for_an_earlier_one_and_is_not_offered_a_later(
    database: Database, rows: Rows, people: list[int], slot: int
) -> None:
    entry = await wait(database, people[0], appointment_id=rows.appointment)
    earlier = await free_slot(database, NOW + timedelta(hours=3))
    async with database.write() as session:
        assert await waitlist.offer(session, slot, until=LATER) is None
        assert await waitlist.offer(session, earlier, until=LATER) is not None
        assert await waitlist.accept(session, entry, by="call:2") == rows.appointment
    async with database.read() as session:
        assert (await session.get_one(Slot, rows.slot)).status is SlotStatus.FREE
        view = await appointments.get(session, rows.appointment)
    assert view is not None and view.starts_at == NOW + timedelta(hours=3)
    assert view.status is AppointmentStatus.BOOKED


async def test_who_declines_keeps_waiting_and_the_next_is_asked(
    database: Database, people: list[int], slot: int
) -> None:
    first, second = await wait(database, people[1]), await wait(database, people[2])
    async with database.write() as session:
        await waitlist.offer(session, slot, until=LATER)
        await waitlist.decline(session, first)
        asked = await waitlist.offer(session, slot, until=LATER, unwanted_by=frozenset({first}))
        assert asked is not None and asked.id == second
        await waitlist.decline(session, second, keep_waiting=False)
        assert [one.id for one in await waitlist.waiting(session)] == [first]
        assert await booking.hold(session, slot, by="call:9", until=LATER)


async def test_an_offer_that_ran_out_and_went_to_somebody_else_is_lost_and_the_patient_waits_on(
    database: Database, people: list[int], slot: int
) -> None:
    entry = await wait(database, people[1])
    async with database.write() as session:
        await waitlist.offer(session, slot, until=NOW)
        assert await booking.book(session, slot, patient_id=people[2], by="call:9") is not None
        assert await waitlist.accept(session, entry, by="call:2") is None  # the answer came late
        assert [one.state for one in await waitlist.waiting(session)] == [WaitState.WAITING]


async def test_waiting_twice_for_the_same_keeps_one_place(database: Database, people: list[int]) -> None:
    assert await wait(database, people[1]) == await wait(database, people[1])
    assert await wait(database, people[1]) != await wait(database, people[1], specialty="surgeon")


async def test_a_wish_that_cannot_be_read_is_refused_at_once(database: Database, people: list[int]) -> None:
    with pytest.raises(ValueError, match="not a date"):
        await wait(database, people[1], wish={"day": 1})


async def test_a_doctor_waited_for_is_no_other(database: Database, people: list[int], slot: int) -> None:
    async with database.write() as session:
        other = Doctor(name="Другой", specialty="cardiologist")
        session.add(other)
        await session.flush()
        doctor = other.id
    await wait(database, people[1], doctor_id=doctor)
    await wait(database, people[2], until=NOW)  # a time before was wished
    async with database.write() as session:
        assert await waitlist.offer(session, slot, until=LATER) is None


async def test_an_offer_that_nobody_answers_goes_to_the_next_and_the_silent_one_waits_on(
    database: Database, people: list[int], slot: int
) -> None:
    first, second = await wait(database, people[1]), await wait(database, people[2])
    async with database.write() as session:
        await waitlist.offer(session, slot, until=NOW)  # runs out at once
        assert [one.state for one in await waitlist.waiting(session)] == [WaitState.WAITING, WaitState.WAITING]
        again = await waitlist.offer(session, slot, until=LATER, unwanted_by=frozenset({first}))
    assert again is not None and again.id == second


async def test_who_wanted_a_time_that_has_passed_waits_no_more(database: Database, people: list[int]) -> None:
    await wait(database, people[1], until=NOW)
    async with database.write() as session:
        assert await waitlist.waiting(session) == []
