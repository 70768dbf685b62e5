"""The plan of a campaign: what the queue is going to do."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from queue_world import BUSY, SILENT, World

from voicebot.errors import CampaignError
from voicebot.outbound import plan
from voicebot.outbound.plan import Plan, Wait
from voicebot.outbound.policy import Policy, Priority, Why
from voicebot.store import numbers
from voicebot.store.tables import Contact

MOSCOW = ZoneInfo("Europe/Moscow")
A, B, C = "+79160000001", "+79160000002", "+79160000003"
HOUR = timedelta(hours=1)


async def made(world: World, *, limit: int = 20, at: datetime | None = None, name: str = "c") -> Plan:
    async with world.database.read() as session:
        return await plan.make(session, name, at=at or world.time.now(), zone=MOSCOW, limit=limit)


async def test_a_fresh_list_is_called_now_in_its_order(world: World) -> None:
    await world.campaign([A, B, C])
    now = world.time.now()
    found = await made(world, limit=2)
    assert [(one.contact, one.when, one.why) for one in found.next] == [(1, now, Why.FIRST), (2, now, Why.FIRST)]
    assert found.waits == {Wait.LINE: 3}
    assert found.hours == {now.replace(minute=0): 3}
    assert found.days == {now.replace(hour=0, minute=0): 3}


async def test_people_and_numbers_cannot_be_read_from_it(world: World) -> None:
    await world.campaign([A])
    one = (await made(world)).next[0]
    assert (one.patient, one.number) == ("С. И.", "+7916*****01")


async def test_who_asked_for_a_time_goes_first_and_repeats_last(world: World) -> None:
    await world.campaign([A, B, C])
    now = world.time.now()
    async with world.database.write() as session:
        (await session.get_one(Contact, 1)).priority = Priority.REPEAT
        waits = await session.get_one(Contact, 3)
        waits.priority, waits.why = Priority.CALLBACK, Why.CALLBACK
    assert [one.contact for one in (await made(world)).next] == [3, 2, 1]
    async with world.database.write() as session:
        (await session.get_one(Contact, 3)).due_at = now + HOUR
    found = await made(world)
    assert [one.contact for one in found.next] == [2, 1, 3]
    assert found.waits == {Wait.LINE: 2, Wait.NAMED_TIME: 1}
    assert found.next[-1].because == "Просил позвонить в это время"


async def test_every_zone_has_its_own_hours(world: World) -> None:
    await world.campaign([A], zone="Europe/Moscow")
    await world.campaign([B], name="east", zone="Asia/Vladivostok")
    evening = world.time.now().replace(hour=15)
    assert (await made(world, at=evening)).next[0].when == evening
    east = await made(world, at=evening, name="east")  # ten at night there
    assert east.next[0].when == datetime(2026, 11, 24, 9, 10, tzinfo=ZoneInfo("Asia/Vladivostok"))
    assert east.next[0].because == "Вне часов обзвона: до 24.11.2026 09:10"
    assert east.waits == {Wait.HOURS: 1}


async def test_who_forbade_calls_meanwhile_is_shown_as_not_called(world: World) -> None:
    await world.campaign([A, B])
    async with world.database.write() as session:
        await numbers.do_not_call(session, A, by="test")
    first = next(one for one in (await made(world)).next if one.contact == 1)
    assert (first.when, first.why) == (None, Why.DO_NOT_CALL)


async def test_the_plan_is_what_then_happens(world: World) -> None:
    await world.campaign([A, B, C], policy=Policy(max_attempts=2))
    world.phones.script = {A: [SILENT], B: [BUSY]}
    planned = [one.number[-2:] for one in (await made(world)).next]
    await world.run(until=world.time.now() + 12 * timedelta(minutes=1))
    assert [call.number[-2:] for call in sorted(world.phones.invites, key=lambda call: call.started)] == planned
    world.time.step = timedelta(minutes=10)
    found = await made(world)
    assert found.waits == {Wait.PAUSE: 2}
    expected = {one.number[-2:]: one.when for one in found.next}
    world.phones.invites.clear()
    await world.run()
    for call in world.phones.invites:
        wanted = expected[call.number[-2:]]
        assert wanted is not None
        assert wanted <= call.started <= wanted + 2 * world.time.step


async def test_an_unknown_campaign_is_an_error(world: World) -> None:
    with pytest.raises(CampaignError, match="no such campaign"):
        await made(world, name="nobody")
