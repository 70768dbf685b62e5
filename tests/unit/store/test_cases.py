from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from store_rows import CALL, Rows

from voicebot.errors import StoreError
from voicebot.store import cases, consents, policies, tasks
from voicebot.store.cases import Request
from voicebot.store.database import Database
from voicebot.store.tables import CaseStage, ConsentKind, Insurer, Outbox, Policy, TaskState

START = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


class Watch:
    """A clock that the test turns."""

    at = START

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def now(watch: Watch) -> Callable[[], datetime]:
    return watch


async def opened(database: Database, **about: object) -> int:
    async with database.write() as session:
        return await cases.open_case(session, Request(**about), call_id=CALL, by=f"call:{CALL}")  # type: ignore[arg-type]


async def test_a_case_grows_with_what_is_learnt_and_keeps_what_was(database: Database, rows: Rows) -> None:
    case = await opened(database, complaint="болит живот", data={"deductible_known": True})
    async with database.write() as session:
        await cases.learn(session, case, Request(place="Анталья", country="TR", data={"hotel": "Мирамар"}), by="call:1")
        view = await cases.get(session, case)
        history = await cases.history(session, case)
    assert view is not None and (view.complaint, view.place, view.country) == ("болит живот", "Анталья", "TR")
    assert [what for _, _, what in history] == ["opened", "learnt"]


async def test_every_stage_has_its_deadline_and_service_its_hour(database: Database, rows: Rows, watch: Watch) -> None:
    case = await opened(database)
    async with database.write() as session:
        assert await cases.listed(session, late_at=START + timedelta(minutes=5)) == []
        assert [one.id for one in await cases.listed(session, late_at=START + timedelta(minutes=6))] == [case]
        watch.at = START + timedelta(minutes=4)
        await cases.advance(session, case, CaseStage.REGISTERED, by="anna")
        view = await cases.get(session, case)
    assert view is not None and view.serve_by == START + timedelta(hours=1)
    assert view.due_at == watch.at + timedelta(minutes=10)


async def test_a_case_goes_through_its_stages_and_through_no_others(database: Database, rows: Rows) -> None:
    case = await opened(database)
    async with database.write() as session:
        with pytest.raises(StoreError, match="new cannot become closed"):
            await cases.advance(session, case, CaseStage.CLOSED, by="anna")
        for stage in (CaseStage.REGISTERED, CaseStage.ORGANISING, CaseStage.PROVIDED, CaseStage.CLOSED):
            await cases.advance(session, case, stage, by="anna")
            await cases.advance(session, case, stage, by="anna")  # said twice, done once
        topics = (await session.scalars(select(Outbox.topic).order_by(Outbox.id))).all()
        with pytest.raises(StoreError, match="no such case"):
            await cases.advance(session, 999, CaseStage.CLOSED, by="anna")
    assert topics == ["case.opened", "case.registered", "case.organising", "case.provided", "case.closed"]


async def test_red_flags_come_first(database: Database, rows: Rows) -> None:
    calm = await opened(database)
    urgent = await opened(database, red_flag=True)
    async with database.read() as session:
        assert [one.id for one in await cases.listed(session)] == [urgent, calm]
        assert await cases.listed(session, stages=[CaseStage.CLOSED]) == []


async def test_a_policy_is_found_however_it_is_written_and_knows_where_and_when_it_holds(database: Database) -> None:
    async with database.write() as session:
        insurer = Insurer(code="ros", name="Росстрах", hints="звонить до госпитализации")
        session.add(insurer)
        await session.flush()
        session.add(
            Policy(
                insurer_id=insurer.id,
                number=policies.fold_number("аб-12 345/6"),
                holder="IVANOVA MARIA",
                name_key="ivanova maria",
                valid_from=date(2026, 11, 1),
                valid_to=date(2026, 11, 30),
                territory="TR GE",
                deductible=50.5,
                currency="EUR",
            )
        )
    async with database.read() as session:
        [policy] = await policies.find(session, "АБ 123456")
        assert await policies.find(session, "АБ 123457") == []
    assert (policy.insurer, policy.deductible, policy.hints) == ("Росстрах", 50.5, "звонить до госпитализации")
    assert [policy.is_valid(date(2026, month, day)) for month, day in ((10, 31), (11, 1), (11, 30), (12, 1))] == [
        *(False, True, True, False)
    ]
    assert (policy.covers("tr"), policy.covers("EG")) == (True, False)


async def test_a_consent_holds_from_its_giving_to_its_withdrawal(database: Database, rows: Rows, watch: Watch) -> None:
    number = "+79169999999"
    async with database.write() as session:
        assert await consents.given_at(session, ConsentKind.ADVERTISING, number=number) is None
        await consents.give(session, ConsentKind.ADVERTISING, proof="list:акция", number=number)
        assert await consents.given_at(session, ConsentKind.ADVERTISING, number=number) == START
        assert await consents.given_at(session, ConsentKind.RECORDING, number=number) is None
        assert await consents.given_at(session, ConsentKind.ADVERTISING, patient_id=1) is None
        await consents.withdraw(session, ConsentKind.ADVERTISING, by="call:1", number=number)
        assert await consents.given_at(session, ConsentKind.ADVERTISING, number=number) is None
        await consents.give(session, ConsentKind.DATA, proof="договор 5", patient_id=1)
        assert await consents.given_at(session, ConsentKind.DATA, patient_id=1) == START
        with pytest.raises(ValueError, match="belongs to"):
            await consents.give(session, ConsentKind.DATA, proof="x")


async def test_a_task_is_taken_by_one_person_and_done_once(database: Database, rows: Rows) -> None:
    async with database.write() as session:
        later = await tasks.add(session, kind="call_back", about={}, due_at=START + timedelta(hours=2))
        sooner = await tasks.add(session, kind="red_flag", about={"contact": 1}, due_at=START)
        whenever = await tasks.add(session, kind="wrong_number", about={})
        assert [task.id for task in await tasks.listed(session)] == [sooner, later, whenever]
        await tasks.take(session, sooner, by="anna")
        await tasks.take(session, sooner, by="anna")
        with pytest.raises(StoreError, match="anna has it"):
            await tasks.take(session, sooner, by="boris")
        await tasks.done(session, sooner, by="anna")
        await tasks.done(session, sooner, by="anna")
        with pytest.raises(StoreError, match="it is done"):
            await tasks.take(session, sooner, by="boris")
        with pytest.raises(StoreError, match="no such task"):
            await tasks.done(session, 999, by="anna")
        assert [task.id for task in await tasks.listed(session)] == [later, whenever]
        [done] = await tasks.listed(session, states=[TaskState.DONE])
    assert (done.id, done.taken_by) == (sooner, "anna")
