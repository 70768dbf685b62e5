import asyncio
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import func, select

from voicebot.app.upkeep import keep_slots_ahead
from voicebot.store.database import Database
from voicebot.store.tables import Doctor, Schedule, Site, Slot

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


async def test_a_running_robot_makes_times_ahead(database: Database) -> None:
    async with database.write() as session:
        site, doctor = Site(name="Главный", zone="Europe/Moscow"), Doctor(name="Орлов", specialty="surgeon")
        session.add_all([site, doctor])
        await session.flush()
        hours = {"weekdays": "1234567", "starts": time(9), "ends": time(10), "minutes": 30, "breaks": []}
        session.add(Schedule(doctor_id=doctor.id, site_id=site.id, valid_from=date(2026, 1, 1), **hours))
    upkeep = asyncio.create_task(keep_slots_ahead(database, timedelta(days=3)))

    async def made() -> int:
        async with database.read() as session:
            return await session.scalar(select(func.count()).select_from(Slot)) or 0

    async with asyncio.timeout(20):
        while not await made():
            pass
    upkeep.cancel()
    await asyncio.gather(upkeep, return_exceptions=True)
    assert await made() == 6
