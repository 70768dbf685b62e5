"""Care of the database: backup, restore, check."""

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import URL, Engine

from voicebot import debian
from voicebot.errors import StoreError
from voicebot.store import schema
from voicebot.store.database import read_url, sync_engine

_MEND = "Take another backup; this one is damaged or belongs to something else."

#: What must be nowhere, whatever happened: description → query that gives the ids where it is.
_NEVER = {
    "a visit to come holds no busy slot": """
        SELECT a.id FROM appointments a JOIN slots s ON s.id = a.slot_id
        WHERE a.status IN ('proposed', 'pending', 'booked') AND s.status <> 'busy'
        AND a.starts_at > CURRENT_TIMESTAMP""",
    "a visit and its slot differ in time": """
        SELECT a.id FROM appointments a JOIN slots s ON s.id = a.slot_id
        WHERE a.status IN ('proposed', 'pending', 'booked') AND a.starts_at <> s.starts_at""",
    "a held slot has no holder": "SELECT id FROM slots WHERE status = 'busy-tentative' AND held_by IS NULL",
    "a task is taken by nobody": "SELECT id FROM tasks WHERE state = 'taken' AND taken_by IS NULL",
    "an attempt has ended without an outcome": "SELECT id FROM attempts WHERE ended_at IS NOT NULL AND outcome IS NULL",
}


def backup(url: str, target: Path, *, programs: Path | None = None) -> None:
    """Write a consistent copy while the robot works: an SQLite file, or PostgreSQL's custom archive.

    `programs`: where pg_dump lies, if not on the machine's PATH.

    Raises:
        StoreError: the database or the file cannot be used; a file that is there is not overwritten.
        ProgramMissing: pg_dump is not installed.
    """
    parsed = read_url(url)
    if target.exists():
        raise StoreError("a file is there already", place=str(target), mend="Name another file.")
    draft = target.with_name(f"{target.name}.partial")
    try:
        if parsed.get_backend_name() == "sqlite":
            _copy(Path(str(parsed.database)), draft)
        else:
            _run(parsed, "pg_dump", ["--format=custom", f"--file={draft}"], programs)
        draft.chmod(0o600)
        draft.replace(target)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"the backup failed: {error}", place=str(target)) from error
    finally:
        draft.unlink(missing_ok=True)


def restore(url: str, source: Path, *, programs: Path | None = None) -> None:
    """Put a backup in the database's place, and bring its tables up to date. No robot may be running.

    Raises:
        StoreError: the backup cannot be used (nothing has changed then), or belongs to a newer program.
        ProgramMissing: pg_restore is not installed.
    """
    parsed = read_url(url)
    if not source.is_file():
        raise StoreError("no such backup", place=str(source))
    if parsed.get_backend_name() == "sqlite":
        _restore_file(Path(str(parsed.database)), source)
    else:
        options = ["--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error"]
        _run(parsed, "pg_restore", [*options, f"--dbname={_address(parsed)}", str(source)], programs, dbname=False)
    schema.upgrade(url)


def check(url: str) -> list[str]:
    """What is wrong with the database, in a sentence each; empty: nothing.

    Raises:
        StoreError: it does not answer.
    """
    parsed = read_url(url)
    revision, newest = schema.current(url), schema.newest()
    if revision != newest:
        return [f"the tables are of revision {revision}, this program needs {newest}: run `voicebot db upgrade`"]
    engine = sync_engine(parsed)
    try:
        with engine.connect() as connection:
            found = [
                f"the tables differ from this program's: {difference}" for difference in schema.differences(connection)
            ]
            if engine.dialect.name == "sqlite":
                found += _damage(connection)
            for what, query in _NEVER.items():
                ids = connection.execute(sa.text(query)).scalars().all()
                if ids:
                    found.append(f"{what}: {len(ids)} times, first {ids[0]}")
            return found
    except sa.exc.OperationalError as error:
        raise StoreError(f"the store did not answer: {error.orig}", place=parsed.render_as_string()) from error
    finally:
        engine.dispose()


def vacuum(url: str) -> None:
    """Give back the room of what was erased, and overwrite it: until then its bytes lie in the files.

    Raises:
        StoreError: the database does not answer, or somebody is using it for longer than a minute.
    """
    parsed = read_url(url)
    engine = sync_engine(parsed)
    try:
        _vacuum(engine)
    except sa.exc.OperationalError as error:
        mend = "Stop the robot, or do it at night."
        raise StoreError(f"the erased room is not given back: {error.orig}", place=str(parsed), mend=mend) from error
    finally:
        engine.dispose()


def _vacuum(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        with closing(sqlite3.connect(str(engine.url.database), timeout=60)) as connection:
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.exec_driver_sql("VACUUM FULL")


def _damage(connection: sa.Connection) -> list[str]:
    found = [f"SQLite: {row[0]}" for row in connection.exec_driver_sql("PRAGMA integrity_check") if row[0] != "ok"]
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    return found + [f"{row[0]} {row[1]} names a row of {row[2]} that is not there" for row in broken]


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)
        new.execute("PRAGMA journal_mode=DELETE")
    with target.open("rb") as stream:
        os.fsync(stream.fileno())


def _restore_file(database: Path, source: Path) -> None:
    try:
        with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as copy:
            [whole] = copy.execute("PRAGMA integrity_check").fetchone()
            copy.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error as error:
        raise StoreError(f"not a backup of the store: {error}", place=str(source), mend=_MEND) from error
    if whole != "ok":
        raise StoreError(f"the backup is damaged: {whole}", place=str(source), mend=_MEND)
    database.parent.mkdir(parents=True, exist_ok=True)
    draft = database.with_name(f"{database.name}.restored")
    shutil.copyfile(source, draft)
    draft.chmod(0o600)
    for rest in ("-wal", "-shm"):  # they belong to what is replaced
        database.with_name(database.name + rest).unlink(missing_ok=True)
    draft.replace(database)


def _run(url: URL, name: str, arguments: list[str], programs: Path | None, *, dbname: bool = True) -> None:
    """Run one of PostgreSQL's programs; the password goes by the environment, where nobody else can read it."""
    program = debian.Program(name=name, words=(str(programs / name),)) if programs else debian.program(name)
    words = [*arguments, *([f"--dbname={_address(url)}"] if dbname else [])]
    env = {**program.env, **({"PGPASSWORD": str(url.password)} if url.password else {})}
    done = subprocess.run(program.command(*words), env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise StoreError(f"{name} failed: {reason}", place=_address(url), mend=_MEND if "restore" in name else "")


def _address(url: URL) -> str:
    return url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
