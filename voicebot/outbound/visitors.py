"""Visits of certain days, out of the store: their patients become contacts, as those of a list do."""

from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from voicebot.config import Clinic
from voicebot.outbound import reachable
from voicebot.outbound.campaigns import CampaignView
from voicebot.outbound.list_row import visit_subject
from voicebot.outbound.sources import Visits, days
from voicebot.outbound.step import PAGE, Step, enter, entry
from voicebot.store.database import now
from voicebot.store.tables import Appointment


def step(session: Session, campaign: CampaignView, source: Visits, clinic: Clinic, today: date, after: int) -> Step:
    """The visits with ids from `after` on, a page of them; `today` is the day from which "tomorrow" is counted."""
    first, last = days(source.on, today)
    since = max(now(session), datetime.combine(first, time.min, clinic.zone))
    until = datetime.combine(last + timedelta(days=1), time.min, clinic.zone)
    query = select(Appointment.id, Appointment.patient_id, Appointment.starts_at, Appointment.specialty).where(
        Appointment.id > after,
        Appointment.starts_at > since,
        Appointment.starts_at < until,
        Appointment.status.in_(source.status),
    )
    if source.specialty:
        query = query.where(Appointment.specialty.in_(source.specialty))
    if source.unconfirmed:
        query = query.where(Appointment.confirmed_at.is_(None))
    visits = session.execute(query.order_by(Appointment.id).limit(PAGE)).all()
    lines = reachable.numbers_of(session, {visit.patient_id for visit in visits}, clinic)
    entries = [
        entry(
            visit.patient_id,
            lines[visit.patient_id],
            visit_subject(visit.starts_at, visit.specialty),
            appointment=visit.id,
            expires_at=visit.starts_at,
        )
        for visit in visits
        if visit.patient_id in lines
    ]
    return enter(session, campaign, entries, told=len(visits), page=[visit.id for visit in visits])
