"""What a talk writes down, in words that survive a restart."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.outcomes import Outcome, Result
from voicebot.store import case_facts, results, talks, tasks
from voicebot.store.tables import Call, Direction, Fact, Turn

_INSTANTS = frozenset({"at", "started_at", "answered_at", "ended_at", "callback_at"})


@dataclass(frozen=True, kw_only=True)
class Write:
    """One change of the store; `what`: call, answered, close, turn, fact, unlearn, result or task."""

    what: str
    data: Mapping[str, Any]  #: arguments: JSON values, instants, words of enums

    def as_json(self) -> dict[str, Any]:
        """For a line of the journal."""
        plain = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in self.data.items()}
        return {"what": self.what, "data": plain}

    @classmethod
    def from_json(cls, entry: Mapping[str, Any]) -> Self:
        """From a line of the journal.

        Raises:
            KeyError, TypeError, ValueError: it is none.
        """
        data = {
            name: datetime.fromisoformat(value) if name in _INSTANTS and value is not None else value
            for name, value in entry["data"].items()
        }
        return cls(what=entry["what"], data=data)


async def write_all(session: AsyncSession, writes: Sequence[Write]) -> None:
    """Make the changes, in the session's transaction; what was written before (only its answer was lost) stays."""
    for write in writes:
        await _WRITES[write.what](session, **write.data)


async def _open_call(session: AsyncSession, *, direction: str, **call: Any) -> None:
    if await session.get(Call, call["call_id"]) is None:
        await talks.open_call(session, direction=Direction(direction), **call)


async def _close_call(session: AsyncSession, *, outcome: str, **call: Any) -> None:
    await talks.close_call(session, outcome=Outcome(outcome), **call)
    await case_facts.gather(session, call["call_id"])  # whoever rings off early is not asked again either


async def _add_turn(session: AsyncSession, **turn: Any) -> None:
    if await session.get(Turn, (turn["call_id"], turn["no"])) is None:
        await talks.add_turn(session, **turn)


async def _add_fact(session: AsyncSession, **fact: Any) -> None:
    same = (Fact.call_id == fact["call_id"], Fact.turn == fact["turn"], Fact.field == fact["field"])
    if await session.scalar(select(Fact.id).where(*same)) is None:
        await talks.add_fact(session, **fact)


async def _record(session: AsyncSession, *, result: str, **about: Any) -> None:
    whose = {name: about[name] for name in ("call_id", "attempt_id", "contact_id")}
    if not await results.is_recorded(session, **whose):
        await results.record(session, result=Result(result), **about)


async def _add_task(session: AsyncSession, **task: Any) -> None:
    await tasks.add(session, **task)


_WRITES: Mapping[str, Callable[..., Awaitable[None]]] = {
    "call": _open_call,
    "answered": talks.answered,
    "close": _close_call,
    "turn": _add_turn,
    "fact": _add_fact,
    "unlearn": talks.unlearn,
    "result": _record,
    "task": _add_task,
}
