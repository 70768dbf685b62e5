"""What the policy is told of numbers and contacts."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from queue_world import World
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.config import Clinic
from voicebot.outbound import campaigns, clinic_days, history
from voicebot.outbound.policy import History, Policy, Priority, Purpose, Try
from voicebot.outcomes import Outcome
from voicebot.store import consents, numbers
from voicebot.store.database import on_connection
from voicebot.store.tables import Attempt, CampaignState, ConsentKind, Contact, ContactNumber, Number

A, B, C = "+79160000001", "+79160000002", "+79160000003"
DAY = timedelta(days=1)


async def contact_with(session: AsyncSession, *e164: str) -> Contact:
    """The only contact, with these numbers in this order."""
    row = (await session.scalars(select(Contact))).one()
    for place, number in enumerate(e164):
        session.add(ContactNumber(contact_id=row.id, position=place, number_id=await number_id(session, number)))
    await session.flush()
    return row


async def number_id(session: AsyncSession, e164: str) -> int:
    found = await session.scalar(select(Number.id).where(Number.e164 == e164))
    if found is None:
        number = Number(e164=e164, zone="Asia/Omsk")
        session.add(number)
        await session.flush()
        return number.id
    return found


async def called(session: AsyncSession, e164: str, at: datetime, outcome: Outcome | None) -> None:
    session.add(
        Attempt(
            id=f"{e164}-{at:%m%d%H%M}",
            number_id=await number_id(session, e164),
            campaign_id=1,
            node="n",
            trunk="t",
            created_at=at,
            lease_until=at,
            ended_at=at if outcome else None,
            outcome=outcome,
        )
    )
    await session.flush()


async def past(world: World, session: AsyncSession, contact: Contact, **policy: Any) -> History:
    found = await on_connection(session, history.of_contacts, [contact.id], Policy(**policy), world.time.now())
    return found[contact.id]


async def test_calls_of_a_month_count_as_far_as_the_subscriber_noticed_them(world: World) -> None:
    await world.campaign([A])
    now = world.time.now()
    async with world.database.write() as session:
        contact = await contact_with(session, A)
        await called(session, A, now - 32 * DAY, Outcome.BUSY)
        await called(session, A, now - 30 * DAY, Outcome.NO_ANSWER)
        await called(session, A, now - 2 * DAY, Outcome.CONGESTION)
        await called(session, A, now - DAY, Outcome.MACHINE)
        await called(session, A, now, None)
        number = (await past(world, session, contact)).number
    assert number.calls == (now - 30 * DAY, now - DAY, now)
    assert number.missed == (now - DAY,)  # a month ago says nothing of today's habits


async def test_the_numbers_follow_each_other_from_the_one_to_be_called(world: World) -> None:
    await world.campaign([B])
    async with world.database.write() as session:
        contact = await contact_with(session, A, B, C)
        (await session.get_one(ContactNumber, (contact.id, 2))).dead = True
        found = await past(world, session, contact)
        ids = [await number_id(session, number) for number in (B, C, A)]
    assert [number.id for number in found.numbers] == ids
    assert [number.dead for number in found.numbers] == [False, True, False]


async def test_a_contact_of_an_older_program_has_its_one_number(world: World) -> None:
    await world.campaign([A])
    async with world.database.write() as session:
        found = await past(world, session, await contact_with(session))
    assert len(list(found.numbers)) == 1


async def test_refusals_and_do_not_call_of_every_number_are_told(world: World) -> None:
    await world.campaign([A])
    async with world.database.write() as session:
        contact = await contact_with(session, A, B)
        (await session.get_one(Number, await number_id(session, A))).refused_at = world.time.now()
        await numbers.do_not_call(session, B, by="test")
    async with world.database.read() as session:
        found = await past(world, session, contact)
    assert [number.refused_at for number in found.numbers] == [world.time.now(), None]
    assert [number.do_not_call for number in found.numbers] == [False, True]


@pytest.mark.parametrize(
    ("consent", "holds"),
    [
        ({"number": A}, True),
        ({"number": A, "patient_id": 1}, True),
        ({"number": A, "patient_id": 2}, False),  # somebody else on the same telephone
        ({"number": B}, False),
        ({"patient_id": 1}, False),  # the law asks for the subscriber's, of a number
    ],
)
async def test_a_consent_is_that_of_the_number_and_of_its_patient(
    world: World, consent: dict[str, Any], holds: bool
) -> None:
    await world.campaign([A, C])
    async with world.database.write() as session:
        await consents.give(session, ConsentKind.ADVERTISING, proof="форма 7", **consent)
        contact = await session.get_one(Contact, 1)
        assert contact.patient_id == 1
        assert (await past(world, session, contact, purpose=Purpose.ADVERTISING)).number.consent is holds
        assert not (await past(world, session, contact)).number.consent  # nobody asks for care


@pytest.mark.parametrize("kind", [ConsentKind.RECORDING, ConsentKind.ADVERTISING])
async def test_another_consent_or_one_withdrawn_is_none(world: World, kind: ConsentKind) -> None:
    await world.campaign([A])
    async with world.database.write() as session:
        await consents.give(session, kind, proof="форма 7", number=A)
        await consents.withdraw(session, ConsentKind.ADVERTISING, by="call:1", number=A)
        found = await past(world, session, await session.get_one(Contact, 1), purpose=Purpose.ADVERTISING)
    assert not found.number.consent


async def test_a_contact_that_waits_for_its_named_time_says_so_until_it_is_called(world: World) -> None:
    await world.campaign([A])
    async with world.database.write() as session:
        contact = await session.get_one(Contact, 1)
        assert not (await past(world, session, contact)).names_time
        contact.priority = Priority.CALLBACK
        assert (await past(world, session, contact)).names_time
        last = {contact.id: Try(outcome=Outcome.BUSY, ended_at=world.time.now())}
        found = await on_connection(session, history.of_contacts, [contact.id], Policy(), world.time.now(), last)
    assert not found[contact.id].names_time


async def test_the_clinics_days_reach_campaigns_that_may_still_call(world: World) -> None:
    clinic = Clinic(closed_days=(date(2026, 12, 30),))
    await world.campaign([A], name="runs")
    await world.campaign([B], name="stopped")
    async with world.database.write() as session:
        await campaigns.stop(session, "stopped")
    async with world.database.write() as session:
        assert await clinic_days.observe(session, clinic) == 1
        assert await clinic_days.observe(session, clinic) == 0
    async with world.database.read() as session:
        assert (await campaigns.find(session, "runs")).policy.closed_days == (date(2026, 12, 30),)
        stopped = await campaigns.find(session, "stopped")
    assert (stopped.state, stopped.policy.closed_days) == (CampaignState.STOPPED, ())
    async with world.database.write() as session:
        assert await clinic_days.observe(session, Clinic()) == 1  # a day taken back is a day like any other
