"""On which numbers a patient is called, when the store and not a list says who is called."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from voicebot.config import Clinic
from voicebot.store.bulk import among
from voicebot.store.database import now
from voicebot.store.tables import Guardian, Number, Patient, PatientNumber
from voicebot.store.upsert import insert_new

UNKNOWN_CALLER = "voicebot:unknown-caller"  #: external id of the one patient who stands for callers without a name


class Line(NamedTuple):
    """A telephone number."""

    id: int
    e164: str
    zone: str


def numbers_of(session: Session, patients: Collection[int], clinic: Clinic) -> Mapping[int, list[Line]]:
    """The numbers of each patient, in the order in which they are tried: first of those who speak for the patient.

    Numbers that must not be called are left out; who has no other is not among the keys.
    """
    found: dict[int, dict[int, Line]] = defaultdict(dict)
    columns = (Number.id, Number.e164, Number.zone)
    guardians = (
        select(Guardian.patient_id, *columns)
        .join(PatientNumber, PatientNumber.patient_id == Guardian.guardian_id)
        .where(among(session, Guardian.patient_id, patients))
        .order_by(Guardian.patient_id, Number.id)
    )
    own = (
        select(PatientNumber.patient_id, *columns)
        .where(among(session, PatientNumber.patient_id, patients))
        .order_by(PatientNumber.patient_id, Number.id)
    )
    for query in (guardians, own):
        callable_ones = query.join(Number, Number.id == PatientNumber.number_id).where(~Number.do_not_call)
        for patient, number, e164, zone in session.execute(callable_ones):
            if zone is None:
                zone = _place(session, number, clinic)
            found[patient][number] = Line(number, e164, zone)
    return {patient: list(lines.values()) for patient, lines in found.items()}


def number(session: Session, e164: str, zone: str) -> Line | None:
    """The number, made when it is not there; None when it must not be called."""
    session.execute(insert_new(session, Number), [{"e164": e164, "zone": zone, "do_not_call": False}])
    row = session.execute(select(Number.id, Number.zone, Number.do_not_call).where(Number.e164 == e164)).one()
    return None if row.do_not_call else Line(row.id, e164, row.zone or zone)


def owner(session: Session, number_id: int) -> int:
    """The patient whose number it is, if it is one person's; else the one who stands for unknown callers."""
    owners = session.scalars(
        select(PatientNumber.patient_id).where(PatientNumber.number_id == number_id).limit(2)
    ).all()
    if len(owners) == 1:
        return owners[0]
    known = session.scalar(select(Patient.id).where(Patient.external_id == UNKNOWN_CALLER))
    if known is not None:
        return known
    nobody = Patient(
        external_id=UNKNOWN_CALLER,
        surname="Неизвестный",
        name="абонент",
        name_key="неизвестный абонент",
        created_at=now(session),
    )
    session.add(nobody)
    session.flush()
    return nobody.id


def _place(session: Session, number_id: int, clinic: Clinic) -> str:
    """Where a number's owner lives is not known: where the clinic is, as with lists."""
    unplaced = update(Number).where(Number.id == number_id, Number.zone.is_(None)).values(zone=clinic.timezone)
    session.execute(unplaced.execution_options(synchronize_session=False))
    return clinic.timezone
