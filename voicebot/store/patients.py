"""Patients: found by number, birth date and name."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.store.tables import Gender, Number, Patient, PatientNumber

_MOST = 50  # more are nobody's answer to a question


@dataclass(frozen=True, kw_only=True)
class PatientView:
    """A patient as a dialogue speaks of them."""

    id: int
    surname: str
    name: str
    patronymic: str
    gender: Gender
    birth_date: date | None
    language: str
    external_id: str | None  #: in the medical information system

    @property
    def full_name(self) -> str:
        return full_name(self.surname, self.name, self.patronymic)


@dataclass(frozen=True, kw_only=True)
class NumberView:
    """A number of a patient."""

    number: str  #: E.164
    zone: str | None
    do_not_call: bool


def full_name(surname: str, name: str, patronymic: str) -> str:
    """The parts of a name that are known, in a row."""
    return " ".join(part for part in (surname, name, patronymic) if part)


def fold_name(name: str) -> str:
    """A name for comparing: lower case, ё = е."""
    return " ".join(name.lower().replace("ё", "е").split())


async def get(session: AsyncSession, patient_id: int) -> PatientView | None:
    """The patient, or None when there is no such."""
    patient = await session.get(Patient, patient_id)
    return None if patient is None else _view(patient)


async def numbers(session: AsyncSession, patient_id: int) -> list[NumberView]:
    """The patient's numbers, the first known one first."""
    query = select(Number).join(PatientNumber, PatientNumber.number_id == Number.id)
    found = await session.scalars(query.where(PatientNumber.patient_id == patient_id).order_by(Number.id))
    return [NumberView(number=one.e164, zone=one.zone, do_not_call=one.do_not_call) for one in found]


async def of_number(session: AsyncSession, e164: str) -> list[PatientView]:
    """All whose number it is: a family shares one."""
    return await find(session, number=e164)


async def find(
    session: AsyncSession, *, number: str | None = None, birth_date: date | None = None, name: str | None = None
) -> list[PatientView]:
    """Patients of whom all that is given is true, at most fifty. `number`: E.164; `name`: full, any case.

    Raises:
        ValueError: nothing was given.
    """
    if number is None and birth_date is None and name is None:
        raise ValueError("a patient is found by a number, a birth date or a name")
    query = select(Patient).order_by(Patient.id).limit(_MOST)
    if number is not None:
        owners = (
            select(PatientNumber.patient_id)
            .join(Number, Number.id == PatientNumber.number_id)
            .where(Number.e164 == number)
        )
        query = query.where(Patient.id.in_(owners))
    if birth_date is not None:
        query = query.where(Patient.birth_date == birth_date)
    if name is not None:
        query = query.where(Patient.name_key == fold_name(name))
    return [_view(patient) for patient in await session.scalars(query)]


def _view(patient: Patient) -> PatientView:
    return PatientView(
        id=patient.id,
        surname=patient.surname,
        name=patient.name,
        patronymic=patient.patronymic,
        gender=patient.gender,
        birth_date=patient.birth_date,
        language=patient.language,
        external_id=patient.external_id,
    )
