"""Who is asked how it was: patients after a visit, people whose case was closed."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from voicebot.config import Clinic
from voicebot.outbound import reachable
from voicebot.outbound.campaigns import CampaignView
from voicebot.outbound.enrolment import Entry
from voicebot.outbound.sources import Survey
from voicebot.outbound.step import PAGE, Step, enter, entry
from voicebot.store.bulk import one_loader
from voicebot.store.database import now
from voicebot.store.tables import Appointment, Case, CaseStage, Contact


class _Ended(NamedTuple):
    """A visit that took place, or a case that was closed."""

    id: int
    patient: int | None
    ended_at: datetime
    number: str  #: of the case; E.164, or empty


def step(session: Session, campaign: CampaignView, source: Survey, clinic: Clinic, after: int) -> Step:
    """What has come to its time, a page of ids from `after` on.

    Whether somebody is among the share is told by the id: who was left out stays so, however often it is looked at.
    """
    one_loader(session)
    at = now(session)
    since, until = at - source.within, at - source.after
    if source.of == "visits":
        found = _visits(session, campaign, source, since, until, after)
    else:
        found = _cases(session, since, until, after)
    chosen = [one for one in found if _place(campaign, one.id) < source.share]
    entries = list(_entries(session, source, clinic, chosen))
    return enter(session, campaign, entries, told=len(chosen), page=[one.id for one in found])


def _visits(
    session: Session, campaign: CampaignView, source: Survey, since: datetime, until: datetime, after: int
) -> list[_Ended]:
    asked = select(Contact.id).where(
        Contact.campaign_id == campaign.id,
        Contact.appointment_id == Appointment.id,
        Contact.appointment_id.is_not(None),
    )
    query = select(Appointment.id, Appointment.patient_id, Appointment.starts_at).where(
        Appointment.id > after,
        Appointment.starts_at.between(since, until),
        Appointment.status.in_(source.status),
        ~asked.exists(),
    )
    rows = session.execute(query.order_by(Appointment.id).limit(PAGE))
    return [_Ended(visit, patient, starts_at, "") for visit, patient, starts_at in rows]


def _cases(session: Session, since: datetime, until: datetime, after: int) -> list[_Ended]:
    query = select(Case.id, Case.patient_id, Case.closed_at, Case.number).where(
        Case.id > after, Case.stage == CaseStage.CLOSED, Case.closed_at.between(since, until)
    )
    return [_Ended._make(row) for row in session.execute(query.order_by(Case.id).limit(PAGE))]


def _entries(session: Session, source: Survey, clinic: Clinic, ended: Sequence[_Ended]) -> Iterator[Entry]:
    lines = reachable.numbers_of(session, {one.patient for one in ended if one.patient is not None}, clinic)
    for one in ended:
        own = lines.get(one.patient, []) if one.patient is not None else []
        if one.number and (line := reachable.number(session, one.number, clinic.timezone)):
            own = [line, *(other for other in own if other.id != line.id)]
        if own:
            yield entry(
                reachable.owner(session, own[0].id) if one.patient is None else one.patient,
                own,
                f"{source.of} {one.id}",
                appointment=one.id if source.of == "visits" else None,
                expires_at=one.ended_at + source.within,
                data={} if source.of == "visits" else {"case": one.id},
            )


def _place(campaign: CampaignView, key: int) -> float:
    """From 0 to 1, evenly spread, the same every time."""
    digest = blake2b(f"{campaign.id} {key}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64
