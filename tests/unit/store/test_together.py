from collections.abc import Callable
from datetime import datetime

from sqlalchemy import bindparam, insert, select, update

from voicebot.store.database import Database, on_connection
from voicebot.store.tables import Number, Outbox, Patient
from voicebot.store.tables.base import Json
from voicebot.store.together import Together

_CHANGES = Together(
    update(Number).where(Number.e164.in_(bindparam("numbers", expanding=True))).values(zone=bindparam("its_zone")),
    insert(Outbox).from_select(
        ["topic", "payload", "created_at"],
        select(Number.e164, bindparam("told", type_=Json), bindparam("at", type_=Outbox.created_at.type)).where(
            Number.e164.in_(bindparam("numbers", expanding=True))
        ),
    ),
    update(Patient).values(created_at=bindparam("at")),
)


async def test_all_changes_are_made_and_the_rows_of_the_first_are_counted(
    database: Database, now: Callable[[], datetime]
) -> None:
    at = now()
    async with database.write() as session:
        session.add_all([Number(e164="+79160000001"), Number(e164="+79160000002"), Number(e164="+79160000003")])
        session.add(Patient(surname="А", name="Б", name_key="а б", created_at=at.replace(year=2000)))
    given = {"numbers": ["+79160000001", "+79160000003"], "its_zone": "Asia/Omsk", "told": {"by": "x"}, "at": at}
    async with database.write() as session:
        assert await on_connection(session, _CHANGES.execute, given) == 2
    async with database.read() as session:
        zones = dict(iter(await session.execute(select(Number.e164, Number.zone))))
        told = (await session.execute(select(Outbox.topic, Outbox.payload).order_by(Outbox.topic))).all()
        assert zones == {"+79160000001": "Asia/Omsk", "+79160000002": None, "+79160000003": "Asia/Omsk"}
        assert told == [("+79160000001", {"by": "x"}), ("+79160000003", {"by": "x"})]
        assert await session.scalar(select(Patient.created_at)) == at


async def test_the_other_changes_are_made_when_the_first_finds_nothing(
    database: Database, now: Callable[[], datetime]
) -> None:
    at = now()
    async with database.write() as session:
        session.add(Patient(surname="А", name="Б", name_key="а б", created_at=at.replace(year=2000)))
    async with database.write() as session:
        given = {"numbers": ["+79160000001"], "its_zone": "Asia/Omsk", "told": {}, "at": at}
        assert await on_connection(session, _CHANGES.execute, given) == 0
    async with database.read() as session:
        assert await session.scalar(select(Patient.created_at)) == at
        assert (await session.scalars(select(Outbox.id))).all() == []
