"""What changes for many contacts at once, done a bite at a time beside the calls: talks wait for no bite long."""

from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, CursorResult, Update, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.outbound import campaigns, fates, waiting
from voicebot.outbound.campaigns import CampaignView
from voicebot.outbound.policy import Priority, Why, closes, opens
from voicebot.store.database import on_connection
from voicebot.store.tables import Campaign, Contact, ContactState, Number

_BITE = 2000  # contacts changed in one transaction
_LOOKED_AT = 200  # contacts judged in one transaction


class Upkeep:
    """Keeps what a claim relies on true for a robot's running campaigns."""

    def __init__(self) -> None:
        self._promoted: dict[tuple[int, str], datetime] = {}

    async def tidy(self, session: AsyncSession, campaign: CampaignView, at: datetime) -> bool:
        """One bite; whether there may be more."""
        await _lock(session, campaign)
        expired = await _expire(session, campaign, at)
        placed = await _place(session, campaign)
        promoted = await self._promote(session, campaign, at)
        # Contacts end elsewhere too: a visit is cancelled, a patient is forgotten.
        await on_connection(session, campaigns.finish_if_done, campaign.id, at)
        return _BITE in (expired, placed, promoted)

    async def _promote(self, session: AsyncSession, campaign: CampaignView, at: datetime) -> int:
        """Where a window has ended: who can only be called in the next one comes first in it."""
        zones = await waiting.zones(session, campaign.id, campaign.policy, at)
        for name in zones.shut:
            zone = ZoneInfo(name)
            start = opens(campaign.policy, zone, at)
            if self._promoted.get((campaign.id, name)) == start:
                continue
            after = opens(campaign.policy, zone, closes(campaign.policy, zone, start))
            last_chance = (
                Contact.zone == name,
                Contact.expires_at <= after + campaign.policy.before,
                Contact.priority > Priority.EXPIRING,
            )
            changed = await _change(session, campaign, last_chance, update(Contact).values(priority=Priority.EXPIRING))
            if changed:
                return changed
            self._promoted[campaign.id, name] = start
        return 0


async def clear_head(session: AsyncSession, campaign: CampaignView, at: datetime) -> bool:
    """Judge the first contacts of every open zone; those who may not be called make room. Whether any did."""
    await _lock(session, campaign)
    moved = False
    zones = await waiting.zones(session, campaign.id, campaign.policy, at)
    for zone in zones.open:
        for priority in Priority:
            head = (
                select(Contact.id)
                .where(
                    Contact.campaign_id == campaign.id,
                    Contact.state == ContactState.WAITING,
                    Contact.zone == zone,
                    Contact.priority == priority,
                    Contact.due_at <= at,
                )
                .order_by(Contact.due_at, Contact.id)
                .limit(_LOOKED_AT)
                .with_for_update(skip_locked=True)
            )
            contacts = (await session.scalars(head)).all()
            ready = await on_connection(session, fates.judge, campaign, contacts, at)
            moved |= len(ready) < len(contacts)
    await on_connection(session, campaigns.finish_if_done, campaign.id, at)
    return moved


async def _lock(session: AsyncSession, campaign: CampaignView) -> None:
    """The campaign's row: whoever changes many contacts takes it first, as whoever ends an attempt does."""
    await session.execute(select(Campaign.id).where(Campaign.id == campaign.id).with_for_update())


async def _expire(session: AsyncSession, campaign: CampaignView, at: datetime) -> int:
    """It is too late to call them, whatever they wait for."""
    late = (Contact.expires_at <= at + campaign.policy.before,)
    return await _change(
        session, campaign, late, update(Contact).values(state=ContactState.EXPIRED, why=Why.EXPIRED.value)
    )


async def _place(session: AsyncSession, campaign: CampaignView) -> int:
    """Contacts that were written without their zone get that of their number; without one, their turn tells."""
    zone = select(Number.zone).where(Number.id == Contact.number_id).scalar_subquery()
    known = select(Number.id).where(Number.id == Contact.number_id, Number.zone.is_not(None)).exists()
    return await _change(session, campaign, (Contact.zone.is_(None), known), update(Contact).values(zone=zone))


async def _change(
    session: AsyncSession, campaign: CampaignView, which: tuple[ColumnElement[bool], ...], change: Update
) -> int:
    some = select(Contact.id).where(Contact.campaign_id == campaign.id, Contact.state == ContactState.WAITING, *which)
    bite = change.where(Contact.id.in_(some.limit(_BITE))).execution_options(synchronize_session=False)
    return cast(CursorResult[Any], await session.execute(bite)).rowcount
