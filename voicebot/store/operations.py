"""Effects of a talk on the store, each done once however often it is asked for."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.errors import StoreError
from voicebot.store.database import now
from voicebot.store.tables import Operation
from voicebot.store.upsert import insert_new


@dataclass(frozen=True, kw_only=True)
class OperationKey:
    """Which effect of which talk."""

    call_id: str
    turn: int
    action: int  #: index of the action within the turn


async def is_done(session: AsyncSession, key: OperationKey) -> bool:
    """Whether anything was done under this key."""
    return await session.get(Operation, (key.call_id, key.turn, key.action), populate_existing=True) is not None


async def once(
    session: AsyncSession, key: OperationKey, action: str, effect: Callable[[], Awaitable[dict[str, Any]]]
) -> dict[str, Any]:
    """Run `effect` the first time and keep its result; give the kept result ever after.

    The claim, the effect and its result are one transaction (the session's). The claim is made before the effect,
    so of two who come at once the second waits for the first one's commit and then gets its result.

    Raises:
        StoreError: the same key was used for another action: the scenario changed under a replayed journal.
    """
    claim = (
        insert_new(session, Operation)
        .values(call_id=key.call_id, turn=key.turn, action=key.action, name=action, result={}, at=now(session))
        .returning(Operation.call_id)
    )
    is_first = (await session.execute(claim)).scalar_one_or_none() is not None
    operation = await session.get_one(Operation, (key.call_id, key.turn, key.action), populate_existing=True)
    if operation.name != action:
        raise StoreError(
            f"operation {action!r} was asked for where {operation.name!r} was done before",
            place=f"call {key.call_id}, turn {key.turn}, action {key.action}",
            mend="Do not change a scenario while calls with it run or its journal waits.",
        )
    if is_first:
        operation.result = await effect()
        await session.flush()
    return operation.result
