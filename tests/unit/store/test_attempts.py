import pytest
from sqlalchemy import select
from store_rows import CALL, Rows

from voicebot.errors import StoreError
from voicebot.store import attempts, numbers
from voicebot.store.database import Database
from voicebot.store.tables import Number


async def test_an_attempt_is_seen_with_its_number_scenario_and_contacts(database: Database, rows: Rows) -> None:
    async with database.read() as session:
        attempt = await attempts.get(session, CALL)
        with pytest.raises(StoreError, match="no such attempt"):
            await attempts.get(session, "other")
    assert (attempt.number, attempt.scenario) == ("+79161234567", "confirmation")
    assert [(contact.id, contact.appointment_id) for contact in attempt.contacts] == [(rows.contact, rows.appointment)]


@pytest.mark.parametrize("e164", ["+79161234567", "+79990000000"], ids=["known", "unknown"])
async def test_a_number_that_refuses_calls_is_remembered(database: Database, rows: Rows, e164: str) -> None:
    async with database.write() as session:
        await numbers.do_not_call(session, e164, by="call:1")
        await numbers.do_not_call(session, e164, by="call:2")
    async with database.read() as session:
        number = (await session.scalars(select(Number).where(Number.e164 == e164))).one()
    assert number.do_not_call
    assert number.do_not_call_at is not None
