import asyncio
import logging
import sqlite3
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import IntegrityError, StatementError

from voicebot import logs
from voicebot.errors import StoreError
from voicebot.store import schema
from voicebot.store.database import Database
from voicebot.store.tables import Number, Outbox, Patient, PatientNumber


def number(e164: str, next_call_at: datetime | None = None) -> Number:
    return Number(e164=e164, next_call_at=next_call_at)


async def test_an_instant_comes_back_as_the_same_moment_in_utc(database: Database) -> None:
    kamchatka = datetime(2026, 11, 21, 9, 10, tzinfo=timezone(timedelta(hours=12)))
    async with database.write() as session:
        session.add(number("+79990000001", kamchatka))
    async with database.read() as session:
        kept = (await session.execute(select(Number.next_call_at))).scalar_one()
        earlier = select(func.count()).where(Number.next_call_at < kamchatka + timedelta(seconds=1))
        assert (await session.execute(earlier)).scalar_one() == 1
    assert kept == kamchatka
    assert kept is not None and kept.tzinfo is UTC


async def test_a_datetime_without_zone_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="without zone"):
        async with database.write() as session:
            session.add(number("+79990000001", datetime(2026, 11, 21)))  # noqa: DTZ001


async def test_a_block_that_raises_leaves_nothing_behind(database: Database) -> None:
    async with database.write() as session:
        session.add(number("+79990000001"))
    with pytest.raises(RuntimeError):
        async with database.write() as session:  # on the connection that has just committed
            session.add(number("+79990000002"))
            await session.flush()
            raise RuntimeError
    async with database.read() as session:
        assert (await session.scalars(select(Number.e164))).all() == ["+79990000001"]


async def test_references_to_missing_rows_are_refused(database: Database) -> None:
    with pytest.raises(IntegrityError):
        async with database.write() as session:
            session.add(PatientNumber(patient_id=7, number_id=7))


async def test_writers_that_read_first_lose_no_update(database: Database) -> None:
    async with database.write() as session:
        session.add(Outbox(topic="count", payload={"n": 0}, created_at=datetime.now(UTC)))

    async def add_one() -> None:
        async with database.write() as session:
            row = (await session.execute(select(Outbox).with_for_update())).scalar_one()
            await asyncio.sleep(0)
            row.payload = {"n": row.payload["n"] + 1}

    async with asyncio.TaskGroup() as group:
        for _ in range(40):
            group.create_task(add_one())
    async with database.read() as session:
        assert (await session.execute(select(Outbox.payload))).scalar_one() == {"n": 40}


async def test_an_importer_in_a_thread_and_talks_on_the_loop_write_side_by_side(database: Database) -> None:
    def import_some() -> None:
        for batch in range(10):
            with database.sync_write() as session:
                session.scalar(select(func.count()).select_from(Outbox))  # reads first: the lock must be there already
                time.sleep(0.002)
                session.add_all(number(f"+7999{batch:04}{row:03}") for row in range(50))

    async def talk(no: int) -> None:
        async with database.write() as session:
            await session.scalar(select(func.count()).select_from(Number))
            session.add(Outbox(topic="t", payload={"no": no}, created_at=datetime.now(UTC)))

    async with asyncio.TaskGroup() as group:
        group.create_task(asyncio.to_thread(import_some))
        for no in range(20):
            group.create_task(talk(no))
    with database.sync_read() as session:
        assert session.scalar(select(func.count()).select_from(Number)) == 500
        assert session.scalar(select(func.count()).select_from(Outbox)) == 20


async def test_a_store_that_another_program_holds_is_a_store_error_within_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    schema.upgrade(f"sqlite:///{path}")
    database = Database(f"sqlite:///{path}", timeout=timedelta(seconds=0.3))
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="did not answer"):
        async with database.write() as session:
            session.add(number("+79990000001"))
    holder.execute("ROLLBACK")
    holder.close()
    async with database.write() as session:  # and it goes on as soon as it can
        session.add(number("+79990000001"))
    await database.close()


async def test_a_session_for_reading_may_read_while_another_writes(database: Database) -> None:
    async with database.write() as writer:
        writer.add(number("+79990000001"))
        await writer.flush()
        async with database.read() as reader:
            assert (await reader.execute(text("SELECT count(*) FROM numbers"))).scalar_one() == 0


async def test_a_server_that_is_not_there_is_a_store_error() -> None:
    database = Database("postgresql://nobody@127.0.0.1:1/none", timeout=timedelta(seconds=5))
    with pytest.raises(StoreError, match="did not answer"):
        async with database.read():
            pass
    with pytest.raises(StoreError, match="did not answer"), database.sync_read():
        pass
    await database.close()


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
async def test_a_connection_that_the_server_has_closed_is_not_given_out_again(database: Database) -> None:
    async with database.read() as session:
        driver = (await (await session.connection()).get_raw_connection()).driver_connection
        pid = await session.scalar(text("SELECT pg_backend_pid()"))
    with database.sync_read() as session:
        session.execute(select(func.pg_terminate_backend(pid)))
    async with asyncio.timeout(60):
        while not driver.is_closed():  # noqa: ASYNC110 (the driver tells nobody)
            await asyncio.sleep(0.01)
    async with database.read() as session:
        assert await session.scalar(text("SELECT pg_backend_pid()")) != pid


async def test_an_error_of_the_store_that_is_logged_names_nobody(database: Database) -> None:
    twice = {
        "surname": "Ёлкина",
        "name": "Анна",
        "name_key": "ёлкина",
        "created_at": datetime(2026, 11, 21, tzinfo=UTC),
    }
    try:
        async with database.write() as session:
            session.add_all([number("+79161234567"), Patient(id=1, **twice)])
            await session.flush()
            await session.execute(insert(Patient).values(id=2, **twice | {"name": None}))
    except IntegrityError as error:
        trace = (type(error), error, error.__traceback__)
    told = logs._Line().format(
        logging.LogRecord("store", logging.ERROR, __file__, 1, "refused +79161234567", (), trace)
    )
    assert "INSERT INTO patients" in told and "IntegrityError" in told
    assert "лкина" not in told and "1234567" not in told


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
async def test_of_two_writers_that_wait_for_each_other_one_is_told_to_try_again(database: Database) -> None:
    """PostgreSQL ends one of the transactions; that is no fault of the program."""
    async with database.write() as session:
        session.add_all([Number(e164="+79160000001"), Number(e164="+79160000002")])
    both = asyncio.Barrier(2)

    async def change(*order: str) -> None:
        async with database.write() as session:
            for no, e164 in enumerate(order):
                await session.execute(select(Number.id).where(Number.e164 == e164).with_for_update())
                if no == 0:
                    await both.wait()

    ends = await asyncio.gather(
        change("+79160000001", "+79160000002"), change("+79160000002", "+79160000001"), return_exceptions=True
    )
    assert sorted(type(end).__name__ for end in ends) == ["NoneType", "StoreError"]
