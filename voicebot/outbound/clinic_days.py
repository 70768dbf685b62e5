"""The clinic's own closed and open days reach the campaigns that are there already."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.config import Clinic
from voicebot.outbound.policy import Policy
from voicebot.store.tables import Campaign, CampaignState


async def observe(session: AsyncSession, clinic: Clinic) -> int:
    """Write the days of the settings into every campaign that may still call; how many were changed.

    A robot does it when it starts: campaigns that fill themselves live for years, the settings change meanwhile.
    """
    changed = 0
    living = select(Campaign).where(Campaign.state != CampaignState.STOPPED, Campaign.archived_at.is_(None))
    for campaign in await session.scalars(living.with_for_update()):
        policy = Policy.model_validate(campaign.policy)
        if policy.at(clinic) != policy:
            campaign.policy = policy.at(clinic).model_dump(mode="json")
            changed += 1
    return changed
