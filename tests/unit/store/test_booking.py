from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from store_rows import Rows

from voicebot.store import appointments, booking, history, patients, slots
from voicebot.store.appointments import Change
from voicebot.store.database import Database
from voicebot.store.slots import Fit, Query
from voicebot.store.tables import Doctor, Outbox, Patient, PatientNumber, Service, Site, Slot, SlotStatus

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)  # a Saturday
LATER = NOW + timedelta(minutes=10)


@pytest.fixture
async def week(database: Database, rows: Rows) -> dict[str, int]:
    """Monday to Wednesday, 9:00, 12:00 and 15:00 in Yekaterinburg, at two surgeons'; id by `DOCTOR DAY HOUR`."""
    ids = {}
    async with database.write() as session:
        site = Site(name="Главный корпус", address="улица Ленина, дом один", zone="Asia/Yekaterinburg")
        service = Service(name="Консультация", specialty="surgeon", preparation="Возьмите снимки")
        doctors = [Doctor(name=name, specialty="surgeon") for name in ("Орлов", "Белов")]
        session.add_all([site, service, *doctors])
        await session.flush()
        for doctor in doctors:
            for day in (23, 24, 25):
                for hour in (9, 12, 15):
                    starts_at = datetime(2026, 11, day, hour - 5, tzinfo=UTC)
                    free = SlotStatus.FREE if doctor.name == "Орлов" or day > 23 else SlotStatus.BUSY
                    slot = Slot(
                        doctor_id=doctor.id, site_id=site.id, room="кабинет два", starts_at=starts_at, status=free
                    )
                    slot.service_id = service.id
                    session.add(slot)
                    await session.flush()
                    ids[f"{doctor.name} {day} {hour}"] = slot.id
        ids |= {doctor.name: doctor.id for doctor in doctors}
        ids["site"] = site.id
    return ids


async def test_free_times_are_offered_the_nearest_first_in_the_zone_of_the_place(
    database: Database, week: dict[str, int]
) -> None:
    async with database.read() as session:
        found = await slots.offers(session, specialty="surgeon", after=NOW)
        none = await slots.offers(session, specialty="dentist", after=NOW)
    assert [slot.id for slot in found] == [week["Орлов 23 9"], week["Орлов 23 12"], week["Орлов 23 15"]]
    assert found[0].starts_at.isoformat() == "2026-11-23T09:00:00+05:00"
    assert (found[0].doctor, found[0].place) == ("Орлов", "улица Ленина, дом один, кабинет два")
    assert none == []


async def test_a_named_clock_time_puts_the_nearest_of_the_day_first(database: Database, week: dict[str, int]) -> None:
    async with database.read() as session:
        wish = [{"value": "14:45", "grain": "minute"}, {"value": "12:00", "grain": "hour"}]
        found = await slots.offers(session, doctor_id=week["Орлов"], after=NOW, wish=wish, limit=2)
        assert [slot.id for slot in found] == [week["Орлов 23 12"], week["Орлов 23 15"]]


@pytest.mark.parametrize(
    ("wish", "fit", "first"),
    [
        ("2026-11-24", Fit.WISHED, "Белов 24 9"),
        ({"from": "2026-11-23T12:00", "to": "2026-11-23T18:00"}, Fit.OTHER_DAYS, "Белов 24 12"),
        ({"from": "2026-11-24T18:00", "to": "2026-11-24T23:00"}, Fit.OTHER_HOURS, "Белов 24 9"),
        ("2026-12-24", Fit.OTHER_TIME, "Белов 24 9"),
        (["2026-11-23", {"value": "2026-11-24", "excluded": True}], Fit.OTHER_TIME, "Белов 25 9"),
        ("18:00", Fit.OTHER_TIME, "Белов 24 9"),
    ],
)
async def test_where_nothing_is_as_wished_the_nearest_is_offered_and_the_difference_told(
    database: Database, week: dict[str, int], wish: object, fit: Fit, first: str
) -> None:
    async with database.read() as session:
        found = await slots.search(session, Query(doctor_id=week["Белов"]), after=NOW, wish=wish)
    assert (found.fit, found.slots[0].id) == (fit, week[first])


async def test_a_full_doctor_is_replaced_by_another_of_the_specialty(database: Database, week: dict[str, int]) -> None:
    async with database.write() as session:
        for key in ("Белов 24 9", "Белов 24 12", "Белов 24 15", "Белов 25 9", "Белов 25 12", "Белов 25 15"):
            assert await booking.hold(session, week[key], by="call:9", until=LATER)
    async with database.read() as session:
        found = await slots.search(session, Query(doctor_id=week["Белов"]), after=NOW, wish="2026-11-23")
        assert (found.fit, found.slots[0].id) == (Fit.OTHER_DOCTOR, week["Орлов 23 9"])
        nothing = await slots.search(session, Query(specialty="dentist"), after=NOW, wish="2026-11-23")
        assert (nothing.fit, nothing.slots) == (Fit.NOTHING, ())


async def test_a_held_slot_is_free_for_its_holder_and_for_everybody_when_the_hold_has_run_out(
    database: Database, week: dict[str, int]
) -> None:
    slot = week["Орлов 23 9"]
    async with database.write() as session:
        assert await booking.hold(session, slot, by="call:1", until=LATER)
        assert not await booking.hold(session, slot, by="call:2", until=LATER)
        assert await booking.hold(session, slot, by="call:1", until=LATER)
        others = await slots.offers(session, doctor_id=week["Орлов"], after=NOW, by="call:2")
        own = await slots.offers(session, doctor_id=week["Орлов"], after=NOW, by="call:1")
        assert (others[0].id, own[0].id) == (week["Орлов 23 12"], slot)
        assert await booking.book(session, slot, patient_id=1, by="call:2") is None
        assert await booking.hold(session, slot, by="call:1", until=NOW - timedelta(seconds=1))
        assert await booking.hold(session, slot, by="call:2", until=LATER)
        await booking.release(session, by="call:1")
        assert not await booking.hold(session, slot, by="call:3", until=LATER)
        await booking.release(session, by="call:2")
        assert await booking.hold(session, slot, by="call:3", until=LATER)


async def test_booking_makes_an_appointment_with_all_that_the_slot_tells(
    database: Database, week: dict[str, int]
) -> None:
    async with database.write() as session:
        [patient] = await patients.find(session, name="ИВАНОВА Мария Петровна")
        booked = await booking.book(session, week["Орлов 23 9"], patient_id=patient.id, by="call:1")
        assert booked is not None
        again = await booking.book(session, week["Орлов 23 9"], patient_id=patient.id, by="call:1")
    async with database.read() as session:
        view = await appointments.get(session, booked)
        visits = await appointments.ahead(session, patient.id)
        told = (await session.scalars(select(Outbox.topic))).all()
        changes = await history.of_appointment(session, booked)
    assert again is None
    assert view is not None and view.starts_at.isoformat() == "2026-11-23T09:00:00+05:00"
    assert (view.doctor, view.preparation) == ("Орлов", "Возьмите снимки")
    assert [visit.id for visit in visits][-1] == booked
    assert told == ["appointment.booked"]
    assert [(change.by, change.what) for change in changes] == [("call:1", "booked")]


async def test_a_time_that_has_passed_can_be_neither_held_nor_booked(database: Database, rows: Rows) -> None:
    async with database.write() as session:
        past = Slot(doctor_id=1, starts_at=NOW - timedelta(minutes=1), status=SlotStatus.FREE)
        session.add(past)
        await session.flush()
        assert not await booking.hold(session, past.id, by="call:1", until=LATER)
        assert await booking.book(session, past.id, patient_id=1, by="call:1") is None
        assert await booking.book(session, 999, patient_id=1, by="call:1") is None


async def test_moving_takes_the_new_slot_frees_the_old_one_and_forgets_the_confirmation(
    database: Database, rows: Rows, week: dict[str, int]
) -> None:
    new = week["Орлов 24 12"]
    async with database.write() as session:
        await appointments.confirm(session, rows.appointment, by="call:1")
        assert await booking.hold(session, new, by="call:1", until=LATER)
        assert await appointments.move(session, rows.appointment, new, by="call:1") is Change.DONE
        assert await appointments.move(session, rows.appointment, new, by="call:1") is Change.ALREADY
    async with database.read() as session:
        view = await appointments.get(session, rows.appointment)
        old = await session.get_one(Slot, rows.slot)
        taken = await session.get_one(Slot, new)
        told = (await session.scalars(select(Outbox.topic).order_by(Outbox.id))).all()
        changes = await history.of_appointment(session, rows.appointment)
    assert view is not None and view.starts_at.isoformat() == "2026-11-24T12:00:00+05:00"
    assert (view.doctor, view.specialty, view.confirmed_at) == ("Орлов", "surgeon", None)
    assert (old.status, taken.status, taken.held_by) == (SlotStatus.FREE, SlotStatus.BUSY, None)
    assert told == ["appointment.confirmed", "slot.freed", "appointment.moved"]
    assert [change.what for change in changes] == ["confirmed", "moved"]


async def test_moving_to_a_time_that_was_taken_meanwhile_leaves_everything_as_it_was(
    database: Database, rows: Rows, week: dict[str, int]
) -> None:
    async with database.write() as session:
        assert await booking.hold(session, week["Орлов 24 12"], by="call:2", until=LATER)
        moved = await appointments.move(session, rows.appointment, week["Орлов 24 12"], by="call:1")
        missing = await appointments.move(session, 999, week["Орлов 24 9"], by="call:1")
    async with database.read() as session:
        assert (await session.get_one(Slot, rows.slot)).status is SlotStatus.BUSY
    assert (moved, missing) == (Change.TAKEN, Change.MISSING)


async def test_a_family_is_found_by_its_number_and_one_of_it_by_birth_date(database: Database, rows: Rows) -> None:
    async with database.write() as session:
        child = Patient(
            surname="Иванова",
            name="Ася",
            name_key="иванова ася",
            birth_date=date(2019, 3, 8),
            created_at=NOW,
        )
        session.add(child)
        await session.flush()
        session.add_all([PatientNumber(patient_id=each, number_id=rows.number) for each in (1, child.id)])
    async with database.read() as session:
        family = await patients.of_number(session, "+79161234567")
        assert [one.full_name for one in family] == ["Иванова Мария Петровна", "Иванова Ася"]
        [found] = await patients.find(session, number="+79161234567", birth_date=date(2019, 3, 8))
        assert found.id == child.id
        assert await patients.of_number(session, "+79990000000") == []
        with pytest.raises(ValueError):
            await patients.find(session)
