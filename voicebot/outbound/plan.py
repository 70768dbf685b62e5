"""What a campaign will do next: whom it calls when, and what the others wait for."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.outbound import because, campaigns, history, words
from voicebot.outbound.campaigns import CampaignView
from voicebot.outbound.policy import Decision, History, NumberHistory, Policy, Priority, Why, decide, opens
from voicebot.privacy import mask_name, mask_number
from voicebot.store.database import on_connection
from voicebot.store.tables import Contact, ContactState, Number, Patient


class Wait(StrEnum):
    """What contacts that are not called at this moment wait for."""

    LINE = "line"  #: they may be called now
    HOURS = "hours"  #: of their zone
    NAMED_TIME = "named_time"
    PAUSE = "pause"  #: after a try, or a cap
    CALL = "call"  #: they are being called


WAITS: Mapping[Wait, str] = {
    Wait.LINE: "свободной линии",
    Wait.HOURS: "часов обзвона",
    Wait.NAMED_TIME: "названного времени",
    Wait.PAUSE: "конца паузы",
    Wait.CALL: "конца своего звонка",
}


@dataclass(frozen=True, kw_only=True)
class Planned:
    """One contact and its next call."""

    contact: int
    patient: str  #: initials
    number: str  #: masked
    zone: ZoneInfo  #: of the number; of the clinic where that is unknown
    when: datetime | None  #: None: it will not be called after all
    why: str
    priority: Priority
    tries: int
    because: str  #: the rule that set the moment; empty when nothing holds the call up

    def as_json(self) -> dict[str, Any]:
        plain = {key: getattr(self, key) for key in ("contact", "patient", "number", "why", "tries", "because")}
        priority = self.priority.name.lower()
        return plain | {"zone": self.zone.key, "when": self.when and self.when.isoformat(), "priority": priority}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Of one campaign, seen from one moment."""

    campaign: CampaignView
    at: datetime  #: in the clinic's zone, like the hours and days below
    next: Sequence[Planned]  #: in the order in which they will be called
    hours: Mapping[datetime, int]  #: contacts whose turn comes in this hour, of the first day that has any
    days: Mapping[datetime, int]  #: the same by day
    waits: Mapping[Wait, int]

    def as_json(self) -> dict[str, Any]:
        return {
            "campaign": self.campaign.name,
            "state": self.campaign.state,
            "at": self.at.isoformat(),
            "next": [planned.as_json() for planned in self.next],
            "hours": {hour.isoformat(): count for hour, count in self.hours.items()},
            "days": {f"{day:%Y-%m-%d}": count for day, count in self.days.items()},
            "waits": {wait.value: count for wait, count in self.waits.items()},
        }


async def make(session: AsyncSession, name: str, *, at: datetime, zone: ZoneInfo, limit: int = 20) -> Plan:
    """The plan of a campaign as it stands, the next `limit` calls named; `zone` is the clinic's.

    The turns of all contacts are read from what the queue has written down; of those who come next the policy is
    asked again, as the queue will do.

    Raises:
        CampaignError: there is no such campaign.
    """
    campaign = await campaigns.find(session, name)
    here = at.astimezone(zone)
    hours: Counter[datetime] = Counter()
    waits: Counter[Wait] = Counter()
    for turn, why, count in await _turns(session, campaign, here):
        hours[turn.astimezone(zone).replace(minute=0, second=0, microsecond=0)] += count
        waits[_wait(turn, why, here)] += count
    if calling := await _count(session, campaign, ContactState.CALLING):
        waits[Wait.CALL] = calling
    days: Counter[datetime] = Counter()
    for hour, count in hours.items():
        days[hour.replace(hour=0)] += count
    first = min(days, default=None)
    return Plan(
        campaign=campaign,
        at=here,
        next=await _next(session, campaign, here, zone, limit),
        hours={hour: hours[hour] for hour in sorted(hours) if first is not None and hour.date() == first.date()},
        days=dict(sorted(days.items())),
        waits=waits,
    )


async def _turns(session: AsyncSession, campaign: CampaignView, at: datetime) -> list[tuple[datetime, str, int]]:
    """(moment, why, how many) of the waiting contacts."""
    zone = func.coalesce(Contact.zone, Number.zone)  # a new contact's is looked up when its turn comes
    query = (
        select(zone, Contact.due_at, Contact.why, func.count())
        .join(Number, Number.id == Contact.number_id)
        .where(*_waiting(campaign))
        .group_by(zone, Contact.due_at, Contact.why)
    )
    found = await session.execute(query)
    return [(_turn(campaign, zone, due_at, at), why, count) for zone, due_at, why, count in found]


def _wait(turn: datetime, why: str, at: datetime) -> Wait:
    if turn <= at:
        return Wait.LINE
    if why == Why.CALLBACK:
        return Wait.NAMED_TIME
    return Wait.HOURS if why == Why.FIRST else Wait.PAUSE


async def _count(session: AsyncSession, campaign: CampaignView, state: ContactState) -> int:
    query = select(func.count()).where(Contact.campaign_id == campaign.id, Contact.state == state)
    return (await session.execute(query)).scalar_one()


async def _next(
    session: AsyncSession, campaign: CampaignView, at: datetime, zone: ZoneInfo, limit: int
) -> list[Planned]:
    """The first contacts, as the queue would judge each when its turn comes."""
    found = await _candidates(session, campaign, at, limit)
    past = await on_connection(session, history.of_contacts, [one.id for one in found], campaign.policy, at)
    decided = [
        (contact, decide(campaign.policy, past[contact.id], max(at, contact.due_at)), past[contact.id])
        for contact in found
    ]
    decided.sort(key=lambda one: (one[1].when or at, one[0].priority, one[0].due_at, one[0].id))
    return await _described(session, campaign, decided[:limit], at, zone)


async def _described(
    session: AsyncSession,
    campaign: CampaignView,
    judged: Sequence[tuple[Contact, Decision, History]],
    at: datetime,
    clinic: ZoneInfo,
) -> list[Planned]:
    """With who they are; two queries for all of them."""
    patients = select(Patient).where(Patient.id.in_({contact.patient_id for contact, _, _ in judged}))
    names = {one.id: f"{one.surname} {one.name} {one.patronymic}" for one in await session.scalars(patients)}
    chosen = {contact.id: _chosen(decision, past) for contact, decision, past in judged}
    numbers = select(Number.id, Number.e164).where(Number.id.in_({number.id for number in chosen.values()}))
    written = dict(iter(await session.execute(numbers)))
    found = []
    for contact, decision, past in judged:
        number = chosen[contact.id]
        zone = number.zone or clinic
        planned = Planned(
            contact=contact.id,
            patient=mask_name(names[contact.patient_id]),
            number=mask_number(written[number.id or contact.number_id]),
            zone=zone,
            when=decision.when,
            why=contact.why if decision.when else decision.why,
            priority=Priority(contact.priority),
            tries=contact.tries,
            because=_because(campaign.policy, contact, decision, past, at, zone),
        )
        found.append(planned)
    return found


def _chosen(decision: Decision, past: History) -> NumberHistory:
    """The number that will be called; where none will, the one that was to be."""
    return next((number for number in past.numbers if number.id == decision.number), past.number)


async def _candidates(session: AsyncSession, campaign: CampaignView, at: datetime, limit: int) -> list[Contact]:
    """More than enough: of every zone the first that are due by their rank, and the first of those that are not."""
    zones = await session.scalars(select(Contact.zone).where(*_waiting(campaign)).distinct())
    found: list[Contact] = []
    for zone in zones.all():
        there = select(Contact).where(*_waiting(campaign), Contact.zone == zone if zone else Contact.zone.is_(None))
        due = there.where(Contact.due_at <= at).order_by(Contact.priority, Contact.due_at, Contact.id)
        later = there.where(Contact.due_at > at).order_by(Contact.due_at, Contact.priority, Contact.id)
        for query in (due, later):
            found += await session.scalars(query.limit(limit))
    found.sort(key=lambda one: (_turn(campaign, one.zone, one.due_at, at), one.priority, one.due_at, one.id))
    return found[: 2 * limit]  # some of them will turn out not to be called


def _because(policy: Policy, contact: Contact, decision: Decision, past: History, at: datetime, zone: ZoneInfo) -> str:
    """What the contact waits for, or what forbids its call."""
    grounds = decision.grounds
    if contact.due_at > at and contact.why == Why.FIRST:
        grounds = decide(policy, past, at).grounds  # what made it wait until then
    held = [ground for ground in grounds if ground.since is not None or not ground.allows]
    if held:
        return because.sentence(held[-1], past, zone)
    if contact.due_at <= at:
        return ""
    if contact.why == Why.CALLBACK:
        return "Просил позвонить в это время"
    return f"Пауза после попытки ({words.OUTCOMES[contact.last_outcome]})" if contact.last_outcome else ""


def _turn(campaign: CampaignView, zone: str | None, due_at: datetime, at: datetime) -> datetime:
    """Not before `at`, nor outside the hours of the zone."""
    wanted = max(due_at, at)
    return opens(campaign.policy, ZoneInfo(zone), wanted) if zone else wanted


def _waiting(campaign: CampaignView) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Contact.campaign_id == campaign.id, Contact.state == ContactState.WAITING
