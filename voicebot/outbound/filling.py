"""Campaigns that fill themselves: the store is asked, and whom it names becomes a contact."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.config import Clinic
from voicebot.errors import CampaignError, StoreError
from voicebot.outbound import callbacks, campaigns, freed_times, invitations, lists, sources, surveys, visitors
from voicebot.outbound.campaigns import CampaignView
from voicebot.outbound.sources import Source, Survey
from voicebot.outbound.step import Step
from voicebot.store.database import Database, now
from voicebot.store.tables import Campaign, CampaignState

_log = logging.getLogger(__name__)

_NOTHING = Step(0)
_SURVEYS = timedelta(minutes=5)


@dataclass(kw_only=True)
class Filled:
    """What asking a source brought."""

    added: int = 0
    without_number: int = 0  #: people who have none that may be called


async def keep_filled(database: Database, clinic: Clinic, *, stopping: Callable[[], bool] = lambda: False) -> int:
    """Ask the sources that are due, of all campaigns that run; gives how many contacts were added.

    `stopping` is asked between two transactions: what is left is done next time.

    Each transaction is small and holds its campaign's row: of several robots one asks at a time, and nobody is added
    twice. A campaign that cannot be filled is logged, and leaves the others alone.

    Raises:
        StoreError: the store does not answer.
    """
    async with database.read() as session:
        query = select(Campaign.id).where(Campaign.state == CampaignState.RUNNING, Campaign.source.is_not(None))
        ids = list(await session.scalars(query.order_by(Campaign.id)))
    added = 0
    for campaign_id in ids:
        try:
            added += await _keep_one(database, clinic, campaign_id, stopping)
        except StoreError:
            raise
        except Exception:  # one campaign that cannot be filled must not take the others, or the robot, with it
            _log.exception("a campaign cannot be filled", extra={"campaign": campaign_id})
    return added


async def fill(database: Database, clinic: Clinic, name: str, source: Source) -> Filled:
    """Ask a source now, whatever its hour, and add whom it names.

    Raises:
        CampaignError: there is no such campaign, it was stopped, or running robots ask this source all the time.
        StoreError: the store does not answer.
    """
    if source.is_continuous:
        raise CampaignError("this source is asked by a running robot all the time", place=name)
    filled, after = Filled(), 0
    while True:
        async with database.write() as session:
            campaign = await session.run_sync(lambda sync: lists.open_campaign(sync, name))
            today = now(session).astimezone(clinic.zone).date()
            step = await _ask(session, campaign, source, clinic, today, after)
        filled.added += step.added
        filled.without_number += step.without_number
        if step.last is None:
            return filled
        after = step.last


async def _keep_one(database: Database, clinic: Clinic, campaign_id: int, stopping: Callable[[], bool]) -> int:
    added, after = 0, 0
    while not stopping():
        async with database.write() as session:
            step = await _one_step(session, clinic, campaign_id, after)
        added += step.added
        if step.last is None:
            break
        after = step.last
    if added:
        _log.info("a campaign was filled", extra={"campaign": campaign_id, "added": added})
    return added


async def _one_step(session: AsyncSession, clinic: Clinic, campaign_id: int, after: int) -> Step:
    """One transaction's work, if the source is due and no other robot has the campaign."""
    query = select(Campaign).where(Campaign.id == campaign_id, Campaign.state == CampaignState.RUNNING)
    campaign = await session.scalar(query.with_for_update(skip_locked=True))
    if campaign is None or campaign.source is None:
        return _NOTHING
    source = sources.read(campaign.source)
    view = campaigns.view(campaign)
    if source.waitlist is not None:
        offered = await freed_times.step(session, view, source.waitlist, clinic)
        return Step(offered, last=after + 1 if offered else None)
    if source.callback is not None:
        callback = source.callback
        return Step(await session.run_sync(lambda sync: callbacks.step(sync, view, callback, clinic)))
    if source.survey is not None:
        return await _survey(session, campaign, source.survey, clinic, after)
    since = campaign.filled_at or campaign.started_at or campaign.created_at
    moment = sources.due(source, since, now(session), clinic.zone)
    if moment is None:
        return _NOTHING
    step = await _ask(session, view, source, clinic, moment.date(), after)
    if step.last is None:
        campaign.filled_at = moment
    return step


async def _ask(
    session: AsyncSession, campaign: CampaignView, source: Source, clinic: Clinic, today: date, after: int
) -> Step:
    if source.visits is not None:
        visits = source.visits
        return await session.run_sync(lambda sync: visitors.step(sync, campaign, visits, clinic, today, after))
    patients = source.patients
    assert patients is not None
    return await session.run_sync(lambda sync: invitations.step(sync, campaign, patients, clinic, today, after))


async def _survey(session: AsyncSession, campaign: Campaign, survey: Survey, clinic: Clinic, after: int) -> Step:
    """Now and again: nobody minds to be asked a few minutes later, and thousands of visits are looked through."""
    at, view = now(session), campaigns.view(campaign)
    if not after and campaign.filled_at is not None and at - campaign.filled_at < _SURVEYS:
        return _NOTHING
    campaign.filled_at = at
    return await session.run_sync(lambda sync: surveys.step(sync, view, survey, clinic, after))
