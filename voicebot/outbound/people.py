"""Numbers and patients of a list's rows: found in the store, or made."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from voicebot.outbound.list_row import ListRow
from voicebot.store.database import now
from voicebot.store.tables import Gender, Number, Patient, PatientNumber
from voicebot.store.upsert import insert_new


def numbers_of(session: Session, rows: Sequence[ListRow]) -> list[Number]:
    """The number of each row, locked: two loads at once wait for each other here."""
    zones = {row.phone: row.zone for row in reversed(rows)}
    values = [{"e164": e164, "zone": zone, "do_not_call": False} for e164, zone in zones.items()]
    session.execute(insert_new(session, Number), values)
    query = select(Number).where(Number.e164.in_(zones)).order_by(Number.id).with_for_update()
    found = {number.e164: number for number in session.scalars(query)}
    for number in found.values():
        number.zone = number.zone or zones[number.e164]
    return [found[row.phone] for row in rows]


def patients_of(session: Session, rows: Sequence[ListRow], numbers: Sequence[Number]) -> list[Patient]:
    """The patient of each row: by the id in the medical information system, else by name among the number's owners."""
    directory = _Directory(session, rows, numbers)
    patients = []
    for row, number in zip(rows, numbers, strict=True):
        patient = directory.find(row, number) or _new_patient(session, row)
        patient.birth_date = patient.birth_date or row.birth_date
        if patient.gender is Gender.UNKNOWN:
            patient.gender = row.gender
        directory.add(patient, row, number)
        patients.append(patient)
    session.flush()
    links = {(patient.id, number.id) for patient, number in zip(patients, numbers, strict=True)}
    values = [{"patient_id": patient, "number_id": number} for patient, number in links]
    session.execute(insert_new(session, PatientNumber), values)
    return patients


class _Directory:
    """The patients that a batch of rows may mean."""

    def __init__(self, session: Session, rows: Sequence[ListRow], numbers: Sequence[Number]) -> None:
        self._owners: dict[tuple[int, str], list[Patient]] = defaultdict(list)
        self._by_external_id: dict[str, Patient] = {}
        owners = (
            select(Patient, PatientNumber.number_id)
            .join(PatientNumber, PatientNumber.patient_id == Patient.id)
            .where(PatientNumber.number_id.in_({number.id for number in numbers}))
        )
        for patient, number_id in session.execute(owners):
            self._owners[number_id, patient.name_key].append(patient)
        named = {row.external_id for row in rows if row.external_id}
        for patient in session.scalars(select(Patient).where(Patient.external_id.in_(named))) if named else ():
            self._by_external_id[str(patient.external_id)] = patient

    def find(self, row: ListRow, number: Number) -> Patient | None:
        if row.external_id and row.external_id in self._by_external_id:
            return self._by_external_id[row.external_id]
        return next((one for one in self._owners[number.id, row.name_key] if _may_be(one, row)), None)

    def add(self, patient: Patient, row: ListRow, number: Number) -> None:
        owners = self._owners[number.id, row.name_key]
        if patient not in owners:
            owners.append(patient)
        if row.external_id:
            self._by_external_id[row.external_id] = patient


def _may_be(patient: Patient, row: ListRow) -> bool:
    """Same name and number: another person only if a birth date or an id says so (a father and his son)."""
    other_birth = patient.birth_date and row.birth_date and patient.birth_date != row.birth_date
    other_id = patient.external_id and row.external_id and patient.external_id != row.external_id
    return not (other_birth or other_id)


def _new_patient(session: Session, row: ListRow) -> Patient:
    patient = Patient(
        external_id=row.external_id,
        surname=row.surname,
        name=row.name,
        patronymic=row.patronymic,
        name_key=row.name_key,
        gender=row.gender,
        birth_date=row.birth_date,
        created_at=now(session),
    )
    session.add(patient)
    return patient
