"""Patients of certain ages who have not been seen for long: whom the quarterly invitation is for."""

from datetime import date, datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from voicebot.config import Clinic
from voicebot.outbound import reachable
from voicebot.outbound.campaigns import CampaignView
from voicebot.outbound.sources import Patients, ages
from voicebot.outbound.step import PAGE, Step, enter, entry
from voicebot.outbound.visits import GONE
from voicebot.store.tables import Appointment, Contact, ContactState, Patient


def step(session: Session, campaign: CampaignView, source: Patients, clinic: Clinic, today: date, after: int) -> Step:
    """Patients with ids from `after` on, a page of them; `today` is the day of the invitation.

    Left out is who has a visit since, or whose last invitation by this campaign had its result.
    """
    wanted = ages(source.age)
    since = today - source.unseen
    visit = select(Appointment.id).where(
        Appointment.patient_id == Patient.id,
        Appointment.starts_at > datetime.combine(since, time.min, clinic.zone),
        Appointment.status.not_in(GONE),
    )
    talk = select(Contact.id).where(
        Contact.campaign_id == campaign.id,
        Contact.patient_id == Patient.id,
        Contact.state == ContactState.DONE,
        Contact.subject > since.isoformat(),
    )
    born = Patient.birth_date.between(date(today.year - max(wanted), 1, 1), date(today.year - min(wanted), 12, 31))
    query = select(Patient.id, Patient.birth_date).where(Patient.id > after, born, ~visit.exists(), ~talk.exists())
    people = session.execute(query.order_by(Patient.id).limit(PAGE)).all()
    invited = [one.id for one in people if one.birth_date and today.year - one.birth_date.year in wanted]
    lines = reachable.numbers_of(session, invited, clinic)
    entries = [entry(patient, lines[patient], today.isoformat()) for patient in invited if patient in lines]
    return enter(session, campaign, entries, told=len(invited), page=[one.id for one in people])
