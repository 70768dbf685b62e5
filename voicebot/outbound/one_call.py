"""One call now: a campaign of one contact and one attempt, which a running robot takes up at once."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.errors import CampaignError
from voicebot.outbound import campaigns, history
from voicebot.outbound.campaigns import CampaignView
from voicebot.outbound.enrolment import enrol
from voicebot.outbound.holidays import HolidayRule
from voicebot.outbound.list_row import ListRow
from voicebot.outbound.policy import Decision, Policy, Why, decide
from voicebot.outcomes import Result
from voicebot.store import transcripts
from voicebot.store.database import now, on_connection
from voicebot.store.tables import Attempt, AttemptContact, CampaignState, Contact, Number
from voicebot.store.transcripts import Transcript

_ONE_ATTEMPT: dict[str, Any] = {"max_attempts": 1, "max_unfinished": 0, "lines": 1}
#: What a person who says "anyway" sets aside: hours, caps and the rest after a call; never a refusal to be called.
_ANYWAY: dict[str, Any] = {
    "windows": {"mon-sun": "00:00-24:00"},
    "holidays": HolidayRule.IGNORE,
    "closed_days": (),
    **dict.fromkeys(("per_day", "per_week", "per_month"), 1_000_000),
    "rest": timedelta(0),
}


@dataclass(frozen=True, kw_only=True)
class OneCall:
    """How far it has come."""

    attempt: Attempt | None  #: None: no robot has taken it up yet
    transcript: Transcript
    results: Sequence[Result]

    @property
    def has_ended(self) -> bool:
        return self.attempt is not None and self.attempt.ended_at is not None


async def queue_up(
    session: AsyncSession, *, scenario: str, policy: Policy, row: ListRow, anyway: bool = False
) -> CampaignView:
    """Make the campaign and start it; its person and visit are written as those of a list are.

    Raises:
        CampaignError: this number may not be called now, or never.
    """
    changes = _ONE_ATTEMPT | (_ANYWAY if anyway else {})
    rules = Policy.model_validate(policy.model_dump() | changes)
    campaign = await campaigns.create(session, f"call-{uuid.uuid4().hex[:12]}", scenario=scenario, policy=rules)
    await session.run_sync(lambda sync: enrol(sync, campaign, [row]))
    contact = (await session.scalars(select(Contact).where(Contact.campaign_id == campaign.id))).one()
    number = await session.get_one(Number, contact.number_id)
    if anyway:
        number.next_call_at = None
    at = now(session)
    past = await on_connection(session, history.of_contacts, [contact.id], rules, at)
    decision = decide(rules, past[contact.id], at)
    if decision.when is None or decision.when > at:
        raise _refusal(decision, number)
    await campaigns.start(session, campaign.name)
    return campaign


async def look(session: AsyncSession, campaign: CampaignView) -> OneCall:
    """Its attempt, and what has been said so far."""
    attempt = await session.scalar(select(Attempt).where(Attempt.campaign_id == campaign.id))
    key = attempt.id if attempt else ""
    results = await session.scalars(select(AttemptContact.result).where(AttemptContact.attempt_id == key))
    return OneCall(
        attempt=attempt,
        transcript=await transcripts.of_call(session, key),
        results=[result for result in results if result is not None],
    )


async def close(session: AsyncSession, campaign: CampaignView) -> None:
    """Nobody waits any more: what was not dialled is not dialled, a call under way goes on to its end."""
    if (await campaigns.find(session, campaign.name)).state is CampaignState.RUNNING:
        await campaigns.stop(session, campaign.name)


def _refusal(decision: Decision, number: Number) -> CampaignError:
    if decision.when is None:
        reason = {
            Why.DO_NOT_CALL: "its owner asked not to be called",
            Why.EXPIRED: "the visit would be over before the number may be called",
        }
        return CampaignError(reason.get(decision.why, f"it may not be called: {decision.why}"), place="number")
    when = f"{decision.when:%Y-%m-%d %H:%M} UTC"
    mend = "Wait, or add --now-anyway if its owner expects the call."
    return CampaignError(f"the policy allows the next call to this number at {when}", place="number", mend=mend)
