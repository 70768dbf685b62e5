from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from store_rows import CALL, Rows

from voicebot.errors import StoreError
from voicebot.outcomes import Outcome, Result
from voicebot.store import appointments, latency, results, talks, tasks
from voicebot.store.database import Database
from voicebot.store.latency import Spread
from voicebot.store.tables import Appointment, AttemptContact, Call, Direction, Fact, Outbox, Task, TaskState, Turn

AT = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


async def add_turn(database: Database, **changes: Any) -> None:
    turn: dict[str, Any] = {
        "call_id": CALL,
        "no": 1,
        "step": "identity",
        "prompt": "Вы Мария Петровна?",
        "reply_kind": "speech",
        "reply_text": "да это я",
        "reply_keys": "",
        "confidence": 0.9,
        "prompt_heard": 1.0,
        "reply_latency_ms": 420.0,
        "at": AT,
    }
    async with database.write() as session:
        await talks.add_turn(session, **(turn | changes))


async def test_an_inbound_call_is_kept_from_ringing_to_its_end(database: Database) -> None:
    async with database.write() as session:
        await talks.open_call(
            session,
            call_id="in-1",
            direction=Direction.INBOUND,
            number="",
            dialled="+74950000000",
            scenario="hotline",
            started_at=AT,
        )
        await talks.answered(session, "in-1", AT + timedelta(seconds=1))
        await talks.recorded(session, "in-1", "in-1.wav")
        await results.record(
            session, call_id="in-1", attempt_id=None, contact_id=None, result=Result.BOOKED, detail={"slot": 4}
        )
        await talks.close_call(session, "in-1", ended_at=AT + timedelta(minutes=2), outcome=Outcome.ANSWERED)
        await talks.close_call(session, "in-1", ended_at=AT + timedelta(minutes=9), outcome=Outcome.LOST)
    async with database.read() as session:
        call = await session.get_one(Call, "in-1")
    assert (call.result, call.detail, call.recording) == (Result.BOOKED, {"slot": 4}, "in-1.wav")
    assert (call.outcome, call.ended_at) == (Outcome.ANSWERED, AT + timedelta(minutes=2))


async def test_turns_and_facts_are_kept_with_their_words(database: Database, rows: Rows) -> None:
    await add_turn(database)
    await add_turn(database, no=2, reply_kind=None, reply_text="", confidence=None)
    async with database.write() as session:
        for field, value in [("identity", True), ("when", {"from": "15:00", "to": None}), ("reason", None)]:
            await talks.add_fact(
                session, call_id=CALL, turn=1, field=field, value=value, confidence=0.9, words="да это я"
            )
    async with database.read() as session:
        turns = (await session.execute(select(Turn).order_by(Turn.no))).scalars().all()
        facts = (await session.execute(select(Fact).order_by(Fact.id))).scalars().all()
    assert [turn.reply_text for turn in turns] == ["да это я", ""]
    assert [fact.value for fact in facts] == [True, {"from": "15:00", "to": None}, None]
    assert {fact.at for fact in facts} == {AT}


async def test_a_turn_is_written_once(database: Database, rows: Rows) -> None:
    await add_turn(database)
    with pytest.raises(IntegrityError):
        await add_turn(database)


async def test_the_last_result_of_a_talk_stands(database: Database, rows: Rows) -> None:
    back = AT + timedelta(hours=1)
    async with database.write() as session:
        args: dict[str, Any] = {"call_id": CALL, "attempt_id": CALL, "contact_id": rows.contact}
        await results.record(session, **args, result=Result.CONFIRMED, detail={})
        await results.record(
            session, **args, result=Result.CALLBACK_REQUESTED, detail={"words": "через час"}, callback_at=back
        )
    async with database.read() as session:
        kept = await session.get_one(AttemptContact, (CALL, rows.contact))
        told = (await session.execute(select(Outbox.payload).order_by(Outbox.id))).scalars().all()
    assert (kept.result, kept.detail, kept.callback_at) == (
        Result.CALLBACK_REQUESTED,
        {"words": "через час"},
        back,
    )
    assert [message["result"] for message in told] == ["confirmed", "callback_requested"]


async def test_a_result_for_a_contact_that_is_not_called_is_refused(database: Database, rows: Rows) -> None:
    with pytest.raises(StoreError, match="does not call this contact"):
        async with database.write() as session:
            await results.record(
                session, call_id=CALL, attempt_id=CALL, contact_id=999, result=Result.REFUSED, detail={}
            )


async def test_result_appointment_and_messages_appear_together_or_not_at_all(database: Database, rows: Rows) -> None:
    with pytest.raises(RuntimeError):
        async with database.write() as session:
            await appointments.confirm(session, rows.appointment, by="call:1")
            await results.record(
                session,
                call_id=CALL,
                attempt_id=CALL,
                contact_id=rows.contact,
                result=Result.CONFIRMED,
                detail={},
            )
            raise RuntimeError
    async with database.read() as session:
        assert (await session.get_one(Appointment, rows.appointment)).confirmed_at is None
        assert (await session.get_one(AttemptContact, (CALL, rows.contact))).result is None
        assert (await session.execute(select(Outbox))).first() is None


async def test_a_task_waits_open_for_a_person(database: Database, rows: Rows) -> None:
    async with database.write() as session:
        task_id = await tasks.add(session, kind="call_back", about={"why": "нет оператора"}, call_id=CALL, due_at=AT)
    async with database.read() as session:
        task = await session.get_one(Task, task_id)
    assert (task.state, task.about, task.due_at, task.created_at) == (TaskState.OPEN, {"why": "нет оператора"}, AT, AT)


async def test_how_long_replies_took_is_told_by_question_and_by_part(database: Database, rows: Rows) -> None:
    parts = {"end_point_ms": 250.0, "meaning_ms": 10.0, "speaking_ms": 40.0}
    await add_turn(database, no=1, step="identity", reply_latency_ms=None)
    await add_turn(database, no=2, step="visit", reply_latency_ms=300.0, **parts)
    await add_turn(database, no=3, step="visit", reply_latency_ms=700.0)
    with database.sync_read() as session:
        found = latency.measure(session)
        nothing = latency.measure(session, since=AT + timedelta(days=1))
    assert found.replies == Spread(n=2, p50_ms=700, p95_ms=700)
    assert found.parts["end_point_ms"] == Spread(n=1, p50_ms=250, p95_ms=250)
    assert [(step, one.n, one.p95_ms) for (_, step), one in found.steps.items()] == [
        ("visit", 1, 700),
        ("identity", 1, 300),
    ]
    assert nothing.replies == Spread(n=0, p50_ms=0, p95_ms=0) and not nothing.steps
