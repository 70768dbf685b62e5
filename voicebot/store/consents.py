"""Consents with their proof: given, withdrawn, asked for."""

from datetime import datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.store.database import now
from voicebot.store.tables import Consent, ConsentKind, Number
from voicebot.store.upsert import insert_new


async def give(
    session: AsyncSession, kind: ConsentKind, *, proof: str, number: str | None = None, patient_id: int | None = None
) -> None:
    """Somebody agreed. `proof`: `call:ID`, a list's name, a document; `number`: E.164, need not be known yet.

    Raises:
        ValueError: neither a number nor a patient is named.
    """
    number_id = None
    if number is not None:
        await session.execute(insert_new(session, Number).values(e164=number, do_not_call=False))
        number_id = await session.scalar(select(Number.id).where(Number.e164 == number))
    if number_id is None and patient_id is None:
        raise ValueError("a consent belongs to a number or to a patient")
    session.add(Consent(kind=kind, number_id=number_id, patient_id=patient_id, given_at=now(session), proof=proof))
    await session.flush()


async def withdraw(
    session: AsyncSession, kind: ConsentKind, *, by: str, number: str | None = None, patient_id: int | None = None
) -> None:
    """From now on it does not hold; that it was once given stays known."""
    gone = update(Consent).where(*_of(kind, number, patient_id)).values(withdrawn_at=now(session), withdrawn_by=by)
    await session.execute(gone.execution_options(synchronize_session=False))


async def given_at(
    session: AsyncSession, kind: ConsentKind, *, number: str | None = None, patient_id: int | None = None
) -> datetime | None:
    """Since when it holds; None: it does not."""
    return await session.scalar(select(Consent.given_at).where(*_of(kind, number, patient_id)).limit(1))


def _of(kind: ConsentKind, number: str | None, patient_id: int | None) -> list[ColumnElement[bool]]:
    conditions = [Consent.kind == kind, Consent.withdrawn_at.is_(None)]
    if number is not None:
        conditions.append(Consent.number_id.in_(select(Number.id).where(Number.e164 == number)))
    if patient_id is not None:
        conditions.append(Consent.patient_id == patient_id)
    return conditions
