import asyncio
import random
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import count, pairwise
from pathlib import Path
from typing import Any

import pytest
from queue_world import BUSY, CONFIRMS, HANGS_UP, SILENT, Does, Phones, Time, World, wait_for
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.errors import StoreError
from voicebot.outbound import campaigns, queue
from voicebot.outbound.lines import Idle
from voicebot.outbound.policy import Policy
from voicebot.outcomes import Outcome, Result
from voicebot.store import numbers as store_numbers
from voicebot.store import schema
from voicebot.store.database import Database
from voicebot.store.tables import CampaignState, Contact, ContactState

HOUR = timedelta(hours=1)
ALL_DAY = {"windows": {"mon-sun": "00:00-23:59"}}


def phone(no: int) -> str:
    return f"+7916000{no:04}"


async def test_everybody_is_called_once_when_everybody_confirms(world: World) -> None:
    await world.campaign((phone(no) for no in range(12)), policy=Policy(calls_per_second=50))
    await world.run()
    assert sorted(invite.number for invite in world.phones.invites) == [phone(no) for no in range(12)]
    assert {contact.state for contact in await world.contacts()} == {ContactState.DONE}
    assert await world.state() is CampaignState.FINISHED
    assert world.phones.most_at_once == 2


async def test_a_campaign_takes_no_more_lines_than_it_may(world: World) -> None:
    await world.campaign((phone(no) for no in range(4)), policy=Policy(lines=1))
    await world.run(world.dispatcher(lines=4))
    assert world.phones.most_at_once == 1
    assert len(world.phones.invites) == 4


async def test_the_busy_are_called_again_after_everybody_had_their_call(world: World) -> None:
    world.phones.script = {phone(0): [BUSY, CONFIRMS]}
    policy = Policy(pauses={Outcome.BUSY: timedelta(0)}, lines=1)
    await world.campaign((phone(no) for no in range(6)), policy=policy)
    await world.run()
    called = [invite.number for invite in world.phones.invites]
    assert called == [phone(0), phone(1), phone(2), phone(3), phone(4), phone(5), phone(0)]
    assert {contact.state for contact in await world.contacts()} == {ContactState.DONE}


async def test_who_never_answers_is_given_up_after_the_last_try(world: World) -> None:
    world.phones.script = {phone(0): [SILENT]}
    policy = Policy.model_validate(ALL_DAY | {"max_attempts": 3, "per_day": 9})
    await world.campaign([phone(0)], policy=policy)
    await world.run()
    assert len(world.phones.invites) == 3
    assert world.phones.shortest_gap() >= 2 * HOUR
    (contact,) = await world.contacts()
    assert (contact.state, contact.why, contact.tries) == (ContactState.GIVEN_UP, "no_tries_left", 3)


async def test_an_unfinished_talk_is_repeated_on_its_own_count(world: World) -> None:
    world.phones.script = {phone(0): [HANGS_UP], phone(1): [HANGS_UP, CONFIRMS]}
    policy = Policy.model_validate(ALL_DAY | {"max_unfinished": 1, "max_attempts": 1})
    await world.campaign([phone(0), phone(1)], policy=policy)
    await world.run()
    assert [len(world.phones.calls_to(phone(no))) for no in (0, 1)] == [2, 2]
    assert [contact.state for contact in await world.contacts()] == [ContactState.GIVEN_UP, ContactState.DONE]


async def test_who_names_a_time_is_called_then(world: World) -> None:
    later = Does(result=Result.CALLBACK_REQUESTED, callback=2 * HOUR)
    world.phones.script = {phone(0): [later, CONFIRMS]}
    await world.campaign([phone(0)])
    await world.run()
    first, second = world.phones.invites
    assert first.started + 2 * HOUR < second.started < first.ended + 2 * HOUR + timedelta(minutes=5)


async def test_two_patients_of_one_number_are_spoken_about_in_one_call(world: World) -> None:
    await world.campaign([phone(0), phone(1), phone(0)])
    await world.run()
    (call,) = world.phones.calls_to(phone(0))
    assert len(call.contacts) == 2
    assert {contact.state for contact in await world.contacts()} == {ContactState.DONE}


async def test_two_campaigns_share_a_number_without_calling_it_twice_in_a_row(world: World) -> None:
    await world.campaign([phone(0)], name="a")
    await world.campaign([phone(0)], name="b")
    await world.run()
    assert len(world.phones.invites) == 2
    assert world.phones.shortest_gap() >= Policy().rest


async def test_the_third_call_to_a_number_waits_for_the_next_day(world: World) -> None:
    world.phones.script = {phone(0): [BUSY]}
    world.time.step = timedelta(minutes=15)
    await world.campaign([phone(0)], policy=Policy(max_attempts=3))
    await world.run()
    days = [invite.started.astimezone(world.time.moment.tzinfo).date().day for invite in world.phones.invites]
    assert days == [23, 23, 24]


async def test_nobody_is_called_outside_the_hours_of_their_own_zone(world: World) -> None:
    await world.campaign([phone(0)], name="east", zone="Asia/Kamchatka")  # 18:30 there
    await world.campaign([phone(1)], name="west", zone="Europe/Kaliningrad")  # 08:30 there
    await world.run()
    west = world.phones.calls_to(phone(1))[0]
    assert world.phones.calls_to(phone(0))[0].started < west.started
    assert west.started.astimezone(world.time.moment.tzinfo).strftime("%H:%M") == "10:10"


async def test_a_whole_list_waits_for_the_morning_without_being_looked_at(world: World) -> None:
    world.time.moment = world.time.moment.replace(hour=20)
    await world.campaign(phone(no) for no in range(300))
    evening = world.time.moment
    dispatcher = world.dispatcher()
    await world.run(dispatcher, until=evening + 2 * timedelta(minutes=1))
    assert world.phones.invites == []
    assert {contact.due_at for contact in await world.contacts()} == {evening}
    world.time.moment = world.time.moment.replace(day=24, hour=9, minute=9, second=0)
    await world.run(until=world.time.moment + timedelta(minutes=5))
    opening = world.time.moment.replace(minute=10, second=0, microsecond=0)
    assert min(invite.started for invite in world.phones.invites) >= opening


async def test_in_the_morning_those_come_first_whose_last_chance_it_is(world: World) -> None:
    world.time.moment = world.time.moment.replace(hour=19, minute=49)
    evening = world.time.moment.replace(day=24)
    await world.campaign((phone(no) for no in range(6)), policy=Policy(lines=1))
    async with world.database.write() as session:
        await session.execute(update(Contact).where(Contact.id >= 5).values(expires_at=evening))
    world.time.step = timedelta(minutes=10)
    await world.run()
    next_day = [invite.number for invite in world.phones.invites if invite.started.day == 24]
    assert sorted(next_day[:2]) == [phone(4), phone(5)]


async def test_a_number_without_a_zone_or_with_a_refusal_is_not_called(world: World) -> None:
    await world.campaign([phone(0)], name="a", zone=None)
    await world.campaign([phone(1)], name="b")
    async with world.database.write() as session:
        await store_numbers.do_not_call(session, phone(1), by="dnc list")
    await world.run()
    assert world.phones.invites == []
    assert [contact.why for contact in await world.contacts()] == ["unknown_zone", "do_not_call"]
    assert await world.state("a") is CampaignState.FINISHED


async def test_who_can_only_be_called_too_late_is_not_called(world: World) -> None:
    await world.campaign([phone(0)], expires_at=world.time.moment)
    await world.run()
    assert world.phones.invites == []
    assert [contact.state for contact in await world.contacts()] == [ContactState.EXPIRED]


async def test_calls_keep_to_the_rate_of_the_trunk(world: World) -> None:
    await world.campaign((phone(no) for no in range(4)), policy=Policy(lines=4))
    await world.run(world.dispatcher(lines=4, calls_per_second=0.05))
    starts = sorted(invite.started for invite in world.phones.invites)
    assert all(later - earlier >= timedelta(seconds=20) for earlier, later in pairwise(starts))


async def test_a_call_that_fails_inside_the_robot_harms_no_other(world: World) -> None:
    world.phones.script = {phone(0): [Does(error=RuntimeError("the robot's fault")), CONFIRMS]}
    await world.campaign([phone(0), phone(1)])
    await world.run()
    assert [attempt.outcome for attempt in await world.attempts()].count(Outcome.FAILED) == 1
    assert {contact.state for contact in await world.contacts()} == {ContactState.DONE}


async def test_a_paused_campaign_lets_calls_end_and_starts_no_new_ones(world: World) -> None:
    await world.campaign(phone(no) for no in range(8))
    dispatcher = world.dispatcher()
    running = asyncio.create_task(dispatcher.run())
    await wait_for(lambda: dispatcher.calls > 0)
    async with world.database.write() as session:
        await campaigns.pause(session, "c")
    so_far = dispatcher.calls + len(world.phones.invites)
    morning = world.time.moment
    await wait_for(lambda: world.time.moment >= morning + HOUR)
    assert len(world.phones.invites) <= so_far + 2  # one claim may have been under way
    assert ContactState.CALLING not in {contact.state for contact in await world.contacts()}
    async with world.database.write() as session:
        await campaigns.start(session, "c")
    await wait_for(world.has_ended)
    dispatcher.stop()
    await running
    assert len(world.phones.invites) == 8


async def test_a_cancelled_dispatcher_writes_down_what_it_cut_off(world: World) -> None:
    await world.campaign([phone(0)])
    dispatcher = world.dispatcher()
    running = asyncio.create_task(dispatcher.run())
    await wait_for(lambda: world.phones.ringing > 0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert [attempt.outcome for attempt in await world.attempts()] == [Outcome.CANCELLED]
    assert [contact.state for contact in await world.contacts()] == [ContactState.WAITING]


async def test_while_the_store_is_silent_nobody_is_called_and_afterwards_everybody(
    tmp_path: Path, time: Time, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "store.db"
    schema.upgrade(f"sqlite:///{path}")
    database = Database(f"sqlite:///{path}", timeout=timedelta(seconds=1.5), clock=time.now)
    world = World(database=database, time=time, phones=Phones(database=database, time=time))
    await world.campaign(phone(no) for no in range(3))
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    dispatcher = world.dispatcher()
    running = asyncio.create_task(dispatcher.run())
    await wait_for(lambda: "no new calls" in caplog.text)
    assert not running.done()
    assert dispatcher.calls == 0
    holder.execute("ROLLBACK")
    holder.close()
    await wait_for(world.has_ended)
    dispatcher.stop()
    await running
    await database.close()
    assert sorted(invite.number for invite in world.phones.invites) == [phone(no) for no in range(3)]


class LosesAnswers(Database):
    """A store that commits, but whose answer does not come back when told so."""

    loses = False

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        async with super().write() as session:
            yield session
        if self.loses:
            self.loses = False
            raise StoreError("the answer to a commit was lost")


async def test_a_claim_whose_commit_got_no_answer_does_not_block_its_number(
    url: str, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema.upgrade(url)
    database = LosesAnswers(url, timeout=timedelta(seconds=20), clock=time.now)
    world = World(database=database, time=time, phones=Phones(database=database, time=time))
    await world.campaign([phone(0), phone(1)])
    claim, claims = queue.claim, count()

    async def first_answer_lost(*args: Any, **options: Any) -> queue.Claim | Idle:
        claimed = await claim(*args, **options)
        database.loses = isinstance(claimed, queue.Claim) and next(claims) == 0
        return claimed

    monkeypatch.setattr(queue, "claim", first_answer_lost)
    await world.run()
    attempts = await world.attempts()
    await database.close()
    assert sorted(invite.number for invite in world.phones.invites) == [phone(0), phone(1)]
    assert sorted(str(attempt.outcome) for attempt in attempts) == ["answered", "answered", "not_dialled"]


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_phones_do_nobody_is_forgotten_and_nobody_called_twice(world: World, seed: int) -> None:
    dice = random.Random(seed)
    world.time.step = timedelta(minutes=10)
    behaviours = [
        CONFIRMS,
        BUSY,
        SILENT,
        HANGS_UP,
        Does(outcome=Outcome.CONGESTION),
        Does(outcome=Outcome.INVALID_NUMBER),
        Does(result=Result.CALLBACK_REQUESTED, callback=HOUR),
        Does(error=RuntimeError("fault")),
    ]
    world.phones.script = {phone(no): [*dice.choices(behaviours, k=4), CONFIRMS] for no in range(15)}
    policy = Policy.model_validate(ALL_DAY | {"per_day": 20, "per_week": 40, "per_month": 99, "lines": 3})
    for name in ("a", "b"):
        await world.campaign((phone(dice.randrange(15)) for _ in range(15)), name=name, policy=policy)
    await world.run(world.dispatcher(lines=4))
    ended = {ContactState.DONE, ContactState.GIVEN_UP}
    assert {contact.state for contact in await world.contacts()} <= ended
    called = {contact for invite in world.phones.invites for contact in invite.contacts}
    unreachable = [contact for contact in await world.contacts() if contact.id not in called]
    assert all(contact.why == "invalid_number" for contact in unreachable)
    assert world.phones.shortest_gap() >= timedelta(minutes=5)  # the shortest pause of the policy
    assert world.phones.most_at_once <= 4
    assert all(attempt.ended_at for attempt in await world.attempts())


async def test_two_robots_on_one_store_call_everybody_once(world: World, url: str) -> None:
    await world.campaign((phone(no) for no in range(20)), policy=Policy(lines=2))
    other_database = Database(url, timeout=timedelta(seconds=20), clock=world.time.now)
    other = World(database=other_database, time=world.time, phones=Phones(database=other_database, time=world.time))
    async with asyncio.TaskGroup() as group:
        group.create_task(world.run(world.dispatcher(node="n1")))
        group.create_task(other.run(other.dispatcher(node="n2")))
    await other_database.close()
    called = [invite.number for phones in (world.phones, other.phones) for invite in phones.invites]
    assert sorted(called) == [phone(no) for no in range(20)]
    assert world.phones.invites and other.phones.invites
