import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from store_rows import CALL, Rows

from voicebot.errors import StoreError
from voicebot.store import schema
from voicebot.store.database import Database
from voicebot.store.journal import Journal
from voicebot.store.tables import AttemptContact, Base, Call, Fact, Outbox, Task, Turn
from voicebot.store.writes import Write

AT = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
TURN = {"no": 1, "step": "come", "prompt": "Вы придёте?", "reply_kind": "speech", "reply_text": "да", "reply_keys": ""}
MEASURED = {"confidence": 0.9, "prompt_heard": 1.0, "reply_latency_ms": 250.0, "at": AT}


def turn(**changes: object) -> Write:
    return Write(what="turn", data={"call_id": CALL, **TURN, **MEASURED, **changes})


def fact(**changes: object) -> Write:
    data = {"call_id": CALL, "turn": 1, "field": "come", "value": "yes", "confidence": 0.9, "words": "да", "at": AT}
    return Write(what="fact", data=data | changes)


def result(contact: int) -> Write:
    whose = {"call_id": CALL, "attempt_id": CALL, "contact_id": contact}
    return Write(what="result", data={**whose, "result": "confirmed", "detail": {}})


async def count(database: Database, table: type[Base]) -> int:
    async with database.read() as session:
        return (await session.execute(select(func.count()).select_from(table))).scalar_one()


@pytest.fixture
async def silent(tmp_path: Path) -> AsyncIterator[Database]:
    """A store that does not answer: somebody else holds its lock."""
    schema.upgrade(f"sqlite:///{tmp_path / 'silent.db'}")
    database = Database(f"sqlite:///{tmp_path / 'silent.db'}", timeout=timedelta(milliseconds=200))
    with closing(sqlite3.connect(tmp_path / "silent.db")) as holder:
        holder.execute("BEGIN IMMEDIATE")
        yield database
    await database.close()


async def test_what_the_store_does_not_take_is_in_the_journal_and_in_the_store_when_it_answers(
    database: Database, rows: Rows, silent: Database, tmp_path: Path
) -> None:
    journal = Journal(tmp_path / "journal", "n1")
    await journal.keep(silent, [turn(), fact()])
    [line] = (tmp_path / "journal" / "n1.jsonl").read_text().splitlines()
    assert [write["what"] for write in json.loads(line)["writes"]] == ["turn", "fact"]
    assert await journal.replay(database) == 1
    async with database.read() as session:
        [kept] = (await session.scalars(select(Fact))).all()
        assert (kept.field, kept.value, kept.words, kept.at) == ("come", "yes", "да", AT)
        assert (await session.scalars(select(Turn.reply_text))).all() == ["да"]
    assert list((tmp_path / "journal").iterdir()) == []


async def test_while_the_store_answers_nothing_is_journalled(database: Database, rows: Rows, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal", "n1")
    await journal.keep(database, [turn(), fact()])
    assert not (tmp_path / "journal").exists()
    assert await count(database, Fact) == 1


async def test_an_entry_whose_commit_was_not_answered_is_not_written_twice(
    database: Database, rows: Rows, tmp_path: Path
) -> None:
    journal = Journal(tmp_path, "n1")
    writes = [turn(), fact(), result(rows.contact)]
    await journal.keep(database, writes)
    await journal.append(writes)
    await journal.replay(database)
    assert (await count(database, Turn), await count(database, Fact), await count(database, Outbox)) == (1, 1, 1)
    async with database.read() as session:
        assert (await session.scalar(select(AttemptContact.result))) == "confirmed"


async def test_a_replay_that_was_killed_before_it_could_clear_up_writes_nothing_twice(
    database: Database, rows: Rows, tmp_path: Path
) -> None:
    journal = Journal(tmp_path, "n1")
    await journal.append([Write(what="task", data={"call_id": CALL, "kind": "call_back", "about": {"action": "book"}})])
    before = (tmp_path / "n1.jsonl").read_bytes()
    assert await journal.replay(database) == 1
    (tmp_path / "n1.replaying.jsonl").write_bytes(before)  # as a kill between commit and clearing leaves it
    await journal.append([fact(field="later")])
    assert await journal.replay(database) == 1
    assert (await count(database, Task), await count(database, Fact)) == (1, 1)


async def test_a_line_that_a_crash_cut_off_spoils_neither_the_others_nor_the_next(
    database: Database, rows: Rows, tmp_path: Path
) -> None:
    journal = Journal(tmp_path, "n1")
    await journal.append([fact(field="first")])
    file = tmp_path / "n1.jsonl"
    whole = file.read_bytes()
    file.write_bytes(whole + whole[: len(whole) // 2])
    await journal.append([fact(field="second")])
    assert await journal.replay(database) == 2
    assert await count(database, Fact) == 2


async def test_an_entry_that_the_store_refuses_waits_aside_for_a_person(
    database: Database, rows: Rows, tmp_path: Path
) -> None:
    journal = Journal(tmp_path, "n1")
    await journal.append([fact(call_id="nobody-knows")])
    await journal.append([Write(what="spell", data={})])
    await journal.append([fact()])
    assert await journal.replay(database) == 1
    assert len((tmp_path / "n1.refused.jsonl").read_text().splitlines()) == 2
    assert await count(database, Fact) == 1


async def test_entries_wait_while_the_store_is_still_silent(
    database: Database, rows: Rows, silent: Database, tmp_path: Path
) -> None:
    journal = Journal(tmp_path / "journal", "n1")
    await journal.append([fact()])
    with pytest.raises(StoreError):
        await journal.replay(silent)
    assert await journal.replay(database) == 1


async def test_a_running_robot_replays_when_the_store_answers_again(
    database: Database, rows: Rows, tmp_path: Path
) -> None:
    journal = Journal(tmp_path, "n1")
    await journal.append([fact()])
    watching = asyncio.create_task(journal.watch(database, every=timedelta(milliseconds=10)))
    while not await count(database, Fact):
        pass
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)


async def test_a_whole_call_can_be_told_afterwards(database: Database, rows: Rows, tmp_path: Path) -> None:
    journal = Journal(tmp_path, "n1")
    call = {"call_id": "in-1", "direction": "inbound", "number": "+79160000000", "dialled": "", "attempt_id": None}
    await journal.append(
        [
            Write(what="call", data={**call, "scenario": "hotline", "started_at": AT}),
            Write(what="answered", data={"call_id": "in-1", "at": AT}),
        ]
    )
    await journal.append([turn(call_id="in-1")])
    end = {"call_id": "in-1", "ended_at": AT + timedelta(minutes=2), "outcome": "answered"}
    await journal.append([Write(what="close", data=end)])
    assert await journal.replay(database) == 3
    async with database.read() as session:
        told = await session.get_one(Call, "in-1")
    assert (told.answered_at, told.ended_at, told.outcome) == (AT, AT + timedelta(minutes=2), "answered")


async def test_a_disk_that_takes_nothing_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "journal").write_text("a file in its place")
    with pytest.raises(StoreError, match="journal cannot be written"):
        await Journal(tmp_path / "journal", "n1").append([fact()])


async def test_what_hangs_on_an_entry_of_the_journal_joins_it_there(database: Database, tmp_path: Path) -> None:
    journal = Journal(tmp_path, "n1")
    call = {"call_id": CALL, "direction": "inbound", "number": "", "dialled": "", "attempt_id": None}
    with pytest.raises(IntegrityError):
        await journal.keep(database, [turn()])  # nobody has told of this call: a fault, not an outage
    await journal.append([Write(what="call", data={**call, "scenario": "hotline", "started_at": AT})])
    await journal.keep(database, [turn()])
    assert await journal.replay(database) == 2
    assert await count(database, Turn) == 1


async def test_a_call_that_began_in_the_journal_ends_there_and_not_before_its_beginning(
    database: Database, silent: Database, tmp_path: Path
) -> None:
    journal = Journal(tmp_path / "journal", "n1")
    call = {"call_id": CALL, "direction": "inbound", "number": "", "dialled": "", "attempt_id": None}
    await journal.keep(silent, [Write(what="call", data={**call, "scenario": "hotline", "started_at": AT})])
    await journal.keep(silent, [turn(), fact()])
    await journal.keep(database, [Write(what="unlearn", data={"call_id": CALL})])  # the store answers again
    end = {"call_id": CALL, "ended_at": AT, "outcome": "machine"}
    await journal.keep(database, [Write(what="close", data=end)])
    assert await journal.replay(database) == 4
    async with database.read() as session:
        told = await session.get_one(Call, CALL)
    assert (told.ended_at, told.outcome, await count(database, Fact)) == (AT, "machine", 0)
    assert not journal.holds(CALL)
