"""How fast a free time is found among a million visits: `python bench/store_slots.py [--url URL | --postgresql]`.

500 doctors of 50 specialties, nine tenths of the visits behind and one tenth ahead, where 99 of 100 times are
taken. Prints the median and p95 of several kinds of search; told to fit: p95 within 50 ms.
"""

import argparse
import asyncio
import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, text

from voicebot.bench import postgresql
from voicebot.store import schema, slots
from voicebot.store.database import Database
from voicebot.store.slots import Query
from voicebot.store.tables import Appointment, AppointmentStatus, Doctor, Patient, Site, Slot, SlotStatus

NOW = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
_DOCTORS, _SPECIALTIES, _SEARCHES = 500, 50, 300
_WISHES: dict[str, Any] = {
    "nearest": None,
    "a day": "2026-11-26",
    "mornings of a week": {"from": "2026-11-30", "to": "2026-12-07", "time": {"from": "08:00", "to": "12:00"}},
    "evenings": {"from": "17:00", "to": None},
    "what never is": "03:00",
}


def visits(count: int) -> Iterator[tuple[datetime, int, SlotStatus]]:
    """Start, doctor and state of every slot; the last tenth lies ahead."""
    dice = random.Random(1)
    for no in range(count):
        doctor = 1 + no % _DOCTORS
        step = no // _DOCTORS
        day, hour = divmod(step, 20)
        starts_at = NOW + timedelta(days=day - count // _DOCTORS * 9 // 200, minutes=30 * hour)
        is_free = starts_at > NOW and dice.random() < 0.01
        yield starts_at, doctor, SlotStatus.FREE if is_free else SlotStatus.BUSY


def fill(database: Database, count: int) -> None:
    with database.sync_write() as session:
        session.execute(insert(Site), [{"name": "Главный", "address": "улица Мира", "zone": "Europe/Moscow"}])
        doctors = [{"name": f"Врач {no}", "specialty": f"с{no % _SPECIALTIES}"} for no in range(_DOCTORS)]
        session.execute(insert(Doctor), doctors)
        patient = {"surname": "Иванов", "name": "Иван", "name_key": "иванов иван", "created_at": NOW}
        session.execute(insert(Patient), [patient])
    batch: list[dict[str, Any]] = []
    slot_id = 0
    rows = visits(count)
    while batch := [row for _, row in zip(range(20_000), rows, strict=False)]:
        with database.sync_write() as session:
            slot_rows, visit_rows = [], []
            for starts_at, doctor, status in batch:
                slot_id += 1
                slot = {"id": slot_id, "doctor_id": doctor, "site_id": 1, "starts_at": starts_at, "status": status}
                slot_rows.append(slot)
                if status is SlotStatus.BUSY:
                    visit_rows.append({"slot_id": slot_id, "doctor_id": doctor, "starts_at": starts_at})
            session.execute(insert(Slot.__table__), slot_rows)
            common = {"patient_id": 1, "specialty": "с", "zone": "Europe/Moscow", "created_at": NOW, "place": ""}
            common |= {"status": AppointmentStatus.BOOKED, "preparation": ""}
            session.execute(insert(Appointment.__table__), [common | row for row in visit_rows])


async def measure(database: Database) -> None:
    dice = random.Random(2)
    for name, wish in _WISHES.items():
        taken, found = [], 0
        for _ in range(_SEARCHES):
            query = Query(specialty=f"с{dice.randrange(_SPECIALTIES)}")
            started = time.perf_counter()
            async with database.read() as session:
                result = await slots.search(session, query, after=NOW, wish=wish)
            taken.append(1000 * (time.perf_counter() - started))
            found += bool(result.slots)
        taken.sort()
        p95 = taken[int(0.95 * len(taken))]
        print(f"{name:20} median {taken[len(taken) // 2]:6.1f} ms   p95 {p95:6.1f} ms   found {found} of {_SEARCHES}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visits", type=int, default=1_000_000)
    parser.add_argument("--url", help="an empty database; SQLite in a temporary folder by default")
    parser.add_argument("--postgresql", action="store_true", help="a PostgreSQL server of its own")
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="voicebot-bench-")))
        url = options.url or f"sqlite:///{folder / 'store.db'}"
        if options.postgresql:
            server = stack.enter_context(postgresql.running())
            url = server.url(server.create())
        schema.upgrade(url)
        database = Database(url, clock=lambda: NOW)
        fill(database, options.visits)
        with database.sync_write() as session:
            session.execute(text("ANALYZE"))
        print(f"{url.split(':')[0]}, {options.visits} visits")
        asyncio.run(measure(database))


if __name__ == "__main__":
    main()
