"""One running talk: what actions may touch, and how it writes to the store."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.dialog.ports import Clock, Line, PolicyChecker
from voicebot.dialog.turnaround import Observer, unobserved
from voicebot.errors import StoreError
from voicebot.outcomes import Result
from voicebot.store import operations, results
from voicebot.store.database import Database
from voicebot.store.journal import Journal
from voicebot.store.operations import OperationKey
from voicebot.store.writes import Write, write_all

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
    journal: Journal | None = None  #: takes what the store does not; without it that is an error
    insurers: PolicyChecker | None = None  #: asked before the local list of policies; None: there is only the list
    observe: Observer = unobserved  #: told how long each reply took
    result: Result | None = field(default=None, init=False)
    goes_on_as: str = field(default="", init=False)  #: scenario that takes the talk over from the present one
    _promised: bool = field(default=False, init=False)

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
            StoreError: the store did not answer in time, or lacks what the journal still holds.
        """
        if self.journal is not None and self.journal.holds(self.call_id):
            raise StoreError("the store lacks what the journal still holds", place=f"call {self.call_id}")
        async with self.database.write() as session:
            return await change(session)

    async def keep(self, writes: Sequence[Write]) -> None:
        """Write down what was learnt: in the store, or in the journal until the store answers.

        Raises:
            StoreError: neither takes it.
        """
        if self.journal is None:
            await self.write(lambda session: write_all(session, writes))
        else:
            await self.journal.keep(self.database, writes)

    async def promise_call_back(self, action: str, arguments: Mapping[str, str]) -> None:
        """The store did not take an action: somebody of the clinic will call, once for the whole talk.

        Raises:
            StoreError: the journal does not take it either.
        """
        if self.journal is None or self._promised:
            return
        about = {"action": action, **arguments, "contact": self.contact_id}
        task = Write(what="task", data={"call_id": self.call_id, "kind": "call_back", "about": about})
        await self.journal.append([task])
        self._promised = True

    async def conclude(self, result: Result) -> None:
        """Write the result of a talk in which no action wrote one.

        Raises:
            StoreError: neither the store nor the journal takes it.
        """
        whose = {"call_id": self.call_id, "attempt_id": self.attempt_id, "contact_id": self.contact_id}
        await self.keep([Write(what="result", data={**whose, "result": result.value, "detail": {}})])
        self.result = result

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
