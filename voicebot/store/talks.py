"""Calls, turns and facts: what was said is written when it was said."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.outcomes import Outcome
from voicebot.store.database import now
from voicebot.store.tables import Call, Direction, Fact, Turn


async def open_call(
    session: AsyncSession,
    *,
    call_id: str,
    direction: Direction,
    number: str,
    dialled: str,
    attempt_id: str | None = None,
    scenario: str,
    started_at: datetime,
) -> None:
    """A call begins; `call_id` is the channel's id, of an outbound call the attempt's id too."""
    session.add(
        Call(
            id=call_id,
            direction=direction,
            number=number,
            dialled=dialled,
            attempt_id=attempt_id,
            scenario=scenario,
            started_at=started_at,
            detail={},
        )
    )
    await session.flush()


async def answered(session: AsyncSession, call_id: str, at: datetime) -> None:
    """Somebody picked up."""
    await session.execute(update(Call).where(Call.id == call_id).values(answered_at=at))


async def recorded(session: AsyncSession, call_id: str, path: str) -> None:
    """Where the recording lies, below the recordings folder."""
    await session.execute(update(Call).where(Call.id == call_id).values(recording=path))


async def close_call(session: AsyncSession, call_id: str, *, ended_at: datetime, outcome: Outcome) -> None:
    """A call is over; a call that was closed before stays as it was."""
    await session.execute(
        update(Call).where(Call.id == call_id, Call.ended_at.is_(None)).values(ended_at=ended_at, outcome=outcome)
    )


async def add_turn(
    session: AsyncSession,
    *,
    call_id: str,
    no: int,
    step: str,
    prompt: str,
    reply_kind: str | None,
    reply_text: str,
    reply_keys: str,
    confidence: float | None,
    prompt_heard: float | None,
    reply_latency_ms: float | None,
    end_point_ms: float | None = None,
    meaning_ms: float | None = None,
    speaking_ms: float | None = None,
    at: datetime,
) -> None:
    """The robot spoke and the other side answered; `reply_kind` is None where nothing was asked."""
    session.add(
        Turn(
            call_id=call_id,
            no=no,
            step=step,
            prompt=prompt,
            reply_kind=reply_kind,
            reply_text=reply_text,
            reply_keys=reply_keys,
            confidence=confidence,
            prompt_heard=prompt_heard,
            reply_latency_ms=reply_latency_ms,
            end_point_ms=end_point_ms,
            meaning_ms=meaning_ms,
            speaking_ms=speaking_ms,
            at=at,
        )
    )
    await session.flush()


async def add_fact(
    session: AsyncSession,
    *,
    call_id: str,
    turn: int,
    field: str,
    value: Any,
    confidence: float,
    words: str,
    clip: str | None = None,
    at: datetime | None = None,
) -> None:
    """One thing was understood; `value` is any JSON value, `clip` the path of the answer's sound."""
    session.add(
        Fact(
            call_id=call_id,
            turn=turn,
            field=field,
            value=value,
            confidence=confidence,
            words=words,
            clip=clip,
            at=at or now(session),
        )
    )
    await session.flush()


async def unlearn(session: AsyncSession, call_id: str) -> None:
    """Nobody told what was taken for facts in this call: a machine had answered it. The turns stay."""
    await session.execute(delete(Fact).where(Fact.call_id == call_id))
