"""One running talk: what actions may touch, and how it writes to the store."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.dialog.ports import Clock, Line
from voicebot.outcomes import Result
from voicebot.store import operations, results
from voicebot.store.database import Database
from voicebot.store.operations import OperationKey

T = TypeVar("T")


@dataclass(kw_only=True)
class Talk:
    """A dialogue about one contact on one line."""

    line: Line
    database: Database
    clock: Clock
    number: str  #: E.164 of the other side
    attempt_id: str | None = None
    contact_id: int | None = None
    result: Result | None = field(default=None, init=False)

    @property
    def call_id(self) -> str:
        return self.line.call_id

    @property
    def by(self) -> str:
        """Who changes things, as the store's history names it."""
        return f"call:{self.call_id}"

    async def write(self, change: Callable[[AsyncSession], Awaitable[T]]) -> T:
        """Run `change` in one write transaction.

        Raises:
            StoreError: the store did not answer in time.
        """
        async with self.database.write() as session:
            return await change(session)

    async def once(
        self, key: OperationKey, action: str, effect: Callable[[AsyncSession], Awaitable[dict[str, Any]]]
    ) -> dict[str, Any]:
        """Run an operation's effect the first time its key is seen; ever after give what it gave then."""
        return await self.write(lambda session: operations.once(session, key, action, lambda: effect(session)))

    async def record(
        self, session: AsyncSession, result: Result, *, callback_at: datetime | None = None, **detail: Any
    ) -> None:
        """Write the talk's result, in the transaction of the change that it tells of."""
        await results.record(
            session,
            call_id=self.call_id,
            attempt_id=self.attempt_id,
            contact_id=self.contact_id,
            result=result,
            detail=detail,
            callback_at=callback_at,
        )
        self.result = result
