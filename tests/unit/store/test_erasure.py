import os
import re
import sqlite3
import subprocess
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update
from store_rows import CALL, Rows

from voicebot.bench.postgresql import Server
from voicebot.config import Retention
from voicebot.errors import StoreError
from voicebot.outcomes import Result
from voicebot.store import (
    appointments,
    cases,
    consents,
    erasure,
    files,
    guardians,
    maintenance,
    numbers,
    results,
    retention,
    talks,
    tasks,
    waitlist,
)
from voicebot.store.cases import Request
from voicebot.store.database import Database
from voicebot.store.journal import Journal
from voicebot.store.tables import (
    Appointment,
    Base,
    Call,
    Campaign,
    CampaignState,
    Consent,
    ConsentKind,
    Contact,
    ContactNumber,
    Fact,
    Number,
    Outbox,
    Patient,
    PatientNumber,
    Slot,
    SlotStatus,
    Task,
    TaskState,
    Turn,
)
from voicebot.store.writes import Write

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
NUMBER = "+79161234567"
NAME = "Иванова Мария"
_MARKS = ("иванова", "мария", "петровна", "9161234567", "9169876543", "1980-05-02", "голова")


async def talk_of_everything(database: Database, rows: Rows, folder: Path) -> None:
    """All places in which a patient leaves a trace."""
    async with database.write() as session:
        session.add(PatientNumber(patient_id=1, number_id=rows.number))
        turn = {"step": "a", "prompt": "Мария Петровна?", "reply_kind": "speech", "reply_text": "да иванова"}
        measured = {"reply_keys": "", "confidence": 1.0, "prompt_heard": 1.0, "reply_latency_ms": 1.0, "at": NOW}
        await talks.add_turn(session, call_id=CALL, no=1, **turn, **measured)
        fact = {"field": "name", "value": {"surname": "Иванова"}, "confidence": 1.0, "words": "иванова"}
        await talks.add_fact(session, call_id=CALL, turn=1, **fact, clip=f"{CALL}/1.flac")
        await talks.recorded(session, CALL, f"{CALL}.flac")
        await appointments.cancel(session, rows.appointment, reason="болит голова", by=f"call:{CALL}")
        detail = {"reason": "болит голова"}
        whose = {"call_id": CALL, "attempt_id": CALL, "contact_id": rows.contact}
        await results.record(session, **whose, result=Result.CANCELLED, detail=detail)
        await numbers.do_not_call(session, NUMBER, by=f"call:{CALL}", reason=f"{NAME} просила")
        second = Number(e164="+79169876543", zone="Europe/Moscow")
        child = Patient(surname="Лебедева", name="Ася", name_key="лебедева ася", created_at=NOW)
        session.add_all([second, child])
        await session.flush()
        session.add(ContactNumber(contact_id=rows.contact, position=1, number_id=second.id))
        await guardians.add(session, child.id, 1, relation=f"мать, {NAME}")
        await tasks.add(session, kind="call_back", about={"who": f"{NAME} Петровна"}, call_id=CALL)
        await tasks.add(session, kind="check", about={"number": NUMBER})
        request = Request(patient_id=1, insured=f"{NAME} Петровна", complaint="болит голова", number=NUMBER)
        await cases.open_case(session, request, call_id=CALL, by=f"call:{CALL}")
        await consents.give(session, ConsentKind.ADVERTISING, proof="список", number=NUMBER, patient_id=1)
        await waitlist.add(session, patient_id=1, specialty="surgeon", by="call:1")
        await session.execute(update(Contact).values(data={"note": NAME}, subject=f"о чём {NAME}"))
    recordings = folder / "recordings"
    (recordings / CALL).mkdir(parents=True)
    (recordings / f"{CALL}.flac").write_bytes(b"sound")
    (recordings / CALL / "1.flac").write_bytes(b"sound")
    (recordings / "other-call.flac").write_bytes(b"sound")
    (folder / "cdr.csv").write_text(f'"1","{NUMBER[1:]}","ANSWERED"\n"2","79990000000","BUSY"\n')
    await Journal(folder / "journal", "n1").append([Write(what="task", data={"about": {"who": NAME}})])


def dumped(database: Database, server: Server) -> str:
    """Everything that the database holds, as text."""
    if database.url.get_backend_name() == "postgresql":
        command = server.programs.command("pg_dump", f"--dbname={server.url(str(database.url.database))}")
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout
    with closing(sqlite3.connect(str(database.url.database))) as connection:
        return "\n".join(connection.iterdump())


def read(text: str) -> str:
    """With the escapes that JSON makes of Russian letters undone."""
    return re.sub(r"\\u([0-9a-f]{4})", lambda match: chr(int(match[1], 16)), text).lower()


async def test_a_patient_forgotten_leaves_no_name_number_or_sound_anywhere(
    database: Database, rows: Rows, server: Server, tmp_path: Path
) -> None:
    folder = tmp_path / "state"
    await talk_of_everything(database, rows, folder)
    before = read(dumped(database, server))
    assert [mark for mark in _MARKS if mark.lower() not in before] == []  # the test would see them
    with database.sync_write() as session:
        forgotten = erasure.forget(session, 1)
    assert files.erase_sound(folder / "recordings", forgotten.calls, forgotten.files) == 2
    assert files.erase_lines(folder, forgotten.words) == 2
    maintenance.vacuum(database.url.render_as_string(hide_password=False))
    after = read(dumped(database, server))
    assert [mark for mark in _MARKS if mark.lower() in after] == []
    with database.sync_read() as session:
        assert erasure.traces(session, forgotten.words) == []
    for file in [path for path in folder.rglob("*") if path.is_file()]:
        content = read(file.read_bytes().decode(errors="replace"))
        assert [mark for mark in _MARKS if mark.lower() in content] == [], file
    assert [path.name for path in (folder / "recordings").rglob("*.flac")] == ["other-call.flac"]
    if database.url.get_backend_name() == "sqlite":
        raw = b"".join(path.read_bytes() for path in Path(str(database.url.database)).parent.glob("store.db*"))
        forms = [form for mark in _MARKS[:4] for form in (mark.encode(), mark.capitalize().encode())]
        assert [form for form in forms if form in raw] == []


async def test_what_is_counted_stays_and_the_number_is_never_called_again(database: Database, rows: Rows) -> None:
    with database.sync_write() as session:
        erasure.forget(session, 1)
        erasure.forget(session, 1)  # twice is as good as once
    async with database.read() as session:
        assert await session.scalar(select(func.count()).select_from(Appointment)) == 1
        number = await session.get_one(Number, rows.number)
        assert number.do_not_call and not number.e164.startswith("+")
        assert await session.scalar(select(Consent.id)) is None


async def test_a_number_that_somebody_else_has_too_stays_theirs(database: Database, rows: Rows) -> None:
    async with database.write() as session:
        child = Patient(surname="Иванова", name="Ася", name_key="иванова ася", created_at=NOW)
        session.add(child)
        await session.flush()
        session.add_all([PatientNumber(patient_id=each, number_id=rows.number) for each in (1, child.id)])
    with database.sync_write() as session:
        forgotten = erasure.forget(session, 1)
    async with database.read() as session:
        assert (await session.get_one(Number, rows.number)).e164 == NUMBER
        assert (await session.get_one(Patient, child.id)).surname == "Иванова"
    assert NUMBER not in forgotten.words


def test_nobody_cannot_be_forgotten(database: Database) -> None:
    with pytest.raises(StoreError, match="no such patient"), database.sync_write() as session:
        erasure.forget(session, 5)


async def test_each_kind_of_data_is_erased_after_its_own_time(database: Database, rows: Rows, tmp_path: Path) -> None:
    recordings = tmp_path / "recordings"
    await talk_of_everything(database, rows, tmp_path)
    at = (NOW - timedelta(days=100)).timestamp()
    for file in recordings.rglob("*.flac"):
        os.utime(file, (at, at))
    keep = Retention(words=timedelta(days=5), tasks=timedelta(days=5), messages=timedelta(days=5))

    async def left() -> dict[str, int]:
        tables: tuple[type[Base], ...] = (Turn, Fact, Call, Task, Outbox, Slot, Campaign, Appointment)
        async with database.read() as session:
            return {
                table.__tablename__: await session.scalar(select(func.count()).select_from(table)) or 0
                for table in tables
            }

    before = await left()
    nothing = retention.purge(database, keep, recordings=recordings, sound=timedelta(days=365))
    assert (sum(nothing.rows.values()), nothing.files, await left()) == (0, 0, before)
    async with database.write() as session:
        await session.execute(update(Call).values(started_at=NOW - timedelta(days=6)))
        done = update(Task).where(Task.kind == "check")
        await session.execute(done.values(state=TaskState.DONE, done_at=NOW - timedelta(days=6)))
        sent = update(Outbox).where(Outbox.topic == "slot.freed")
        await session.execute(sent.values(sent_at=NOW - timedelta(days=6)))
        session.add(Slot(doctor_id=1, starts_at=NOW - timedelta(days=31), status=SlotStatus.FREE))
    purged = retention.purge(database, keep, recordings=recordings, sound=timedelta(days=90))
    assert purged.rows | {"words": 2, "tasks": 1, "messages": 1, "slots": 1} == purged.rows
    assert purged.files == 3
    changed = {"turns": 0, "facts": 0, "tasks": before["tasks"] - 1, "outbox": before["outbox"] - 1}
    assert await left() == before | changed
    async with database.write() as session:
        old = NOW - timedelta(days=4000)
        await session.execute(update(Campaign).values(state=CampaignState.FINISHED, ended_at=old))
        await session.execute(update(Appointment).values(starts_at=old))
        await session.execute(update(Slot).values(starts_at=old))
    purged = retention.purge(database, Retention(), recordings=recordings, sound=timedelta(days=90))
    assert (purged.rows["lists"], purged.rows["appointments"], purged.rows["slots"]) == (1, 1, 1)


def test_lines_of_others_stay_in_the_files(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("раз\nдва\nтри\n")
    file.chmod(0o640)
    assert files.erase_lines(tmp_path, ["два"]) == 1
    assert file.read_text() == "раз\nтри\n"
    assert file.stat().st_mode & 0o777 == 0o640


def test_a_path_that_leads_out_of_the_recordings_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "recordings").mkdir()
    (tmp_path / "other.txt").write_text("важное")
    assert files.erase_sound(tmp_path / "recordings", [], ["../other.txt"]) == 0
    assert (tmp_path / "other.txt").exists()
