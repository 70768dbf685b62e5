import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import select, update
from store_rows import Rows

from voicebot.bench.postgresql import Server
from voicebot.errors import StoreError
from voicebot.store import maintenance, schema
from voicebot.store.database import Database, read_url, sync_engine
from voicebot.store.tables import Appointment, Patient, Slot, SlotStatus


def address(database: Database) -> str:
    return database.url.render_as_string(hide_password=False)


async def test_a_backup_brings_back_what_was_lost(
    database: Database, rows: Rows, server: Server, tmp_path: Path
) -> None:
    file, programs = tmp_path / "copy", server.programs.folder
    maintenance.backup(address(database), file, programs=programs)
    async with database.write() as session:
        await session.execute(update(Patient).values(surname="испорчено"))
        await session.execute(sa.delete(sa.table("case_changes")))
    await database.close()
    maintenance.restore(address(database), file, programs=programs)
    async with database.read() as session:
        assert (await session.scalars(select(Patient.surname))).all() == ["Иванова"]
        assert await session.scalar(select(Appointment.id)) == rows.appointment
    assert maintenance.check(address(database)) == []
    assert file.stat().st_mode & 0o077 == 0


async def test_a_backup_does_not_overwrite_and_a_bad_one_changes_nothing(
    database: Database, rows: Rows, server: Server, tmp_path: Path
) -> None:
    file = tmp_path / "copy"
    file.write_text("это не база")
    with pytest.raises(StoreError, match="there already"):
        maintenance.backup(address(database), file, programs=server.programs.folder)
    await database.close()
    for bad in (file, tmp_path / "missing"):
        with pytest.raises(StoreError):
            maintenance.restore(address(database), bad, programs=server.programs.folder)
    async with database.read() as session:
        assert (await session.scalars(select(Patient.surname))).all() == ["Иванова"]


async def test_a_check_names_what_must_never_be(database: Database, rows: Rows) -> None:
    assert maintenance.check(address(database)) == []
    async with database.write() as session:
        await session.execute(update(Slot).values(status=SlotStatus.BUSY_TENTATIVE))
        await session.execute(update(Appointment).values(starts_at=Appointment.created_at))
    found = maintenance.check(address(database))
    assert [each.split(":")[0] for each in found] == [
        "a visit and its slot differ in time",
        "a held slot has no holder",
    ]


def test_a_check_of_old_tables_tells_to_upgrade(empty_url: str) -> None:
    schema.upgrade(empty_url, "0003")
    assert "voicebot db upgrade" in maintenance.check(empty_url)[0]


def test_a_damaged_sqlite_file_is_found(tmp_path: Path) -> None:
    file = tmp_path / "store.db"
    schema.upgrade(f"sqlite:///{file}")
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA foreign_keys=OFF")
        connection.execute("INSERT INTO patient_numbers VALUES (7, 7)")
        connection.commit()
    assert any("that is not there" in problem for problem in maintenance.check(f"sqlite:///{file}"))


def test_migrations_up_and_down_keep_the_data_they_know(empty_url: str) -> None:
    """Rows of every table of revision 0003, through all later revisions and back."""
    schema.upgrade(empty_url, "0003")
    engine = sync_engine(read_url(empty_url))
    values = {"INTEGER": 1, "BIGINT": 1, "BOOLEAN": True, "FLOAT": 0.5, "DOUBLE PRECISION": 0.5}
    words = {"status": {"slots": "free", "appointments": "booked"}, "gender": "female", "direction": "outbound"}
    words |= {"state": {"campaigns": "running", "contacts": "waiting", "tasks": "open"}}
    words |= {"outcome": "answered", "result": "confirmed"}
    metadata = sa.MetaData()
    metadata.reflect(engine)

    def value(column: sa.Column[object]) -> object:
        word = words.get(column.name)
        if isinstance(word, dict):
            word = word.get(column.table.name)
        if word is not None:
            return word
        kind = str(column.type).split("(")[0]
        if kind in ("DATETIME", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE"):
            return sa.func.current_timestamp()
        if kind == "DATE":
            return sa.func.current_date()
        return values.get(kind, {} if kind in ("JSON", "JSONB") else "1")

    def content() -> dict[str, list[dict[str, object]]]:
        with engine.connect() as connection:
            return {
                table.name: [dict(row._mapping) for row in connection.execute(table.select())]
                for table in metadata.sorted_tables
                if table.name != "alembic_version"
            }

    with engine.begin() as connection:
        for table in metadata.sorted_tables:
            if table.name != "alembic_version":
                connection.execute(table.insert().values({column.name: value(column) for column in table.columns}))
    before = content()
    assert all(len(rows) == 1 for rows in before.values())
    for _ in range(2):
        schema.upgrade(empty_url)
        assert content() == before
        schema.downgrade(empty_url, "0003")
        assert content() == before
    engine.dispose()
