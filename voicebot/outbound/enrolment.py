"""Rows of a list become contacts of a campaign."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from voicebot.outbound import people, visits
from voicebot.outbound.campaigns import CampaignView
from voicebot.outbound.list_row import ListRow
from voicebot.outbound.policy import History, NumberHistory, decide
from voicebot.store.database import now
from voicebot.store.tables import Contact, ContactState, Number
from voicebot.store.upsert import insert_new

ContactKey = tuple[int, str]  #: patient and subject: what makes a contact of a campaign the same


def enrol(
    session: Session, campaign: CampaignView, rows: Sequence[ListRow]
) -> tuple[list[ContactKey], set[ContactKey]]:
    """Write a batch of rows, a few statements for all of them.

    Gives each row's key, and the keys of the contacts that are new; a contact that is there already stays as it is.
    """
    numbers = people.numbers_of(session, rows)
    patients = people.patients_of(session, rows, numbers)
    appointments = visits.appointments_of(session, rows, patients, by=f"list:{campaign.name}")
    keys = [(patient.id, row.subject) for patient, row in zip(patients, rows, strict=True)]
    values: dict[ContactKey, dict[str, object]] = {}
    for key, row, number, appointment in zip(keys, rows, numbers, appointments, strict=True):
        values.setdefault(key, _contact(session, campaign, key, row, number) | {"appointment_id": appointment})
    insert = insert_new(session, Contact).returning(Contact.patient_id, Contact.subject)
    new = session.execute(insert, list(values.values()))
    return keys, {(patient, subject) for patient, subject in new}


def _contact(
    session: Session, campaign: CampaignView, key: ContactKey, row: ListRow, number: Number
) -> dict[str, object]:
    at = now(session)
    expires_at = row.visit.starts_at if row.visit else None
    # A refusal or a number's pause is judged when its turn comes: much may change until then.
    zone = ZoneInfo(number.zone) if number.zone else None
    decision = decide(campaign.policy, History(number=NumberHistory(zone=zone), expires_at=expires_at), at)
    return {
        "campaign_id": campaign.id,
        "patient_id": key[0],
        "number_id": number.id,
        "subject": key[1],
        "data": dict(row.data),
        "state": ContactState.WAITING if decision.when else ContactState.EXPIRED,
        "priority": decision.priority,
        "due_at": decision.when or at,
        "expires_at": expires_at,
        "tries": 0,
        "unfinished": 0,
        "why": decision.why,
    }
