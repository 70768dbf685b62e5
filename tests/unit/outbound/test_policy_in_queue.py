"""The policy at work: real queue, real dispatcher, telephones that do as they are told."""

from datetime import timedelta

from queue_world import CONFIRMS, SILENT, Does, World
from sqlalchemy import select

from voicebot.outbound.policy import Policy, Why
from voicebot.outcomes import Outcome, Result
from voicebot.store import consents
from voicebot.store.tables import ConsentKind, Contact, ContactNumber, ContactState, Number

A, B, C = "+79160000001", "+79160000002", "+79160000003"
NOWHERE = Does(outcome=Outcome.INVALID_NUMBER, lasts=timedelta(seconds=2))
REFUSES = Does(result=Result.REFUSED)
HOUR = timedelta(hours=1)
TEN_MINUTES = timedelta(minutes=10)


async def add_number(world: World, contact: int, *numbers: str) -> None:
    """The contact's numbers, in order; those that are not known yet are made."""
    async with world.database.write() as session:
        for place, e164 in enumerate(numbers):
            number = await session.scalar(select(Number).where(Number.e164 == e164))
            if number is None:
                number = Number(e164=e164, zone="Europe/Moscow")
                session.add(number)
                await session.flush()
            session.add(ContactNumber(contact_id=contact, position=place, number_id=number.id))


async def consent(world: World, number: str) -> None:
    async with world.database.write() as session:
        await consents.give(session, ConsentKind.ADVERTISING, proof="анкета 12", number=number)


def dialled(world: World) -> list[str]:
    return [call.number for call in sorted(world.phones.invites, key=lambda call: call.started)]


async def test_advertising_dials_only_who_agreed(world: World) -> None:
    await world.campaign([A, B, C], policy=Policy.model_validate({"purpose": "advertising"}))
    await consent(world, B)
    await consent(world, C)
    async with world.database.write() as session:  # before its turn
        await consents.withdraw(session, ConsentKind.ADVERTISING, by="call:1", number=C)
    await world.run()
    assert dialled(world) == [B]
    ends = [(contact.state, contact.why, contact.last_outcome) for contact in await world.contacts()]
    blocked = (ContactState.GIVEN_UP, Why.NO_CONSENT, Outcome.BLOCKED)
    assert ends == [blocked, (ContactState.DONE, Why.FINISHED, Outcome.ANSWERED), blocked]


async def test_a_refusal_closes_the_number_for_surveys_but_not_for_care(world: World) -> None:
    survey = Policy.model_validate({"purpose": "survey"})
    world.phones.script = {A: [REFUSES, CONFIRMS]}
    await world.campaign([A], name="first", policy=survey)
    await world.run()
    async with world.database.read() as session:  # kept as moments are, to be compared with them
        refused = (await session.scalars(select(Number.refused_at))).one()
        assert refused is not None
        assert (await session.scalars(select(Number.e164).where(Number.refused_at == refused))).all() == [A]
    await world.campaign([A], name="second", policy=survey)
    await world.campaign([A], name="care")
    await world.run()
    whys = [contact.why for contact in await world.contacts()]
    assert whys == [Why.FINISHED, Why.REFUSED, Why.FINISHED]
    assert dialled(world) == [A, A]


async def test_a_number_that_does_not_exist_is_followed_by_the_next_at_once(world: World) -> None:
    await world.campaign([A])
    await add_number(world, 1, A, B)
    world.phones.script = {A: [NOWHERE]}
    await world.run(until=world.time.now() + timedelta(minutes=10))
    assert dialled(world) == [A, B]
    assert [contact.state for contact in await world.contacts()] == [ContactState.DONE]


async def test_numbers_take_turns_and_a_dead_one_is_left_out(world: World) -> None:
    world.time.step = TEN_MINUTES
    await world.campaign([A], policy=Policy(max_attempts=4))
    await add_number(world, 1, A, B, C)
    world.phones.script = {A: [SILENT], B: [NOWHERE], C: [SILENT]}
    await world.run()
    assert dialled(world) == [A, B, C, A]
    (contact,) = await world.contacts()
    assert (contact.state, contact.why, contact.tries) == (ContactState.GIVEN_UP, Why.EXHAUSTED, 4)


async def test_who_was_not_there_in_the_morning_is_called_in_the_afternoon_and_then_in_the_evening(
    world: World,
) -> None:
    world.time.step = TEN_MINUTES
    await world.campaign([A], policy=Policy(max_attempts=3, per_day=3))
    world.phones.script = {A: [SILENT]}
    await world.run()
    hours = [(call.started.hour, call.started.minute) for call in world.phones.invites]
    assert [(9, 30) <= hours[0] < (12, 0), hours[1][0], hours[2][0]] == [True, 12, 17]


async def test_a_named_time_goes_beyond_the_days_cap_by_one_call(world: World) -> None:
    world.time.step = TEN_MINUTES
    later = Does(result=Result.CALLBACK_REQUESTED, callback=HOUR)
    world.phones.script = {A: [later, later, later]}
    await world.campaign([A], policy=Policy(max_attempts=4))
    evening = world.time.now().replace(hour=20)
    await world.run(until=evening)
    assert len(world.phones.invites) == 3  # two a day, and one more
    async with world.database.read() as session:
        contact = await session.get_one(Contact, 1)
    assert contact.due_at > evening


async def test_who_named_a_time_after_the_visit_is_called_again_before_it(world: World) -> None:
    world.time.step = TEN_MINUTES
    world.phones.script = {A: [Does(result=Result.CALLBACK_REQUESTED, callback=6 * HOUR), CONFIRMS]}
    await world.campaign([A], expires_at=world.time.now() + 4 * HOUR)
    await world.run()
    assert [contact.state for contact in await world.contacts()] == [ContactState.DONE]


async def test_who_named_a_time_may_be_called_about_something_else_before(world: World) -> None:
    world.time.step = TEN_MINUTES
    world.phones.script = {A: [Does(result=Result.CALLBACK_REQUESTED, callback=6 * HOUR), CONFIRMS]}
    await world.campaign([A], name="first")
    await world.run(until=world.time.now() + TEN_MINUTES)
    await world.campaign([A], name="second", expires_at=world.time.now() + 4 * HOUR)
    await world.run()
    gaps = [call.started - world.phones.invites[0].ended for call in world.phones.invites[1:]]
    assert HOUR <= gaps[0] < 2 * HOUR  # the number's rest
    assert 6 * HOUR <= gaps[1] < 7 * HOUR
