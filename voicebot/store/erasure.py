"""A patient forgotten: nothing that tells who it was stays in the store; what is counted stays without a name."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, delete, func, literal, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from voicebot.errors import StoreError
from voicebot.store.database import now
from voicebot.store.patients import fold_name
from voicebot.store.tables import (
    Appointment,
    AppointmentChange,
    AttemptContact,
    Base,
    Call,
    Case,
    CaseChange,
    Consent,
    Contact,
    ContactNumber,
    ContactState,
    Fact,
    Guardian,
    Number,
    Operation,
    Outbox,
    Patient,
    PatientNumber,
    Policy,
    Task,
    TaskState,
    Turn,
    Wait,
)

_FORGOTTEN = "forgotten"
_IMPERSONAL = frozenset({"appointment_id", "slot_id", "starts_at", "before"})
_MANY = 400  # ids in one statement


@dataclass(frozen=True, kw_only=True)
class Forgotten:
    """What else must be erased, outside the store."""

    patient_id: int
    words: tuple[str, ...]  #: names and numbers that must not be found anywhere
    calls: tuple[str, ...]  #: recordings are named after them
    files: tuple[str, ...]  #: paths of recordings and clips, below the recordings folder
    campaigns: tuple[int, ...]  #: their prepared phrases say the name


def forget(session: Session, patient_id: int) -> Forgotten:
    """Make the patient nobody: name, numbers that are theirs alone, words of their talks, cases, consents.

    Appointments, contacts and attempts stay as numbers for reports. A number that somebody else has too stays theirs.
    A number that is forgotten is never called again under the rows that are left, but the store no longer knows that
    it refused calls: a list that names it anew is believed.

    Raises:
        StoreError: no such patient.
    """
    patient = session.get(Patient, patient_id, with_for_update=True)
    if patient is None:
        raise StoreError("no such patient", place=f"patient {patient_id}", mend="`voicebot patient find` shows ids.")
    numbers = _own_numbers(session, patient_id)
    words = _words(patient, numbers)
    calls = _calls(session, patient_id, numbers)
    campaigns = session.scalars(select(Contact.campaign_id).where(Contact.patient_id == patient_id).distinct()).all()
    files = _files(session, calls)
    _forget_talks(session, calls)
    _forget_dealings(session, patient_id)
    _forget_mentions(session, words)
    _forget_person(session, patient, numbers)
    session.flush()
    return Forgotten(
        patient_id=patient_id, words=words, calls=tuple(calls), files=tuple(files), campaigns=tuple(campaigns)
    )


def traces(session: Session, words: Sequence[str]) -> list[str]:
    """Tables and columns in which one of the words still stands; reads the whole database."""
    found = []
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if session.scalar(select(func.count()).select_from(table).where(_names(column, words))):
                found.append(f"{table.name}.{column.name}")
    return found


def _own_numbers(session: Session, patient_id: int) -> list[Number]:
    """Numbers that nobody else has."""
    others = select(PatientNumber.number_id).where(PatientNumber.patient_id != patient_id)
    called = select(Contact.number_id).where(Contact.patient_id == patient_id)
    further = (
        select(ContactNumber.number_id)
        .join(Contact, Contact.id == ContactNumber.contact_id)
        .where(Contact.patient_id == patient_id)
    )
    listed = select(PatientNumber.number_id).where(PatientNumber.patient_id == patient_id)
    theirs = or_(*(Number.id.in_(numbers) for numbers in (listed, called, further)))
    query = select(Number).where(theirs, Number.id.not_in(others))
    return list(session.scalars(query.order_by(Number.id).with_for_update()))


def _words(patient: Patient, numbers: Iterable[Number]) -> tuple[str, ...]:
    """What must not be found afterwards: a surname alone is many people's."""
    names = dict.fromkeys((f"{patient.surname} {patient.name}".strip(), fold_name(f"{patient.surname} {patient.name}")))
    return (*names, *(number.e164 for number in numbers), *([patient.external_id] if patient.external_id else []))


def _calls(session: Session, patient_id: int, numbers: Sequence[Number]) -> list[str]:
    """Calls in which the patient was spoken to or of."""
    about = select(AttemptContact.attempt_id).join(Contact, Contact.id == AttemptContact.contact_id)
    changed = (
        select(AppointmentChange.by)
        .join(Appointment, Appointment.id == AppointmentChange.appointment_id)
        .where(Appointment.patient_id == patient_id, AppointmentChange.by.startswith("call:"))
    )
    named = [by.removeprefix("call:") for by in session.scalars(changed.distinct())]
    query = select(Call.id).where(
        or_(
            Call.number.in_([number.e164 for number in numbers]),
            Call.attempt_id.in_(about.where(Contact.patient_id == patient_id)),
            Call.id.in_(select(Case.call_id).where(Case.patient_id == patient_id)),
            Call.id.in_(named),
        )
    )
    return list(session.scalars(query))


def _files(session: Session, calls: Sequence[str]) -> list[str]:
    files: list[str] = []
    for some in _parts(calls):
        recordings = select(Call.recording).where(Call.id.in_(some), Call.recording.is_not(None))
        clips = select(Fact.clip).where(Fact.call_id.in_(some), Fact.clip.is_not(None))
        files += [str(path) for query in (recordings, clips) for path in session.scalars(query)]
    return files


def _forget_talks(session: Session, calls: Sequence[str]) -> None:
    for some in _parts(calls):
        session.execute(delete(Turn).where(Turn.call_id.in_(some)))
        session.execute(delete(Fact).where(Fact.call_id.in_(some)))
        _change(session, update(Operation).where(Operation.call_id.in_(some)).values(result={}))
        tasks = update(Task).where(Task.call_id.in_(some))
        _change(
            session, tasks.values(about={}, state=TaskState.DONE, done_at=func.coalesce(Task.done_at, now(session)))
        )
        silenced = update(Call).where(Call.id.in_(some))
        _change(session, silenced.values(number="", dialled="", detail={}, recording=None))


def _forget_dealings(session: Session, patient_id: int) -> None:
    """Contacts, appointments and cases stay without what was said in them."""
    contacts = select(Contact.id).where(Contact.patient_id == patient_id)
    _change(session, update(AttemptContact).where(AttemptContact.contact_id.in_(contacts)).values(detail={}))
    waiting = update(Contact).where(Contact.patient_id == patient_id, Contact.state == ContactState.WAITING)
    _change(session, waiting.values(state=ContactState.WITHDRAWN, why=_FORGOTTEN))
    subject = literal(f"{_FORGOTTEN} ") + cast(Contact.id, Text)
    _change(
        session, update(Contact).where(Contact.patient_id == patient_id).values(data={}, subject=subject, digest=None)
    )
    visits = select(Appointment.id).where(Appointment.patient_id == patient_id)
    _change(session, update(AppointmentChange).where(AppointmentChange.appointment_id.in_(visits)).values(detail={}))
    _forget_reasons(session, patient_id)
    blank = update(Appointment).where(Appointment.patient_id == patient_id)
    _change(session, blank.values(cancel_reason=None, external_id=None))
    cases = select(Case.id).where(Case.patient_id == patient_id)
    _change(session, update(CaseChange).where(CaseChange.case_id.in_(cases)).values(detail={}))
    emptied = {"insured": "", "birth_date": None, "policy_number": "", "place": "", "complaint": "", "number": ""}
    _change(session, update(Case).where(Case.patient_id == patient_id).values(**emptied, data={}))
    for table in (Wait, Consent, PatientNumber, Policy):
        session.execute(delete(table).where(table.patient_id == patient_id))
    both = or_(Guardian.patient_id == patient_id, Guardian.guardian_id == patient_id)
    session.execute(delete(Guardian).where(both))


def _forget_reasons(session: Session, patient_id: int) -> None:
    """Messages about visits keep what other systems need of them: which visit, which slot, when."""
    visits = select(Appointment.id).where(Appointment.patient_id == patient_id)
    about = select(Outbox).where(Outbox.payload["appointment_id"].as_integer().in_(visits))
    for message in session.scalars(about):
        message.payload = {name: value for name, value in message.payload.items() if name in _IMPERSONAL}


def _forget_mentions(session: Session, words: Sequence[str]) -> None:
    """Rows that are not the patient's own, but name them: messages, tasks, what was noted of others, policies."""
    places: tuple[tuple[type[Base], InstrumentedAttribute[Any]], ...] = (
        (Task, Task.about),
        (AttemptContact, AttemptContact.detail),
        (CaseChange, CaseChange.detail),
    )
    for table, column in places:
        _change(session, update(table).where(_names(column, words)).values({column: {}}))
    messages = update(Outbox).where(_names(Outbox.payload, words))
    _change(session, messages.values(payload={}, sent_at=func.coalesce(Outbox.sent_at, now(session))))
    listed = update(Policy).where(Policy.name_key.in_([fold_name(word) for word in words]))
    nameless = literal("-") + cast(Policy.id, Text)
    _change(session, listed.values(holder="", name_key="", birth_date=None, number=nameless))


def _forget_person(session: Session, patient: Patient, numbers: Iterable[Number]) -> None:
    session.execute(delete(PatientNumber).where(PatientNumber.number_id.in_([number.id for number in numbers])))
    for number in numbers:
        session.execute(delete(Consent).where(Consent.number_id == number.id))
        number.e164, number.zone, number.do_not_call = f"-{number.id}", None, True
        number.do_not_call_at, number.do_not_call_why = now(session), _FORGOTTEN
    patient.surname = patient.name = patient.patronymic = ""
    patient.name_key, patient.external_id = f"{_FORGOTTEN} {patient.id}", None
    patient.birth_date, patient.zone = None, None


def _names(column: Any, words: Sequence[str]) -> ColumnElement[bool]:
    """Whether a column holds one of the words, as text or in JSON (SQLite keeps what is not ASCII as `\\uXXXX`)."""
    text = cast(column, Text)
    return or_(
        *(text.contains(form, autoescape=True) for word in words for form in {word, json.dumps(word)[1:-1]}),
    )


def _change(session: Session, statement: Any) -> None:
    session.execute(statement.execution_options(synchronize_session=False))


def _parts(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    return (ids[start : start + _MANY] for start in range(0, len(ids), _MANY))
