import asyncio
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select
from store_rows import Rows

from voicebot.app import upkeep
from voicebot.app.upkeep import keep_slots_ahead, next_time, purge_daily
from voicebot.config import Retention, Settings
from voicebot.errors import StoreError
from voicebot.store import retention
from voicebot.store.database import Database
from voicebot.store.retention import Purged
from voicebot.store.tables import Doctor, Outbox, Schedule, Site, Slot

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


class Watch:
    """The robot's clock, turned by the test."""

    at = datetime(2026, 11, 21, 2, 0, tzinfo=ZoneInfo("Europe/Moscow"))

    def now(self) -> datetime:
        return self.at


def test_the_next_time_of_a_day_is_today_or_tomorrow_by_the_clocks_of_the_zone() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    night = datetime(2026, 10, 24, 23, 0, tzinfo=berlin)  # clocks are set back at three
    assert next_time(night, time(3, 30)).astimezone(UTC) == datetime(2026, 10, 25, 2, 30, tzinfo=UTC)
    assert next_time(night, time(23, 30)) == night.replace(minute=30)
    assert next_time(night, time(23, 0)) == datetime(2026, 10, 25, 23, 0, tzinfo=berlin)


async def test_a_running_robot_erases_what_is_old_once_a_day_at_its_hour(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "_LOOK", timedelta(milliseconds=5))
    loop, watch, whole = asyncio.get_running_loop(), Watch(), retention.purge
    purged: asyncio.Queue[tuple[datetime, int]] = asyncio.Queue()

    def purge(*arguments: Any, **options: Any) -> Purged:
        if watch.at.day == 21:
            loop.call_soon_threadsafe(purged.put_nowait, (watch.at, 0))
            raise StoreError("the store did not answer")
        done = whole(*arguments, **options)
        loop.call_soon_threadsafe(purged.put_nowait, (watch.at, done.rows["messages"]))
        return done

    monkeypatch.setattr(retention, "purge", purge)
    async with database.write() as session:
        session.add(Outbox(topic="x", payload={}, created_at=NOW, sent_at=NOW - timedelta(days=31)))
    task = asyncio.create_task(purge_daily(database, Settings(state_dir=tmp_path), watch))
    night = watch.at + timedelta(hours=2)
    for at, erased in ((night, 0), (night + timedelta(days=1), 1), (night + timedelta(days=2), 0)):
        await asyncio.sleep(0.1)
        assert purged.empty()  # neither before its hour nor twice
        watch.at = at
        assert await asyncio.wait_for(purged.get(), 20) == (at, erased)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_purge_that_is_halted_ends_between_two_small_transactions(
    database: Database, rows: Rows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "_MOST", 3)
    async with database.write() as session:
        old = {"created_at": NOW, "sent_at": NOW - timedelta(days=31)}
        session.add_all([Outbox(topic="x", payload={}, **old) for _ in range(10)])

    def halted() -> bool:
        with database.sync_read() as session:
            return (session.scalar(select(func.count()).select_from(Outbox)) or 0) <= 4

    purged = await asyncio.to_thread(
        retention.purge, database, Retention(), recordings=tmp_path, sound=timedelta(days=90), halted=halted
    )
    assert purged.rows["messages"] == 6
    async with database.read() as session:
        assert await session.scalar(select(func.count()).select_from(Outbox)) == 4
