"""Every contact of a campaign with how it went, one after the other: for files, however long the list is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from voicebot.outcomes import Outcome, Result
from voicebot.store.tables import Appointment, Attempt, AttemptContact, Contact, ContactState, Doctor, Number, Patient

_AT_ONCE = 1000  # rows fetched at a time


@dataclass(kw_only=True)
class ContactEnd:
    """How it went for one contact, over all its attempts."""

    attempts: int = 0
    outcome: Outcome | None = None  #: of the last attempt
    called_at: datetime | None = None  #: the last time
    result: Result | None = None  #: the last one
    detail: Mapping[str, Any] = field(default_factory=dict)
    callback_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class ContactLine:
    """One contact with its person."""

    id: int
    patient: Patient
    number: str  #: E.164; the one called last, or to be called
    state: ContactState
    why: str  #: the reason of its state
    visit: Appointment | None
    doctor: str
    end: ContactEnd


def contact_lines(session: Session, campaign_id: int) -> Iterator[ContactLine]:
    """Every contact, in the order of the list. Blocks: never on the event loop."""
    query = (
        select(Contact, Number.e164, Patient, Appointment, Doctor.name)
        .join(Patient, Patient.id == Contact.patient_id)
        .join(Number, Number.id == Contact.number_id)
        .outerjoin(Appointment, Appointment.id == Contact.appointment_id)
        .outerjoin(Doctor, Doctor.id == Appointment.doctor_id)
        .where(Contact.campaign_id == campaign_id)
        .order_by(Contact.id)
        .execution_options(yield_per=_AT_ONCE)
    )
    ends = _ends(session, campaign_id)
    ended, end = next(ends, (None, ContactEnd()))
    for contact, number, patient, visit, doctor in session.execute(query):
        own = ContactEnd()
        if ended == contact.id:
            own = end
            ended, end = next(ends, (None, ContactEnd()))
        yield ContactLine(
            id=contact.id,
            patient=patient,
            number=number,
            state=contact.state,
            why=contact.why,
            visit=visit,
            doctor=doctor or "",
            end=own,
        )


def _ends(session: Session, campaign_id: int) -> Iterator[tuple[int, ContactEnd]]:
    """Of contacts with attempts that have ended, in the order of the list."""
    query = (
        select(AttemptContact, Attempt.outcome, Attempt.created_at)
        .join(Attempt, Attempt.id == AttemptContact.attempt_id)
        .where(Attempt.campaign_id == campaign_id, Attempt.outcome.is_not(None))
        .order_by(AttemptContact.contact_id, Attempt.created_at, Attempt.id)
        .execution_options(yield_per=_AT_ONCE)
    )
    for contact_id, rows in groupby(session.execute(query), key=lambda row: row[0].contact_id):
        end = ContactEnd()
        for talk, outcome, at in rows:
            end.attempts += 1
            end.outcome, end.called_at = outcome, at
            if talk.result is not None:
                end.result, end.detail, end.callback_at = talk.result, talk.detail, talk.callback_at
        yield contact_id, end
