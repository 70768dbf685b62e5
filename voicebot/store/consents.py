"""Consents with their proof: given, withdrawn, asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from voicebot.store import bulk
from voicebot.store.database import now
from voicebot.store.numbers import rows_of
from voicebot.store.tables import Consent, ConsentKind, Number, PatientNumber
from voicebot.store.upsert import insert_new

_NEW = ("number_id", "kind", "given_at", "proof")


@dataclass(frozen=True, kw_only=True)
class ConsentView:
    """A consent, holding or withdrawn."""

    id: int
    kind: ConsentKind
    number: str | None  #: E.164
    patient_id: int | None
    given_at: datetime
    proof: str
    withdrawn_at: datetime | None
    withdrawn_by: str | None


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


def give_many(session: Session, given: Sequence[tuple[str, ConsentKind, datetime | None, str]]) -> int:
    """Consents of whoever uses a number: E.164, kind, since when (None: from now on), proof.

    One whose number has agreed to the same already is passed over; gives how many were new.
    """
    first = {(e164, kind): (at, proof) for e164, kind, at, proof in reversed(given)}
    rows = rows_of(session, {e164: None for e164, _ in first})
    ids = {e164: row.id for e164, row in rows.items()}
    held = select(Consent.number_id, Consent.kind).where(
        bulk.among(session, Consent.number_id, set(ids.values())),
        Consent.patient_id.is_(None),
        Consent.withdrawn_at.is_(None),
    )
    known = {(number, kind) for number, kind in session.execute(held)}
    new = [
        (ids[e164], kind, at or now(session), proof)
        for (e164, kind), (at, proof) in first.items()
        if (ids[e164], kind) not in known
    ]
    bulk.insert_rows(session, Consent, _NEW, new)
    return len(new)


async def withdraw(
    session: AsyncSession, kind: ConsentKind, *, by: str, number: str | None = None, patient_id: int | None = None
) -> int:
    """From now on it does not hold; that it was once given stays known. Gives how many consents that were."""
    gone = update(Consent).where(*_of(kind, number, patient_id)).values(withdrawn_at=now(session), withdrawn_by=by)
    ids = await session.scalars(gone.returning(Consent.id).execution_options(synchronize_session=False))
    return len(ids.all())


async def given_at(
    session: AsyncSession, kind: ConsentKind, *, number: str | None = None, patient_id: int | None = None
) -> datetime | None:
    """Since when it holds; None: it does not."""
    return await session.scalar(select(Consent.given_at).where(*_of(kind, number, patient_id)).limit(1))


async def listed(
    session: AsyncSession,
    *,
    number: str | None = None,
    patient_id: int | None = None,
    withdrawn: bool = False,
    limit: int = 100,
) -> list[ConsentView]:
    """Consents that hold, the latest first; with `withdrawn` those that do not any more too.

    `number`: E.164; `patient_id`: the patient's own and those of their numbers.
    """
    query = select(Consent, Number.e164).outerjoin(Number, Number.id == Consent.number_id)
    if number is not None:
        query = query.where(Number.e164 == number)
    if patient_id is not None:
        theirs = select(PatientNumber.number_id).where(PatientNumber.patient_id == patient_id)
        query = query.where(or_(Consent.patient_id == patient_id, Consent.number_id.in_(theirs)))
    if not withdrawn:
        query = query.where(Consent.withdrawn_at.is_(None))
    found = await session.execute(query.order_by(Consent.given_at.desc(), Consent.id.desc()).limit(limit))
    return [
        ConsentView(
            id=consent.id,
            kind=consent.kind,
            number=e164,
            patient_id=consent.patient_id,
            given_at=consent.given_at,
            proof=consent.proof,
            withdrawn_at=consent.withdrawn_at,
            withdrawn_by=consent.withdrawn_by,
        )
        for consent, e164 in found
    ]


def _of(kind: ConsentKind, number: str | None, patient_id: int | None) -> list[ColumnElement[bool]]:
    conditions = [Consent.kind == kind, Consent.withdrawn_at.is_(None)]
    if number is not None:
        conditions.append(Consent.number_id.in_(select(Number.id).where(Number.e164 == number)))
    if patient_id is not None:
        conditions.append(Consent.patient_id == patient_id)
    return conditions
