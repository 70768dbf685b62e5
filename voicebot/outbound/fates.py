"""What becomes of contacts: whether they may be called at their turn, and what an attempt's end means for them."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, case, func, select, update

from voicebot.outbound import campaigns, history
from voicebot.outbound.campaigns import CampaignView
from voicebot.outbound.policy import (
    Decision,
    History,
    Policy,
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
    Contact,
    ContactNumber,
    ContactState,
    Number,
)

# Built once: making them anew takes longer than running them.
_CALLED = (
    select(AttemptContact.contact_id, AttemptContact.result, AttemptContact.callback_at)
    .where(AttemptContact.attempt_id == bindparam("attempt"))
    .order_by(AttemptContact.contact_id)
)
_REFUSED = bindparam("refused", type_=Number.refused_at.type)
_RANK = bindparam("rank", type_=Contact.priority.type)
_RESTS = (
    update(Number)
    .where(Number.id == bindparam("number"))
    .values(next_call_at=bindparam("rested"), refused_at=func.coalesce(_REFUSED, Number.refused_at))
    .returning(Number.zone)
)
_COUNTED = (
    update(Contact)
    .where(Contact.id == bindparam("contact"))
    .values(
        tries=Contact.tries + bindparam("took_try"),
        unfinished=Contact.unfinished + bindparam("broke_off"),
        messages=Contact.messages + bindparam("left_message"),
        last_outcome=bindparam("outcome"),
        last_ended_at=bindparam("at"),
    )
)
_DEAD = (
    update(ContactNumber)
    .where(
        ContactNumber.contact_id.in_(bindparam("contacts", expanding=True)),
        ContactNumber.number_id == bindparam("number"),
    )
    .values(dead=True)
)
_BLOCKED = bindparam("blocked", type_=Contact.last_outcome.type)
_CHANGED = update(Contact).where(Contact.id == bindparam("contact"))  # what is given with it
_OVER = _CHANGED.values(
    state=bindparam("fate"), why=bindparam("reason"), last_outcome=func.coalesce(_BLOCKED, Contact.last_outcome)
)
_POSTPONED = _CHANGED.values(
    due_at=bindparam("moment"),
    priority=case((Contact.priority < _RANK, Contact.priority), else_=_RANK),
    number_id=bindparam("number"),
    zone=bindparam("its_zone"),
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
_AMENDED = (
    update(Attempt)
    .where(Attempt.id == bindparam("attempt"))
    .values(outcome=bindparam("truth"), answered_at=bindparam("answered"))
)
_DONE_AFTER_ALL = (
    update(Contact)
    .where(Contact.id == bindparam("contact"), Contact.state == ContactState.WAITING)
    .values(
        state=ContactState.DONE,
        why=Why.FINISHED.value,
        last_outcome=bindparam("outcome"),
        last_ended_at=bindparam("at"),
    )
)

_ENDED = {
    Why.FINISHED: ContactState.DONE,
    Why.EXPIRED: ContactState.EXPIRED,
}


def judge(connection: Connection, campaign: CampaignView, contacts: Collection[int], at: datetime) -> list[int]:
    """Those who may be called now on the number that they wait for; the others get their new time or number, or end."""
    past = history.of_contacts(connection, contacts, campaign.policy, at) if contacts else {}
    ready, over, postponed = [], [], []
    for contact, known in past.items():
        decision = decide(campaign.policy, known, at)
        if decision.when is None:
            over.append({"contact": contact, **_end(decision)})
        elif decision.when <= at and decision.number == known.number.id:
            ready.append(contact)
        else:
            number, zone = _chosen(decision, known)
            when = {"moment": decision.when, "rank": decision.priority}
            postponed.append({"contact": contact, **when, "number": number, "its_zone": zone})
    for statement, rows in ((_OVER, over), (_POSTPONED, postponed)):
        if rows:
            connection.execute(statement, rows)
    return ready


def settle(
    connection: Connection, attempt_id: str, number_id: int, policy: Policy, end: DialEnd, *, stopped: bool
) -> bool:
    """Write down what an attempt's end means: for its number, its contacts, and all others who wait for this number.

    `stopped`: its campaign was. Gives whether one of the contacts waits again.
    """
    called = _called(connection, attempt_id, end)
    zone = _count(connection, number_id, policy, end, called)
    past = history.of_contacts(connection, called, policy, end.ended_at, called)
    waits = False
    for contact, known in past.items():
        decision = decide(policy, known, end.ended_at)
        if decision.when is None:
            connection.execute(_OVER, {"contact": contact, **_end(decision)})
        elif stopped:
            withdrawn = {"state": ContactState.WITHDRAWN, "why": campaigns.STOPPED}
            connection.execute(_CHANGED, {"contact": contact, **withdrawn})
        else:
            waits = True
            connection.execute(_CHANGED, {"contact": contact, **_wait(decision, known)})
    if zone is not None:
        _hold_back(connection, number_id, end.ended_at, called)
    return waits


def amend(connection: Connection, attempt_id: str, end: DialEnd) -> None:
    """An attempt that was given up for lost was a talk: whoever is done by it, and still waits, is not called again."""
    if end.outcome is not Outcome.ANSWERED:
        return
    connection.execute(_AMENDED, {"attempt": attempt_id, "truth": end.outcome, "answered": end.answered_at})
    for contact, last in _called(connection, attempt_id, end).items():
        if last.is_finished:
            connection.execute(_DONE_AFTER_ALL, {"contact": contact, "outcome": last.outcome, "at": last.ended_at})


def _called(connection: Connection, attempt_id: str, end: DialEnd) -> dict[int, Try]:
    """How it ended for each of its contacts."""
    return {
        contact: Try(outcome=end.outcome, ended_at=end.ended_at, result=result, callback_at=callback_at)
        for contact, result, callback_at in connection.execute(_CALLED, {"attempt": attempt_id})
    }


def _count(
    connection: Connection, number_id: int, policy: Policy, end: DialEnd, called: Mapping[int, Try]
) -> str | None:
    """The number, which is locked by it, and its contacts have had this call. Gives the number's zone."""
    rest = min((rest_after(policy, last) for last in called.values()), default=policy.rest)
    refused = end.ended_at if any(last.is_refusal for last in called.values()) else None
    rested = {"number": number_id, "rested": end.ended_at + rest, "refused": refused}
    zone = connection.execute(_RESTS, rested).scalar_one()
    for contact, last in called.items():
        counts = {"took_try": int(last.takes_try), "broke_off": int(last.is_unfinished)}
        given = {"left_message": int(last.left_message), "outcome": last.outcome, "at": last.ended_at}
        connection.execute(_COUNTED, {"contact": contact, **counts, **given})
    if any(last.closes_number for last in called.values()):
        connection.execute(_DEAD, {"contacts": list(called), "number": number_id})
    return zone


def _hold_back(connection: Connection, number_id: int, at: datetime, called: Collection[int]) -> None:
    """All others who wait for this number, in whichever campaign, wait until it may be called again.

    Left alone are call-backs at a named time, which may go beyond a cap: they are judged at their turn.
    """
    those = {"its_number": number_id, "called": list(called)}
    waiting = connection.execute(_OTHERS, those).all()
    if not waiting:
        return
    past = history.of_number(connection, number_id, at)
    for campaign_id, rules in waiting:
        when = earliest(kept(rules), past, at)
        connection.execute(_LATER, {**those, "campaign": campaign_id, "moment": when})


def _chosen(decision: Decision, past: History) -> tuple[int | None, str | None]:
    """The decision's number, and its zone."""
    number = next((one for one in past.numbers if one.id == decision.number), past.number)
    return number.id, number.zone.key if number.zone else None


def _wait(decision: Decision, past: History) -> dict[str, Any]:
    """The contact waits for the decision's moment, on the decision's number."""
    number, zone = _chosen(decision, past)
    return {
        "state": ContactState.WAITING,
        "why": decision.why,
        "due_at": decision.when,
        "priority": decision.priority,
        "number_id": number,
        "zone": zone,
    }


def _end(decision: Decision) -> dict[str, Any]:
    return {
        "fate": _ENDED.get(decision.why, ContactState.GIVEN_UP),
        "reason": decision.why,
        "blocked": Outcome.BLOCKED if decision.why.is_block else None,
    }
