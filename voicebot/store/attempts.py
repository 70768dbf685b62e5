"""Attempts, as the talk on them sees them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.errors import StoreError
from voicebot.store.tables import Attempt, AttemptContact, Campaign, Contact, Number


@dataclass(frozen=True, kw_only=True)
class CalledContact:
    """One of the contacts that an attempt calls."""

    id: int
    appointment_id: int | None
    messages: int  #: left for this contact on machines
    data: Mapping[str, Any]  #: further columns of the list


@dataclass(frozen=True, kw_only=True)
class AttemptView:
    """What a talk needs to know of its attempt."""

    id: str
    number: str  #: E.164
    campaign_id: int
    scenario: str
    policy: Mapping[str, Any]  #: the campaign's (voicebot.outbound)
    contacts: tuple[CalledContact, ...]


async def get(session: AsyncSession, attempt_id: str) -> AttemptView:
    """The attempt with its contacts, in the order in which they were listed.

    Raises:
        StoreError: there is no such attempt.
    """
    head = await session.execute(
        select(Number.e164, Campaign.id, Campaign.scenario, Campaign.policy)
        .select_from(Attempt)
        .join(Number, Number.id == Attempt.number_id)
        .join(Campaign, Campaign.id == Attempt.campaign_id)
        .where(Attempt.id == attempt_id)
    )
    row = head.one_or_none()
    if row is None:
        raise StoreError("no such attempt", place=f"attempt {attempt_id}")
    contacts = await session.scalars(
        select(Contact)
        .join(AttemptContact, AttemptContact.contact_id == Contact.id)
        .where(AttemptContact.attempt_id == attempt_id)
        .order_by(Contact.id)
    )
    called = tuple(
        CalledContact(id=one.id, appointment_id=one.appointment_id, messages=one.messages, data=one.data)
        for one in contacts
    )
    return AttemptView(
        id=attempt_id,
        number=row.e164,
        campaign_id=row.id,
        scenario=row.scenario,
        policy=row.policy,
        contacts=called,
    )
