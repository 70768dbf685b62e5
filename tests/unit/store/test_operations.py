import asyncio
from typing import Any

import pytest
from sqlalchemy import func, select
from store_rows import CALL, Rows

from voicebot.errors import StoreError
from voicebot.store import outbox
from voicebot.store.database import Database
from voicebot.store.operations import OperationKey, once
from voicebot.store.tables import Operation, Outbox

KEY = OperationKey(call_id=CALL, turn=3, action=0)


async def do(database: Database, key: OperationKey = KEY, action: str = "tell") -> dict[str, Any]:
    async with database.write() as session:

        async def effect() -> dict[str, Any]:
            await outbox.put(session, "told", {})
            count = await session.execute(select(func.count()).select_from(Outbox))
            return {"no": count.scalar_one()}

        return await once(session, key, action, effect)


async def told(database: Database) -> int:
    async with database.read() as session:
        return (await session.execute(select(func.count()).select_from(Outbox))).scalar_one()


async def test_an_operation_repeated_happens_once_and_gives_the_first_result(database: Database, rows: Rows) -> None:
    assert [await do(database) for _ in range(10)] == [{"no": 1}] * 10
    assert await told(database) == 1


async def test_an_operation_asked_for_by_many_at_once_happens_once(database: Database, rows: Rows) -> None:
    results = await asyncio.gather(*(do(database) for _ in range(20)))
    assert results == [{"no": 1}] * 20
    assert await told(database) == 1


async def test_another_turn_or_action_is_another_operation(database: Database, rows: Rows) -> None:
    await do(database)
    await do(database, OperationKey(call_id=CALL, turn=4, action=0))
    await do(database, OperationKey(call_id=CALL, turn=3, action=1))
    assert await told(database) == 3


async def test_an_effect_that_fails_is_not_remembered(database: Database, rows: Rows) -> None:
    async def fails() -> dict[str, Any]:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        async with database.write() as session:
            await once(session, KEY, "tell", fails)
    async with database.read() as session:
        assert (await session.execute(select(func.count()).select_from(Operation))).scalar_one() == 0
    assert await do(database) == {"no": 1}


async def test_the_same_key_for_another_action_is_refused(database: Database, rows: Rows) -> None:
    await do(database)
    with pytest.raises(StoreError, match="was done before"):
        await do(database, action="other")
