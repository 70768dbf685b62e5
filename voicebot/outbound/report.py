"""What a campaign achieved: in all, by try, by hour of the day."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from voicebot.errors import CampaignError
from voicebot.outbound.figures import Attempts, Figures
from voicebot.outbound.policy import counts_against_caps
from voicebot.outcomes import Outcome, Result
from voicebot.store.tables import Campaign, CampaignState, ContactState


@dataclass(kw_only=True)
class Tally:
    """Calls of one kind: of one try, of one hour, or all."""

    calls: int = 0  #: that the subscribers' telephones noticed
    outcomes: Counter[Outcome] = field(default_factory=Counter)  #: in the total, of calls that nobody noticed too
    results: Counter[Result] = field(default_factory=Counter)  #: one per contact and talk

    @property
    def answered(self) -> int:
        return self.outcomes[Outcome.ANSWERED]

    @property
    def answer_rate(self) -> float | None:
        return self.answered / self.calls if self.calls else None

    def as_json(self) -> dict[str, Any]:
        rate = None if self.answer_rate is None else round(self.answer_rate, 4)
        results = {result.value: count for result, count in sorted(self.results.items())}
        return {"calls": self.calls, "answered": self.answered, "answer_rate": rate, "results": results}


@dataclass(frozen=True, kw_only=True)
class HandlingTime:
    """Seconds from the answer to the hang-up (what a contact centre calls AHT; a robot has no work after a call)."""

    mean: float
    median: float
    p90: float


@dataclass(kw_only=True)
class Report:
    """A campaign's figures; hours are in the clinic's zone."""

    id: int
    name: str
    scenario: str
    state: CampaignState
    started_at: datetime | None
    ended_at: datetime | None
    states: Mapping[ContactState, int]
    called: int  #: contacts for whom anything was dialled
    reached: int  #: contacts whose call somebody answered, once at least
    results: Mapping[Result, int]  #: the last result of every contact
    tries_per_contact: Mapping[int, int]  #: how many contacts had so many calls
    handling_time: HandlingTime | None  #: None without a talk
    total: Tally = field(default_factory=Tally)
    by_try: dict[int, Tally] = field(default_factory=dict)
    by_hour: dict[int, Tally] = field(default_factory=dict)

    @property
    def contacts(self) -> int:
        return sum(self.states.values())

    @property
    def mean_tries(self) -> float | None:
        """Calls per contact that was called."""
        had = sum(self.tries_per_contact.values())
        return sum(no * count for no, count in self.tries_per_contact.items()) / had if had else None

    def as_json(self) -> dict[str, Any]:
        """The shape of `voicebot campaign report --format json`."""
        handling, tries = self.handling_time, self.mean_tries
        return {
            "name": self.name,
            "scenario": self.scenario,
            "state": self.state,
            "started_at": self.started_at and self.started_at.isoformat(),
            "ended_at": self.ended_at and self.ended_at.isoformat(),
            "contacts": self.contacts,
            "states": {state.value: count for state, count in sorted(self.states.items())},
            "called": self.called,
            "reached": self.reached,
            "results": {result.value: count for result, count in sorted(self.results.items())},
            "total": self.total.as_json(),
            "by_try": {str(no): tally.as_json() for no, tally in sorted(self.by_try.items())},
            "by_hour": {str(hour): tally.as_json() for hour, tally in sorted(self.by_hour.items())},
            "tries_per_contact": {str(no): count for no, count in sorted(self.tries_per_contact.items())},
            "mean_tries": tries and round(tries, 2),
            "handling_seconds": handling and {key: round(value, 1) for key, value in vars(handling).items()},
        }


def make(session: Session, name: str, zone: ZoneInfo) -> Report:
    """Count everything, in the database. Blocks: never on the event loop.

    Raises:
        CampaignError: there is no such campaign.
    """
    campaign = session.scalar(select(Campaign).where(Campaign.name == name))
    if campaign is None:
        raise CampaignError("no such campaign", place=name, mend="`voicebot campaign list` shows all.")
    figures = Figures(session, campaign.id)
    report = Report(
        id=campaign.id,
        name=name,
        scenario=campaign.scenario,
        state=campaign.state,
        started_at=campaign.started_at and campaign.started_at.astimezone(zone),
        ended_at=campaign.ended_at and campaign.ended_at.astimezone(zone),
        states=figures.states(),
        called=figures.called(),
        reached=figures.reached(),
        results=figures.last_results(),
        tries_per_contact=figures.tries_per_contact(),
        handling_time=_handling_time(figures.talk_seconds()),
    )
    for alike in figures.attempts():
        _count(report, alike, alike.at.astimezone(zone).hour)
    return report


def _count(report: Report, alike: Attempts, hour: int) -> None:
    """Calls that no telephone noticed are outcomes of the campaign, but of no try and no hour."""
    report.total.outcomes[alike.outcome] += alike.attempts
    if not counts_against_caps(alike.outcome):
        return
    of_try, of_hour = report.by_try.setdefault(alike.no, Tally()), report.by_hour.setdefault(hour, Tally())
    for tally in (of_try, of_hour):
        tally.outcomes[alike.outcome] += alike.attempts
    for tally in (report.total, of_try, of_hour):
        tally.calls += alike.attempts
        if alike.result is not None:
            tally.results[alike.result] += alike.talks


def _handling_time(lengths: Mapping[float, int]) -> HandlingTime | None:
    """Of how many talks had which length."""
    talks = sum(lengths.values())
    if not talks:
        return None
    whole = sum(seconds * count for seconds, count in lengths.items())
    return HandlingTime(mean=whole / talks, median=_percentile(lengths, 0.5), p90=_percentile(lengths, 0.9))


def _percentile(lengths: Mapping[float, int], share: float) -> float:
    """The shortest length that so many talks did not exceed."""
    wanted, seen = share * sum(lengths.values()), 0
    for seconds, count in sorted(lengths.items()):
        seen += count
        if seen >= wanted:
            return seconds
    raise AssertionError("shares are below one")
