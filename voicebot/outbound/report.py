"""What a campaign achieved: in all, by try, by hour of the day, and for each contact."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from statistics import mean, median, quantiles
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from voicebot.errors import CampaignError
from voicebot.outbound.policy import counts_against_caps
from voicebot.outcomes import Outcome, Result
from voicebot.store.tables import (
    Appointment,
    Attempt,
    AttemptContact,
    Campaign,
    CampaignState,
    Contact,
    ContactState,
    Doctor,
    Number,
    Patient,
)

_AT_ONCE = 1000  # rows fetched at a time


@dataclass(kw_only=True)
class Tally:
    """Calls of one kind: of one try, of one hour, or all."""

    calls: int = 0  #: that the subscribers' telephones noticed
    answered: int = 0
    results: Counter[Result] = field(default_factory=Counter)  #: one per contact and talk

    @property
    def answer_rate(self) -> float | None:
        return self.answered / self.calls if self.calls else None

    def as_json(self) -> dict[str, Any]:
        rate = None if self.answer_rate is None else round(self.answer_rate, 4)
        results = {result.value: count for result, count in sorted(self.results.items())}
        return {"calls": self.calls, "answered": self.answered, "answer_rate": rate, "results": results}


@dataclass(frozen=True, kw_only=True)
class HandlingTime:
    """Seconds from the answer to the hang-up."""

    mean: float
    median: float
    p90: float


@dataclass(kw_only=True)
class ContactEnd:
    """How it went for one contact, over all its attempts."""

    attempts: int = 0
    outcome: Outcome | None = None  #: of the last attempt
    reached: bool = False  #: somebody answered, once at least
    result: Result | None = None  #: the last one
    detail: Mapping[str, Any] = field(default_factory=dict)
    callback_at: datetime | None = None


@dataclass(kw_only=True)
class Report:
    """A campaign's figures; hours are in the clinic's zone."""

    id: int
    name: str
    scenario: str
    state: CampaignState
    contacts: int = 0
    total: Tally = field(default_factory=Tally)
    by_try: dict[int, Tally] = field(default_factory=dict)
    by_hour: dict[int, Tally] = field(default_factory=dict)
    ends: dict[int, ContactEnd] = field(default_factory=dict)  #: by contact; none for those never called
    talk_seconds: list[float] = field(default_factory=list)

    @property
    def reached(self) -> int:
        return sum(end.reached for end in self.ends.values())

    @property
    def results(self) -> Counter[Result]:
        """The last result of every contact."""
        return Counter(end.result for end in self.ends.values() if end.result is not None)

    @property
    def handling_time(self) -> HandlingTime | None:
        """None without a talk."""
        if not self.talk_seconds:
            return None
        # With a single value there is nothing between quantiles.
        p90 = quantiles(self.talk_seconds, n=10)[-1] if len(self.talk_seconds) > 1 else self.talk_seconds[0]
        return HandlingTime(mean=mean(self.talk_seconds), median=median(self.talk_seconds), p90=p90)

    def as_json(self) -> dict[str, Any]:
        """The shape of `voicebot campaign report --json`."""
        handling = self.handling_time
        return {
            "name": self.name,
            "scenario": self.scenario,
            "state": self.state,
            "contacts": self.contacts,
            "called": len(self.ends),
            "reached": self.reached,
            "results": {result.value: count for result, count in sorted(self.results.items())},
            "total": self.total.as_json(),
            "by_try": {str(no): tally.as_json() for no, tally in sorted(self.by_try.items())},
            "by_hour": {str(hour): tally.as_json() for hour, tally in sorted(self.by_hour.items())},
            "handling_seconds": handling and {key: round(value, 1) for key, value in vars(handling).items()},
        }


@dataclass(frozen=True, kw_only=True)
class ContactLine:
    """One contact with its person, for a file."""

    patient: Patient
    number: str  #: E.164
    state: ContactState
    visit: Appointment | None
    doctor: str
    end: ContactEnd


def make(session: Session, name: str, zone: ZoneInfo) -> Report:
    """Count everything. Blocks: never on the event loop.

    Raises:
        CampaignError: there is no such campaign.
    """
    campaign = session.scalar(select(Campaign).where(Campaign.name == name))
    if campaign is None:
        raise CampaignError("no such campaign", place=name, mend="`voicebot campaign list` shows all.")
    report = Report(id=campaign.id, name=name, scenario=campaign.scenario, state=campaign.state)
    report.contacts = len(session.scalars(select(Contact.id).where(Contact.campaign_id == campaign.id)).all())
    tries: Counter[int] = Counter()
    query = (
        select(Attempt, AttemptContact)
        .join(AttemptContact, AttemptContact.attempt_id == Attempt.id)
        .where(Attempt.campaign_id == campaign.id, Attempt.outcome.is_not(None))
        .order_by(Attempt.created_at, Attempt.id)
        .execution_options(yield_per=_AT_ONCE)
    )
    for _, rows in groupby(session.execute(query), key=lambda row: row[0].id):
        pairs = list(rows)
        attempt = pairs[0][0]
        if counts_against_caps(attempt.outcome):
            tries[attempt.number_id] += 1
        _count(report, attempt, [row[1] for row in pairs], tries[attempt.number_id], zone)
    return report


def contact_lines(session: Session, report: Report) -> Iterator[ContactLine]:
    """Every contact, in the order of the list."""
    query = (
        select(Contact.id, Contact.state, Number.e164, Patient, Appointment, Doctor.name)
        .join(Patient, Patient.id == Contact.patient_id)
        .join(Number, Number.id == Contact.number_id)
        .outerjoin(Appointment, Appointment.id == Contact.appointment_id)
        .outerjoin(Doctor, Doctor.id == Appointment.doctor_id)
        .where(Contact.campaign_id == report.id)
        .order_by(Contact.id)
        .execution_options(yield_per=_AT_ONCE)
    )
    for contact_id, state, number, patient, visit, doctor in session.execute(query):
        end = report.ends.get(contact_id) or ContactEnd()
        yield ContactLine(patient=patient, number=number, state=state, visit=visit, doctor=doctor or "", end=end)


def _count(report: Report, attempt: Attempt, talks: list[AttemptContact], no: int, zone: ZoneInfo) -> None:
    if counts_against_caps(attempt.outcome):
        hour = attempt.created_at.astimezone(zone).hour
        of_try, of_hour = report.by_try.setdefault(no, Tally()), report.by_hour.setdefault(hour, Tally())
        for tally in (report.total, of_try, of_hour):
            tally.calls += 1
            tally.answered += attempt.outcome is Outcome.ANSWERED
            tally.results.update(talk.result for talk in talks if talk.result is not None)
    if attempt.outcome is Outcome.ANSWERED and attempt.answered_at and attempt.ended_at:
        report.talk_seconds.append((attempt.ended_at - attempt.answered_at).total_seconds())
    for talk in talks:
        end = report.ends.setdefault(talk.contact_id, ContactEnd())
        end.attempts += 1
        end.outcome = attempt.outcome
        end.reached |= attempt.outcome is Outcome.ANSWERED
        if talk.result is not None:
            end.result, end.detail, end.callback_at = talk.result, talk.detail, talk.callback_at
