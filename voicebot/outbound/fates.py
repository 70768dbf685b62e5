"""What becomes of contacts: whether they may be called at their turn, and what an attempt's end means for them."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.outbound import campaigns, history
from voicebot.outbound.campaigns import CampaignView
from voicebot.outbound.policy import (
    Decision,
    History,
    Priority,
    Try,
    Why,
    decide,
    earliest,
    kept,
    rest_after,
)
from voicebot.outbound.ports import DialEnd
from voicebot.outcomes import Outcome
from voicebot.store.tables import (
    Attempt,
    AttemptContact,
    Campaign,
    CampaignState,
    Contact,
    ContactNumber,
    ContactState,
    Number,
)

# Built once: making them anew takes longer than running them.
_NUMBER = (
    select(Number).where(Number.id == bindparam("number")).with_for_update().execution_options(populate_existing=True)
)
_CALLED = (
    select(Contact, AttemptContact.result, AttemptContact.callback_at)
    .join(AttemptContact, AttemptContact.contact_id == Contact.id)
    .where(AttemptContact.attempt_id == bindparam("attempt"))
    .order_by(Contact.id)
)
_WAITING_FOR_IT = (
    Contact.number_id == bindparam("its_number"),
    Contact.state == ContactState.WAITING,
    Contact.priority > Priority.CALLBACK,
    Contact.id.not_in(bindparam("called", expanding=True)),
)
_OTHERS = select(Campaign.id, Campaign.policy).where(
    Campaign.id.in_(select(Contact.campaign_id).where(*_WAITING_FOR_IT))
)
_LATER = (
    update(Contact)
    # + 0: by the number's index, see `queue`.
    .where(*_WAITING_FOR_IT, Contact.campaign_id + 0 == bindparam("campaign"), Contact.due_at < bindparam("moment"))
    .values(due_at=bindparam("moment"))
)

_ENDED = {
    Why.FINISHED: ContactState.DONE,
    Why.EXPIRED: ContactState.EXPIRED,
}


async def judge(
    session: AsyncSession, campaign: CampaignView, contacts: Iterable[Contact], at: datetime
) -> list[Contact]:
    """Those who may be called now on the number that they wait for; the others get their new time or number, or end."""
    waiting = list(contacts)
    past = await history.of_contacts(session, waiting, campaign.policy, at) if waiting else {}
    ready = []
    for contact in waiting:
        decision = decide(campaign.policy, past[contact.id], at)
        if decision.when is None:
            _end(contact, decision)
        elif decision.when <= at and decision.number in (None, contact.number_id):
            ready.append(contact)
        else:
            first = min(Priority(contact.priority), decision.priority)
            _postpone(contact, decision, past[contact.id], priority=first)
    await session.flush()
    return ready


async def settle(session: AsyncSession, attempt_id: str, number_id: int, campaign: Campaign, end: DialEnd) -> bool:
    """Write down what an attempt's end means: for its number, its contacts, and all others who wait for this number.

    Gives whether one of the contacts waits again.
    """
    policy = kept(campaign.policy)
    number = (await session.scalars(_NUMBER, {"number": number_id})).one()
    called = await _called(session, attempt_id, end)
    number.next_call_at = end.ended_at + min((rest_after(policy, last) for _, last in called), default=policy.rest)
    for contact, last in called:
        _count(contact, number, last)
    if any(last.closes_number for _, last in called):
        await _bury(session, number, [contact.id for contact, _ in called])
    lasts = {contact.id: last for contact, last in called}
    past = await history.of_contacts(session, [contact for contact, _ in called], policy, end.ended_at, lasts)
    for contact, _ in called:
        decision = decide(policy, past[contact.id], end.ended_at)
        if decision.when is None:
            _end(contact, decision)
        elif campaign.state is CampaignState.STOPPED:
            contact.state, contact.why = ContactState.WITHDRAWN, campaigns.STOPPED
        else:
            contact.state, contact.why = ContactState.WAITING, decision.why
            _postpone(contact, decision, past[contact.id], priority=decision.priority)
    await session.flush()
    await _hold_back(session, number, end.ended_at, lasts)
    return any(contact.state is ContactState.WAITING for contact, _ in called)


async def amend(session: AsyncSession, attempt_id: str, end: DialEnd) -> None:
    """An attempt that was given up for lost was a talk: whoever is done by it, and still waits, is not called again."""
    if end.outcome is not Outcome.ANSWERED:
        return
    attempt = await session.get_one(Attempt, attempt_id, with_for_update=True, populate_existing=True)
    attempt.outcome, attempt.answered_at = end.outcome, end.answered_at
    for contact, last in await _called(session, attempt_id, end):
        if last.is_finished and contact.state is ContactState.WAITING:
            contact.state, contact.why = ContactState.DONE, Why.FINISHED
            contact.last_outcome, contact.last_ended_at = last.outcome, last.ended_at
    await session.flush()


async def _called(session: AsyncSession, attempt_id: str, end: DialEnd) -> list[tuple[Contact, Try]]:
    return [
        (contact, Try(outcome=end.outcome, ended_at=end.ended_at, result=result, callback_at=callback_at))
        for contact, result, callback_at in await session.execute(_CALLED, {"attempt": attempt_id})
    ]


def _count(contact: Contact, number: Number, last: Try) -> None:
    contact.tries += last.takes_try
    contact.unfinished += last.is_unfinished
    contact.messages += last.left_message
    contact.last_outcome, contact.last_ended_at = last.outcome, last.ended_at
    if last.is_refusal:
        number.refused_at = last.ended_at


async def _bury(session: AsyncSession, number: Number, contacts: list[int]) -> None:
    """These contacts cannot be reached on this number."""
    theirs = update(ContactNumber).where(ContactNumber.contact_id.in_(contacts), ContactNumber.number_id == number.id)
    await session.execute(theirs.values(dead=True))


async def _hold_back(session: AsyncSession, number: Number, at: datetime, called: Mapping[int, Try]) -> None:
    """All others who wait for this number, in whichever campaign, wait until it may be called again.

    Left alone are call-backs at a named time, which may go beyond a cap: they are judged at their turn.
    """
    if number.zone is None:
        return
    connection = await session.connection()
    those = {"its_number": number.id, "called": list(called)}
    waiting = (await connection.execute(_OTHERS, those)).all()
    if not waiting:
        return
    past = await history.of_number(session, number, at)
    for campaign_id, rules in waiting:
        when = earliest(kept(rules), past, at)
        await connection.execute(_LATER, {**those, "campaign": campaign_id, "moment": when})


def _postpone(contact: Contact, decision: Decision, past: History, *, priority: Priority) -> None:
    """The contact waits for the decision's moment, on the decision's number."""
    assert decision.when is not None
    contact.due_at, contact.priority = decision.when, priority
    number = next((one for one in past.numbers if one.id == decision.number), past.number)
    contact.number_id = number.id or contact.number_id
    contact.zone = number.zone.key if number.zone else None


def _end(contact: Contact, decision: Decision) -> None:
    contact.state = _ENDED.get(decision.why, ContactState.GIVEN_UP)
    contact.why = decision.why
    if decision.why.is_block:
        contact.last_outcome = Outcome.BLOCKED
