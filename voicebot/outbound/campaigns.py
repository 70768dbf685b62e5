"""Campaigns: made, started, paused, resumed, stopped, and counted."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from pydantic import ValidationError
from sqlalchemy import Connection, CursorResult, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.errors import CampaignError
from voicebot.outbound.policy import Policy, kept
from voicebot.outcomes import Outcome, Result
from voicebot.store.database import now
from voicebot.store.tables import Attempt, AttemptContact, Campaign, CampaignState, Contact, ContactState

STOPPED = "campaign_stopped"  #: why contacts of a stopped campaign are not called
SERVED = "served"  #: why a caller who has been served meanwhile is not called back
_BITE = 5000  # contacts withdrawn in one transaction: others wait for it

# Built once: making them anew takes longer than running them.
_FILLED = select(Campaign.state, Campaign.source).where(Campaign.id == bindparam("campaign"))
_LEFT = (
    select(Contact.id)
    .where(
        Contact.campaign_id == bindparam("campaign"),
        Contact.state.in_((ContactState.WAITING, ContactState.CALLING)),
    )
    .limit(1)
)
_FINISHED = (
    update(Campaign)
    .where(Campaign.id == bindparam("campaign"))
    .values(state=CampaignState.FINISHED, ended_at=bindparam("at"))
)
_STEPS: Mapping[CampaignState, tuple[CampaignState, ...]] = {
    CampaignState.RUNNING: (CampaignState.DRAFT, CampaignState.PAUSED, CampaignState.FINISHED),
    CampaignState.PAUSED: (CampaignState.RUNNING,),
    CampaignState.STOPPED: (CampaignState.DRAFT, CampaignState.RUNNING, CampaignState.PAUSED, CampaignState.STOPPED),
}


@dataclass(frozen=True, kw_only=True)
class CampaignView:
    """A campaign and its policy."""

    id: int
    name: str
    scenario: str
    state: CampaignState
    policy: Policy
    last_call_at: datetime | None = None  #: over all robots


@dataclass(frozen=True, kw_only=True)
class CampaignContacts:
    """Who a campaign calls, by how far they have come."""

    campaign: CampaignView
    contacts: Mapping[ContactState, int]

    @property
    def total(self) -> int:
        return sum(self.contacts.values())

    @property
    def left(self) -> int:
        """Contacts that have not ended."""
        return self.contacts.get(ContactState.WAITING, 0) + self.contacts.get(ContactState.CALLING, 0)


@dataclass(frozen=True, kw_only=True)
class CampaignStatus(CampaignContacts):
    """How far a campaign has come."""

    attempts: Mapping[Outcome, int]  #: ended ones
    results: Mapping[Result, int]  #: one per contact and talk


async def create(
    session: AsyncSession, name: str, *, scenario: str, policy: Policy, source: Mapping[str, Any] | None = None
) -> CampaignView:
    """A new campaign in draft: lists can be loaded, nobody is called. `source`: see `outbound.sources`, as JSON.

    Raises:
        CampaignError: there is one of this name.
    """
    if await session.scalar(select(Campaign.id).where(Campaign.name == name)) is not None:
        raise CampaignError("there is a campaign of this name", place=name, mend="Choose another name.")
    campaign = Campaign(
        name=name,
        scenario=scenario,
        state=CampaignState.DRAFT,
        policy=policy.model_dump(mode="json"),
        source=dict(source) if source is not None else None,
        created_at=now(session),
    )
    session.add(campaign)
    await session.flush()
    return view(campaign)


async def find(session: AsyncSession, name: str) -> CampaignView:
    """The campaign of this name.

    Raises:
        CampaignError: there is none.
    """
    return view(await _named(session, name))


async def source(session: AsyncSession, name: str) -> Mapping[str, Any] | None:
    """What fills the campaign beside lists, see `outbound.sources`.

    Raises:
        CampaignError: there is no such campaign.
    """
    return (await _named(session, name)).source


async def running(session: AsyncSession) -> list[CampaignView]:
    """All running campaigns, oldest first."""
    query = select(Campaign).where(Campaign.state == CampaignState.RUNNING).order_by(Campaign.id)
    return [view(campaign) for campaign in await session.scalars(query)]


async def every(session: AsyncSession, *, archived: bool = True) -> list[CampaignView]:
    """All campaigns, oldest first; those in the archive only if they are wanted."""
    query = select(Campaign).order_by(Campaign.id)
    chosen = query if archived else query.where(Campaign.archived_at.is_(None))
    return [view(campaign) for campaign in await session.scalars(chosen)]


async def at_a_glance(session: AsyncSession, *, archived: bool = True) -> list[CampaignContacts]:
    """`every`, with how many contacts they have."""
    query = select(Contact.campaign_id, Contact.state, func.count()).group_by(Contact.campaign_id, Contact.state)
    counts: dict[int, dict[ContactState, int]] = defaultdict(dict)
    for campaign_id, state, count in await session.execute(query):
        counts[campaign_id][state] = count
    found = await every(session, archived=archived)
    return [CampaignContacts(campaign=one, contacts=counts[one.id]) for one in found]


async def start(session: AsyncSession, name: str) -> None:
    """Call people from now on; also resumes a paused campaign, and a finished one to which contacts were added.

    Raises:
        CampaignError: there is no such campaign, it was stopped, or it has nobody to call.
    """
    campaign = await _step(session, name, CampaignState.RUNNING)
    if campaign.source is None and await session.scalar(_LEFT, {"campaign": campaign.id}) is None:
        raise CampaignError("it has nobody left to call", place=name, mend="Load a list into it first.")
    campaign.started_at = campaign.started_at or now(session)
    campaign.ended_at = None


async def pause(session: AsyncSession, name: str) -> None:
    """No new calls; those under way go on.

    Raises:
        CampaignError: there is no such campaign, or it is not running.
    """
    await _step(session, name, CampaignState.PAUSED)


async def stop(session: AsyncSession, name: str) -> None:
    """End it for good: what rings is hung up, talks go on to their end, and `withdraw` takes the others off.

    Harmless when repeated, as it is when it was interrupted before all were taken off.

    Raises:
        CampaignError: there is no such campaign, or it has ended by itself.
    """
    campaign = await _step(session, name, CampaignState.STOPPED)
    campaign.ended_at = campaign.ended_at or now(session)
    await withdraw(session, campaign.id)


async def withdraw(session: AsyncSession, campaign_id: int) -> bool:
    """Withdraw contacts of a stopped campaign who wait, some thousands at a time; whether there may be more."""
    some = select(Contact.id).where(Contact.campaign_id == campaign_id, Contact.state == ContactState.WAITING)
    change = update(Contact).where(Contact.id.in_(some.limit(_BITE)))
    change = change.values(state=ContactState.WITHDRAWN, why=STOPPED).execution_options(synchronize_session=False)
    return cast(CursorResult[Any], await session.execute(change)).rowcount == _BITE


async def archive(session: AsyncSession, name: str) -> CampaignView:
    """Out of the lists with it; its report stays, and it takes no contacts any more. Harmless when repeated.

    Raises:
        CampaignError: there is no such campaign, or it has not ended.
    """
    campaign = await _named(session, name)
    if campaign.state not in (CampaignState.STOPPED, CampaignState.FINISHED):
        raise CampaignError(f"it is {campaign.state}, and has not ended", place=name, mend="Stop it first.")
    campaign.archived_at = campaign.archived_at or now(session)
    return view(campaign)


async def resize(
    session: AsyncSession, name: str, *, lines: int | None = None, calls_per_second: float | None = None
) -> CampaignView:
    """Other limits from now on, also while it runs; calls beyond them go on to their end.

    Raises:
        CampaignError: there is no such campaign, or a limit is none.
    """
    campaign = await _named(session, name)
    changes = {"lines": lines, "calls_per_second": calls_per_second}
    wanted = {key: value for key, value in changes.items() if value is not None}
    try:
        policy = Policy.model_validate({**campaign.policy, **wanted})
    except ValidationError as error:
        first = error.errors()[0]
        raise CampaignError(f"{first['loc'][0]}: {first['msg']}", place=name) from None
    campaign.policy = policy.model_dump(mode="json")
    return view(campaign)


def finish_if_done(connection: Connection, campaign_id: int, at: datetime) -> None:
    """A running campaign all of whose contacts have ended is finished, unless it fills itself. Its row is locked."""
    which = {"campaign": campaign_id}
    row = connection.execute(_FILLED, which).one()
    if row.state is not CampaignState.RUNNING or row.source is not None:
        return
    if connection.execute(_LEFT, which).first() is None:
        connection.execute(_FINISHED, which | {"at": at})


async def status(session: AsyncSession, name: str) -> CampaignStatus:
    """How far it has come.

    Raises:
        CampaignError: there is no such campaign.
    """
    campaign = await find(session, name)
    contacts = await session.execute(
        select(Contact.state, func.count()).where(Contact.campaign_id == campaign.id).group_by(Contact.state)
    )
    attempts = await session.execute(
        select(Attempt.outcome, func.count())
        .where(Attempt.campaign_id == campaign.id, Attempt.outcome.is_not(None))
        .group_by(Attempt.outcome)
    )
    results = await session.execute(
        select(AttemptContact.result, func.count())
        .join(Contact, Contact.id == AttemptContact.contact_id)
        .where(Contact.campaign_id == campaign.id, AttemptContact.result.is_not(None))
        .group_by(AttemptContact.result)
    )
    return CampaignStatus(
        campaign=campaign,
        contacts=dict(iter(contacts)),
        attempts={outcome: count for outcome, count in attempts if outcome is not None},
        results={result: count for result, count in results if result is not None},
    )


def view(campaign: Campaign) -> CampaignView:
    """The row with its policy understood."""
    return CampaignView(
        id=campaign.id,
        name=campaign.name,
        scenario=campaign.scenario,
        state=campaign.state,
        policy=kept(campaign.policy),
        last_call_at=campaign.last_call_at,
    )


async def _named(session: AsyncSession, name: str) -> Campaign:
    campaign = await session.scalar(select(Campaign).where(Campaign.name == name).with_for_update())
    if campaign is None:
        raise CampaignError("no such campaign", place=name, mend="`voicebot campaign list` shows all.")
    return campaign


async def _step(session: AsyncSession, name: str, to: CampaignState) -> Campaign:
    campaign = await _named(session, name)
    if campaign.archived_at is not None:
        raise CampaignError("it is in the archive", place=name, mend="Make a new campaign.")
    if campaign.state not in _STEPS[to]:
        allowed = " or ".join(_STEPS[to])
        raise CampaignError(f"it is {campaign.state}, but must be {allowed} to become {to}", place=name)
    campaign.state = to
    return campaign
