"""What happened to appointments: who or what changed them, and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from voicebot.store.database import now
from voicebot.store.tables import AppointmentChange


@dataclass(frozen=True, kw_only=True)
class ChangeView:
    """One change."""

    at: datetime
    by: str  #: `call:ID`, `list:CAMPAIGN`, `cli:USER`
    what: str  #: booked, confirmed, cancelled, moved, reason
    detail: dict[str, Any]


def note(session: AsyncSession | Session, appointment_id: int, *, by: str, what: str, **detail: Any) -> None:
    """Write a change down, in the transaction that makes it."""
    session.add(AppointmentChange(appointment_id=appointment_id, at=now(session), by=by, what=what, detail=detail))


async def of_appointment(session: AsyncSession, appointment_id: int) -> Sequence[ChangeView]:
    """All changes, the first one first."""
    query = (
        select(AppointmentChange)
        .where(AppointmentChange.appointment_id == appointment_id)
        .order_by(AppointmentChange.id)
    )
    return [
        ChangeView(at=change.at, by=change.by, what=change.what, detail=change.detail)
        for change in await session.scalars(query)
    ]
