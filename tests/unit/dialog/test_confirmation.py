"""The confirmation talk: what people say, and what the store holds afterwards."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from store_rows import CALL, Rows

from voicebot.config import Clinic
from voicebot.dialog import catalog, variables
from voicebot.dialog.conversation import Conversation
from voicebot.dialog.engine import Dialog
from voicebot.dialog.scripted import ScriptedLine
from voicebot.dialog.talk import Talk
from voicebot.dialog.terminal import HANG_UP, SILENCE, UNKNOWN
from voicebot.errors import HungUp
from voicebot.outcomes import Result
from voicebot.store import appointments, schema
from voicebot.store.database import Database
from voicebot.store.tables import AppointmentStatus, AttemptContact, Fact, Number, Task, Turn

NOW = datetime(2026, 11, 21, 13, 0, tzinfo=ZoneInfo("Europe/Moscow"))  # Saturday


class Clock:
    def now(self) -> datetime:
        return NOW


@dataclass
class Ended:
    """What is left after a talk."""

    line: ScriptedLine
    result: Result | None
    detail: dict[str, Any]
    callback_at: datetime | None
    status: AppointmentStatus
    confirmed: bool
    reason: str | None
    facts: dict[str, Any]
    turns: int
    tasks: list[str]
    do_not_call: bool

    @property
    def said(self) -> str:
        return " ".join(self.line.said)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    schema.upgrade(url)
    database = Database(url, timeout=timedelta(seconds=20), clock=lambda: NOW)
    yield database
    await database.close()


async def talk(database: Database, answers: Sequence[str], *, operator_free: bool = True) -> Ended:
    """Run the talk with these answers, then look into the store."""
    rows = await Rows.add_to(database, NOW)
    async with database.read() as session:
        view = await appointments.get(session, rows.appointment)
    assert view is not None
    line = ScriptedLine(answers=answers, call_id=CALL, operator_free=operator_free)
    dialog = Dialog(catalog.find("confirmation"), variables.of_appointment(view, Clinic()), now=lambda: NOW)
    running = Talk(
        line=line,
        database=database,
        clock=Clock(),
        number="+79161234567",
        attempt_id=CALL,
        contact_id=rows.contact,
    )
    with contextlib.suppress(HungUp):
        await Conversation(dialog, running).run()
    return await _ended(database, rows, line)


async def _ended(database: Database, rows: Rows, line: ScriptedLine) -> Ended:
    async with database.read() as session:
        view = await appointments.get(session, rows.appointment)
        told = await session.get_one(AttemptContact, (CALL, rows.contact))
        facts = (await session.scalars(select(Fact))).all()
        turns = (await session.scalars(select(Turn))).all()
        tasks = (await session.scalars(select(Task))).all()
        number = await session.get_one(Number, rows.number)
        assert view is not None
        return Ended(
            line=line,
            result=told.result,
            detail=told.detail,
            callback_at=told.callback_at,
            status=view.status,
            confirmed=view.confirmed_at is not None,
            reason=view.cancel_reason,
            facts={fact.field: fact.value for fact in facts},
            turns=len(turns),
            tasks=[task.kind for task in tasks],
            do_not_call=number.do_not_call,
        )


@pytest.mark.parametrize(
    "answers",
    [
        ["да это я", "да приду"],
        ["да", "буду обязательно"],
        ["1", "1"],
        ["алло", "да", "да"],
        [SILENCE, "да", UNKNOWN, "конечно приду"],
        ["слушаю", "повторите пожалуйста", "приду"],
        ["а кто это", "да", "да"],
        ["мария петровна слушает", "да"],
        ["да", "не приду", "нет", "приду"],
    ],
)
async def test_whoever_says_that_they_will_come_is_confirmed(database: Database, answers: list[str]) -> None:
    ended = await talk(database, answers)
    assert ended.result is Result.CONFIRMED
    assert ended.confirmed
    assert ended.status is AppointmentStatus.BOOKED


async def test_date_time_doctor_and_place_are_told(database: Database) -> None:
    ended = await talk(database, ["да", "да"])
    for told in ("двадцать второго ноября", "тринадцать часов", "кардиолог", "улица Мира, кабинет пять"):
        assert told in ended.said


async def test_the_robot_says_at_once_that_it_is_one_and_for_whom(database: Database) -> None:
    ended = await talk(database, [HANG_UP])
    assert "робот" in ended.line.said[0]
    assert Clinic().name in ended.line.said[0]


@pytest.mark.parametrize(
    "answers",
    [
        ["да", "нет не приду", "да", "я заболел"],
        ["да это я", "не смогу", "отменяйте", "на работе"],
        ["да", "2", "1", UNKNOWN],
        ["да", "да ой нет не смогу", "да отмените", "уехал"],
    ],
)
async def test_who_will_not_come_is_cancelled_after_being_asked_again(database: Database, answers: list[str]) -> None:
    ended = await talk(database, answers)
    assert ended.result is Result.CANCELLED
    assert ended.status is AppointmentStatus.CANCELLED
    assert ended.reason == (answers[3] if answers[3] != UNKNOWN else "")


async def test_a_patient_who_only_says_no_and_hangs_up_is_not_cancelled(database: Database) -> None:
    ended = await talk(database, ["да", "нет", HANG_UP])
    assert ended.result is Result.HUNG_UP
    assert ended.status is AppointmentStatus.BOOKED
    assert ended.facts["attendance"] == "no"


async def test_a_cancellation_stands_although_no_reason_was_given(database: Database) -> None:
    ended = await talk(database, ["да", "нет", "да", HANG_UP])
    assert ended.result is Result.CANCELLED
    assert ended.status is AppointmentStatus.CANCELLED


@pytest.mark.parametrize("answers", [["это ольга"], ["нет вы ошиблись"], ["нет это не я"], ["2"], ["не туда попали"]])
async def test_a_wrong_person_is_told_nothing(database: Database, answers: list[str]) -> None:
    ended = await talk(database, answers)
    assert ended.result is Result.WRONG_PERSON
    assert ended.tasks == ["wrong_number"]
    for secret in ("кардиолог", "ноября", "Мира"):
        assert secret not in ended.said


async def test_a_relative_is_told_nothing_and_the_patient_called_later(database: Database) -> None:
    ended = await talk(database, ["это её дочь", "вечером"])
    assert ended.result is Result.CALLBACK_REQUESTED
    assert ended.callback_at == datetime(2026, 11, 21, 15, 0, tzinfo=UTC)  # 18:00 in Moscow
    assert "кардиолог" not in ended.said


@pytest.mark.parametrize(
    ("words", "at"),
    [
        ("через час", datetime(2026, 11, 21, 11, 0, tzinfo=UTC)),
        ("через полчаса", datetime(2026, 11, 21, 10, 30, tzinfo=UTC)),
        ("завтра утром", datetime(2026, 11, 22, 3, 0, tzinfo=UTC)),
        ("в пять часов", datetime(2026, 11, 21, 14, 0, tzinfo=UTC)),
    ],
)
async def test_who_has_no_time_is_called_when_they_say(database: Database, words: str, at: datetime) -> None:
    ended = await talk(database, ["перезвоните позже", words])
    assert ended.result is Result.CALLBACK_REQUESTED
    assert ended.callback_at == at


@pytest.mark.parametrize("answers", [["оператора"], ["да", "соедините с оператором"], ["0"]])
async def test_who_wants_a_person_gets_one_who_knows_what_it_is_about(database: Database, answers: list[str]) -> None:
    ended = await talk(database, answers)
    assert ended.result is Result.TRANSFERRED
    (handover,) = ended.line.handovers
    assert handover.call_id == CALL
    assert handover.facts["patient"] == "Иванова Мария Петровна"


async def test_when_no_operator_is_free_somebody_calls_back(database: Database) -> None:
    ended = await talk(database, ["оператора"], operator_free=False)
    assert ended.result is Result.COMPLETED  # a person calls, so the robot does not
    assert ended.tasks == ["call_back"]
    assert "перезвонит" in ended.line.said[-1]


async def test_stop_calling_puts_the_number_on_the_do_not_call_list(database: Database) -> None:
    ended = await talk(database, ["больше не звоните"])
    assert ended.result is Result.REFUSED
    assert ended.do_not_call


async def test_who_wants_another_day_keeps_the_visit_until_somebody_calls(database: Database) -> None:
    ended = await talk(database, ["да", "перенесите пожалуйста"])
    assert ended.result is Result.COMPLETED  # a person calls, so the robot does not
    assert ended.tasks == ["reschedule"]
    assert ended.status is AppointmentStatus.BOOKED


async def test_silence_ends_politely_and_changes_nothing(database: Database) -> None:
    ended = await talk(database, [SILENCE] * 10)
    assert ended.result is Result.NO_INPUT
    assert ended.status is AppointmentStatus.BOOKED
    assert "До свидания" in ended.line.said[-1]


async def test_every_turn_is_stored_with_what_was_said(database: Database) -> None:
    ended = await talk(database, ["да", "да"])
    assert ended.turns == 2
    assert ended.facts == {"identity": "yes", "attendance": "yes"}


async def test_a_store_that_does_not_answer_is_admitted(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    from voicebot.errors import StoreError

    async def silent(*_: object, **__: object) -> None:
        raise StoreError("the store did not answer")

    monkeypatch.setattr(appointments, "confirm", silent)
    ended = await talk(database, ["да", "да"])
    assert "подтверждена" not in ended.said
    assert "перезвонит" in ended.line.said[-1]
    assert not ended.confirmed
