from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update
from store_rows import Rows

from voicebot.store import schedules, slots
from voicebot.store.database import Database
from voicebot.store.schedules import Extended, Hours
from voicebot.store.tables import Absence, Doctor, Outbox, Schedule, Site, Slot, SlotStatus, Task

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)  # a Saturday
OMSK = ZoneInfo("Asia/Omsk")
MONDAY = date(2026, 11, 23)


def hours(**changes: object) -> Hours:
    usual: dict[str, object] = {
        "weekdays": "135",
        "starts": time(9),
        "ends": time(12),
        "minutes": 30,
        "valid_from": date(2026, 1, 1),
    }
    return Hours(**(usual | changes))  # type: ignore[arg-type]


def clocks(hours: Hours, day: date = MONDAY) -> list[str]:
    return [f"{start:%H:%M}" for start, _ in hours.slots(day, OMSK)]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ["09:00", "09:30", "10:00", "10:30", "11:00", "11:30"]),
        ({"minutes": 50}, ["09:00", "09:50", "10:40"]),
        ({"breaks": [(time(10), time(10, 45))]}, ["09:00", "09:30", "10:45", "11:15"]),
        ({"breaks": [(time(9), time(9, 15)), (time(11, 30), time(13))]}, ["09:15", "09:45", "10:15", "10:45"]),
        ({"weekdays": "2"}, []),
        ({"valid_from": date(2026, 11, 24)}, []),
        ({"valid_to": date(2026, 11, 22)}, []),
        ({"valid_to": MONDAY, "ends": time(9, 30)}, ["09:00"]),
    ],
)
def test_slots_fit_into_hours_and_spare_the_breaks(changes: dict[str, object], expected: list[str]) -> None:
    assert clocks(hours(**changes)) == expected


def test_slots_are_in_the_local_time_of_the_site() -> None:
    start, end = next(hours().slots(MONDAY, OMSK))
    assert (start.astimezone(UTC).isoformat(), end - start) == ("2026-11-23T03:00:00+00:00", timedelta(minutes=30))


@pytest.fixture
async def schedule(database: Database, rows: Rows) -> int:
    async with database.write() as session:
        site = Site(name="Омск", address="проспект Мира, дом два", zone="Asia/Omsk")
        doctor = Doctor(name="Орлов", specialty="surgeon")
        session.add_all([site, doctor])
        await session.flush()
        schedule = Schedule(
            doctor_id=doctor.id,
            site_id=site.id,
            room="кабинет три",
            weekdays="12345",
            starts=time(9),
            ends=time(11),
            minutes=60,
            breaks=[],
            valid_from=date(2026, 1, 1),
        )
        session.add(schedule)
        await session.flush()
        return schedule.id


def extend(database: Database, until: date = date(2026, 11, 27)) -> Extended:
    with database.sync_write() as session:
        return schedules.extend(session, until=until)


async def free(database: Database) -> list[str]:
    async with database.read() as session:
        found = await slots.offers(session, specialty="surgeon", after=NOW, limit=50)
    return [f"{slot.starts_at:%d %H:%M}" for slot in found]


async def test_slots_are_made_ahead_once_and_can_be_offered(database: Database, schedule: int) -> None:
    assert extend(database) == Extended(added=10, withdrawn=0, returned=0)
    assert extend(database) == Extended(added=0, withdrawn=0, returned=0)
    assert extend(database, until=date(2026, 11, 30)) == Extended(added=2, withdrawn=0, returned=0)
    assert (await free(database))[:3] == ["23 09:00", "23 10:00", "24 09:00"]
    async with database.read() as session:
        [first, *_] = await slots.offers(session, specialty="surgeon", after=NOW)
    assert first.place == "проспект Мира, дом два, кабинет три"


async def test_changed_hours_take_free_slots_back_and_leave_booked_ones(database: Database, schedule: int) -> None:
    extend(database)
    async with database.write() as session:
        booked = update(Slot).where(Slot.starts_at == datetime(2026, 11, 23, 3, tzinfo=UTC))
        await session.execute(booked.values(status=SlotStatus.BUSY))
        await session.execute(update(Schedule).values(starts=time(10)))
    assert extend(database) == Extended(added=0, withdrawn=4, returned=0)
    assert await free(database) == [f"{day} 10:00" for day in (23, 24, 25, 26, 27)]
    async with database.write() as session:
        await session.execute(update(Schedule).values(starts=time(9)))
    assert extend(database) == Extended(added=0, withdrawn=0, returned=4)


async def test_an_absence_takes_free_slots_and_gives_a_task_for_every_visit(
    database: Database, rows: Rows, schedule: int
) -> None:
    extend(database)
    async with database.read() as session:
        doctor = await session.scalar(select(Doctor.id).where(Doctor.name == "Петров Пётр Ильич"))
        surgeon = await session.scalar(select(Doctor.id).where(Doctor.name == "Орлов"))
    assert doctor and surgeon
    week = (datetime(2026, 11, 22, tzinfo=UTC), datetime(2026, 11, 25, tzinfo=UTC))
    with database.sync_write() as session:
        assert schedules.absent(session, surgeon, *week, why="отпуск", by="cli:test") == []
        assert schedules.absent(session, doctor, *week, why="болезнь", by="cli:test") == [rows.appointment]
    assert await free(database) == [f"{day} {hour}" for day in (25, 26, 27) for hour in ("09:00", "10:00")]
    assert extend(database) == Extended(added=0, withdrawn=0, returned=0)
    async with database.write() as session:
        [task] = (await session.scalars(select(Task))).all()
        [message] = (await session.scalars(select(Outbox))).all()
        assert (task.kind, task.about["appointment_id"]) == ("move_visit", rows.appointment)
        assert message.topic == "appointment.displaced"
        await session.execute(update(Absence).values(ends_at=datetime(2026, 11, 22, 1, tzinfo=UTC)))
    assert extend(database) == Extended(added=0, withdrawn=0, returned=4)
