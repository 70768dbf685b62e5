"""Why somebody is called, or is not: the policy's own decision, rule by rule, in Russian."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.errors import CampaignError
from voicebot.outbound import because, campaigns, history, words
from voicebot.outbound.campaigns import CampaignView
from voicebot.outbound.policy import Decision, History, Try, decide
from voicebot.outcomes import Outcome
from voicebot.privacy import mask_name, mask_number
from voicebot.store.database import on_connection
from voicebot.store.tables import (
    Attempt,
    AttemptContact,
    Campaign,
    CampaignState,
    Contact,
    ContactNumber,
    ContactState,
    Number,
    Patient,
)

_SHOWN = 50  # contacts of one number, the newest first


@dataclass(frozen=True, kw_only=True)
class Reason:
    """What one rule said."""

    rule: str
    allows: bool
    moves: bool  #: it made the call later
    text: str


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """What becomes of one contact."""

    contact: int
    campaign: str
    campaign_state: CampaignState
    patient: str  #: initials
    number: str  #: masked; the one called next, or called last
    state: ContactState
    zone: ZoneInfo  #: of the number; of the clinic where that is unknown
    when: datetime | None  #: None: no call, as things stand
    why: str  #: `policy.Why`, or why the contact ended
    reasons: tuple[Reason, ...]

    @property
    def summary(self) -> str:
        """In one line."""
        why = words.WHYS.get(self.why, self.why)
        if self.state is ContactState.CALLING:
            return "Сейчас идёт звонок"
        if self.when is not None:
            return f"Позвоним {because.moment_of(self.when, self.zone)} ({self.zone.key}): {why}"
        if self.state is ContactState.WAITING and self.campaign_state is not CampaignState.RUNNING:
            return f"Пока не звоним: кампания «{self.campaign}» {words.CAMPAIGNS[self.campaign_state]}"
        return f"Звонка не будет: {why}"

    def as_json(self) -> dict[str, Any]:
        plain = ("contact", "campaign", "campaign_state", "patient", "number", "state", "why", "summary")
        return {
            **{key: getattr(self, key) for key in plain},
            "zone": self.zone.key,
            "when": self.when and self.when.isoformat(),
            "reasons": [asdict(reason) for reason in self.reasons],
        }


@dataclass(frozen=True, kw_only=True)
class _LastCall:
    """How the contact's last attempt ended, and on which number."""

    ended: Try
    number: int


async def of_contact(session: AsyncSession, contact_id: int, *, at: datetime, zone: ZoneInfo) -> list[Explanation]:
    """Of one contact; `zone` is the clinic's.

    Raises:
        CampaignError: there is none.
    """
    contact = await session.get(Contact, contact_id)
    if contact is None:
        raise CampaignError("no such contact", place=str(contact_id), mend="`voicebot campaign plan` shows their ids.")
    return [await _explain(session, contact, at, zone)]


async def of_number(session: AsyncSession, e164: str, *, at: datetime, zone: ZoneInfo) -> list[Explanation]:
    """Of all contacts with this number, in all campaigns, the newest first; `zone` is the clinic's.

    Raises:
        CampaignError: no campaign has it.
    """
    listed = select(ContactNumber.contact_id).join(Number, Number.id == ContactNumber.number_id)
    called = select(Number.id).where(Number.e164 == e164)
    query = select(Contact).where(or_(Contact.id.in_(listed.where(Number.e164 == e164)), Contact.number_id.in_(called)))
    contacts = (await session.scalars(query.order_by(Contact.id.desc()).limit(_SHOWN))).all()
    if not contacts:
        raise CampaignError("no campaign has a contact with this number", place=mask_number(e164))
    return [await _explain(session, contact, at, zone) for contact in contacts]


async def _explain(session: AsyncSession, contact: Contact, at: datetime, zone: ZoneInfo) -> Explanation:
    campaign = campaigns.view(await session.get_one(Campaign, contact.campaign_id))
    patient = await session.get_one(Patient, contact.patient_id)
    last = await _last_call(session, contact)
    decision, past = await _decided(session, campaign, contact, last, at)
    chosen = next((one for one in past.numbers if one.id == decision.number), past.number)
    number = await session.get_one(Number, chosen.id or contact.number_id)
    there = chosen.zone or zone
    when, obstacle = _outlook(campaign, contact, decision)
    return Explanation(
        contact=contact.id,
        campaign=campaign.name,
        campaign_state=campaign.state,
        patient=mask_name(f"{patient.surname} {patient.name} {patient.patronymic}"),
        number=mask_number(number.e164),
        state=contact.state,
        zone=there,
        when=when,
        why=decision.why if contact.state is ContactState.WAITING else contact.why,
        reasons=(
            *obstacle,
            *_last_told(last, there),
            *await _refusals(session, past, there),
            *_reasons(campaign, decision, past, there),
        ),
    )


async def _decided(
    session: AsyncSession, campaign: CampaignView, contact: Contact, last: _LastCall | None, at: datetime
) -> tuple[Decision, History]:
    """The decision as the queue will make it; while the contact waits for its time, with the reasons of the wait."""
    ended = contact.state is not ContactState.WAITING
    turn = at if ended else max(at, contact.due_at)
    past = (await on_connection(session, history.of_contacts, [contact.id], campaign.policy, turn))[contact.id]
    decision = decide(campaign.policy, past, turn)
    if not ended and contact.due_at <= at:
        return decision, past
    waiting = past if last is None else _after(past, last)
    whole = decide(campaign.policy, waiting, at)
    return (whole, waiting) if ended or whole.when == decision.when else (decision, past)


def _after(past: History, last: _LastCall) -> History:
    """As the queue saw it when that call had ended: the number that was called comes first."""
    numbers = tuple(past.numbers)
    place = next((place for place, number in enumerate(numbers) if number.id == last.number), 0)
    first, *others = numbers[place:] + numbers[:place]
    return replace(past, number=first, others=tuple(others), last=last.ended, callback=False)


async def _last_call(session: AsyncSession, contact: Contact) -> _LastCall | None:
    query = (
        select(Attempt, AttemptContact)
        .join(AttemptContact, AttemptContact.attempt_id == Attempt.id)
        .where(AttemptContact.contact_id == contact.id, Attempt.ended_at.is_not(None))
        .order_by(Attempt.created_at.desc())
        .limit(1)
    )
    row = (await session.execute(query)).first()
    if row is None:
        return None
    attempt, achieved = row
    outcome, ended_at = attempt.outcome or Outcome.LOST, attempt.ended_at or attempt.created_at
    ended = Try(outcome=outcome, ended_at=ended_at, result=achieved.result, callback_at=achieved.callback_at)
    return _LastCall(ended=ended, number=attempt.number_id)


def _outlook(campaign: CampaignView, contact: Contact, decision: Decision) -> tuple[datetime | None, list[Reason]]:
    """When the call comes, and what besides the policy stands in its way."""
    if contact.state is not ContactState.WAITING:
        text = f"Контакт: {words.CONTACTS[contact.state]} ({words.WHYS.get(contact.why, contact.why)})"
        return None, [Reason(rule="state", allows=contact.state is ContactState.CALLING, moves=False, text=text)]
    if campaign.state is not CampaignState.RUNNING:
        text = f"Кампания «{campaign.name}»: {words.CAMPAIGNS[campaign.state]}"
        return None, [Reason(rule="campaign", allows=False, moves=False, text=text)]
    return decision.when, []


def _last_told(last: _LastCall | None, zone: ZoneInfo) -> list[Reason]:
    if last is None:
        return []
    told = words.OUTCOMES[last.ended.outcome]
    if last.ended.result is not None:
        told += f", {words.RESULTS[last.ended.result]}"
    text = f"Последний звонок: {because.moment_of(last.ended.ended_at, zone)}, {told}"
    return [Reason(rule="last", allows=True, moves=False, text=text)]


async def _refusals(session: AsyncSession, past: History, zone: ZoneInfo) -> list[Reason]:
    """Which of the numbers must not be called, since when, and who said so."""
    query = select(Number).where(Number.id.in_([number.id for number in past.numbers]), Number.do_not_call)
    told = []
    for number in await session.scalars(query):
        since = f" с {because.moment_of(number.do_not_call_at, zone)}" if number.do_not_call_at else ""
        who = f" ({number.do_not_call_why})" if number.do_not_call_why else ""
        text = f"Не звонить: {mask_number(number.e164)}{since}{who}"
        told.append(Reason(rule="refusal", allows=False, moves=False, text=text))
    return told


def _reasons(campaign: CampaignView, decision: Decision, past: History, zone: ZoneInfo) -> list[Reason]:
    told = [
        Reason(
            rule=ground.rule,
            allows=ground.allows,
            moves=ground.since is not None,
            text=because.sentence(ground, past, zone),
        )
        for ground in decision.grounds
    ]
    if decision.when is not None:
        text = f"Часы обзвона в тот день: {because.hours(campaign.policy, decision.when, zone)}"
        told.append(Reason(rule="hours", allows=True, moves=False, text=text))
    return [reason for reason in told if reason.text]
