"""Who may speak for a patient: a child's mother, an old man's daughter."""

from dataclasses import dataclass

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.errors import StoreError
from voicebot.store.known import require
from voicebot.store.patients import full_name
from voicebot.store.tables import Guardian, Number, Patient, PatientNumber
from voicebot.store.upsert import insert_new


@dataclass(frozen=True, kw_only=True)
class GuardianView:
    """Somebody who speaks for a patient."""

    id: int  #: theirs, as a patient
    name: str
    relation: str
    number: str | None  #: E.164, the first of theirs


async def add(session: AsyncSession, patient_id: int, guardian_id: int, *, relation: str = "") -> None:
    """Let `guardian_id` speak for `patient_id`; `relation`: mother, daughter … in the clinic's words.

    Raises:
        StoreError: one of them is no patient, or both are the same.
    """
    if patient_id == guardian_id:
        raise StoreError("a patient speaks for themselves anyway", place=f"patient {patient_id}")
    for one in (patient_id, guardian_id):
        await session.run_sync(require, Patient, one)
    pair = {"patient_id": patient_id, "guardian_id": guardian_id}
    await session.execute(insert_new(session, Guardian), pair | {"relation": relation})
    await session.execute(update(Guardian).filter_by(**pair).values(relation=relation))


async def of(session: AsyncSession, patient_id: int) -> list[GuardianView]:
    """Who speaks for a patient, in the order of their ids."""
    first = (
        select(func.min(Number.e164))
        .join(PatientNumber, PatientNumber.number_id == Number.id)
        .where(PatientNumber.patient_id == Patient.id)
        .scalar_subquery()
    )
    query = (
        select(Patient, Guardian.relation, first)
        .join(Guardian, Guardian.guardian_id == Patient.id)
        .where(Guardian.patient_id == patient_id)
        .order_by(Patient.id)
    )
    return [
        GuardianView(id=one.id, name=full_name(one.surname, one.name, one.patronymic), relation=relation, number=number)
        for one, relation, number in await session.execute(query)
    ]


async def remove(session: AsyncSession, patient_id: int, guardian_id: int) -> bool:
    """They speak for the patient no more; False: they did not."""
    pair = (Guardian.patient_id == patient_id, Guardian.guardian_id == guardian_id)
    gone = await session.scalar(delete(Guardian).where(*pair).returning(Guardian.guardian_id))
    return gone is not None
