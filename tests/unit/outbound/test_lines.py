"""Lines while a dispatcher runs: stopped, resized, shared with another robot, on a broken trunk."""

import asyncio
from datetime import datetime, timedelta

import pytest
from queue_world import CONFIRMS, Does, World, open_call, wait_for
from sqlalchemy import func, select, update

from voicebot.config import Trunk
from voicebot.errors import CampaignError
from voicebot.outbound import campaigns, lines, queue
from voicebot.outbound.breaker import THRESHOLD
from voicebot.outbound.dispatcher import Dispatcher
from voicebot.outbound.lines import Hold, Idle
from voicebot.outbound.policy import Policy
from voicebot.outbound.ports import DialEnd, Dialling
from voicebot.outbound.queue import Claim
from voicebot.outcomes import Outcome
from voicebot.store.tables import CampaignState, Contact, ContactState, Line, Number

MINUTE = timedelta(minutes=1)
FAST = Policy(lines=5, calls_per_second=50)


def phone(no: int) -> str:
    return f"+7916000{no:04}"


class Ticking:
    """A clock that goes a little with every look at it."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        self.moment += timedelta(milliseconds=1)
        return self.moment


class Engaged:
    """Everybody is, at once."""

    def __init__(self, clock: Ticking) -> None:
        self.clock = clock
        self.numbers: list[str] = []

    async def dial(self, dialling: Dialling) -> DialEnd:
        self.numbers.append(dialling.number)
        return DialEnd(outcome=Outcome.BUSY, ended_at=self.clock.now())


async def test_a_line_that_gets_free_is_filled_without_a_look_at_the_clock(world: World) -> None:
    async def for_ever(_: float) -> None:
        await asyncio.Event().wait()

    await world.campaign((phone(no) for no in range(5)), policy=Policy(lines=5, calls_per_second=1e6, max_attempts=1))
    clock = Ticking(world.time.now())
    phones, trunk = Engaged(clock), Trunk(name="t", lines=1, calls_per_second=1e6)
    dispatcher = Dispatcher(world.database, phones, clock, node="n1", trunks=[trunk], sleep=for_ever)
    async with asyncio.TaskGroup() as group:
        group.create_task(dispatcher.run())
        await wait_for(world.has_ended)
        dispatcher.stop()
    assert phones.numbers == [phone(no) for no in range(5)]


async def test_an_overloaded_robot_calls_one_after_the_other(world: World) -> None:
    async def for_ever(_: float) -> None:
        await asyncio.Event().wait()

    class Counted(Engaged):
        async def dial(self, dialling: Dialling) -> DialEnd:
            under_way.append(dispatcher.calls)
            return await super().dial(dialling)

    under_way: list[int] = []
    await world.campaign((phone(no) for no in range(4)), policy=Policy(lines=5, calls_per_second=1e6, max_attempts=1))
    clock = Ticking(world.time.now())
    phones, trunk = Counted(clock), Trunk(name="t", lines=5, calls_per_second=1e6)
    dispatcher = Dispatcher(
        world.database, phones, clock, node="n1", trunks=[trunk], sleep=for_ever, may_call=lambda others: others == 0
    )
    async with asyncio.TaskGroup() as group:
        group.create_task(dispatcher.run())
        await wait_for(world.has_ended)
        dispatcher.stop()
    assert under_way == [1] * 4


async def test_stopping_hangs_up_what_rings_and_lets_talks_go_on(world: World) -> None:
    world.phones.script = {phone(no): [Does(lasts=10 * MINUTE, result=CONFIRMS.result)] for no in range(4)}
    await world.campaign((phone(no) for no in range(4)), policy=FAST)
    dispatcher = world.dispatcher(lines=2)
    running = asyncio.create_task(dispatcher.run())
    await wait_for(lambda: world.phones.ringing == 2)
    talking, ringing = (attempt.id for attempt in await world.attempts())
    async with world.database.write() as session:
        await open_call(session, talking, phone(0), world.time.now())
        await campaigns.stop(session, "c")
    await wait_for(lambda: dispatcher.calls == 0)
    dispatcher.stop()
    await running
    ended = {attempt.id: attempt.outcome for attempt in await world.attempts()}
    assert ended == {talking: Outcome.ANSWERED, ringing: Outcome.CANCELLED}
    assert {contact.state for contact in await world.contacts()} <= {ContactState.WITHDRAWN, ContactState.DONE}


async def test_a_campaign_is_resized_while_it_runs(world: World) -> None:
    world.phones.script = {phone(no): [Does(lasts=20 * MINUTE)] for no in range(9)}
    await world.campaign((phone(no) for no in range(9)), policy=Policy(lines=1, calls_per_second=50))
    dispatcher = world.dispatcher(lines=4)
    running = asyncio.create_task(dispatcher.run())
    await wait_for(lambda: world.phones.ringing == 1)
    async with world.database.write() as session:
        await campaigns.resize(session, "c", lines=3)
    await wait_for(lambda: world.phones.ringing == 3)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert world.phones.most_at_once == 3


async def test_a_size_that_is_none_is_refused(world: World) -> None:
    await world.campaign([phone(0)])
    with pytest.raises(CampaignError, match="lines"):
        async with world.database.write() as session:
            await campaigns.resize(session, "c", lines=0)


async def test_lines_of_a_trunk_and_of_a_campaign_are_counted_over_all_robots(world: World) -> None:
    campaign = await world.campaign((phone(no) for no in range(5)), policy=FAST)
    other = await world.campaign([phone(9)], name="d", policy=Policy(lines=1, calls_per_second=50))
    for no, node in enumerate(["n1", "n2", "n1"]):
        assert isinstance(await world.claim(campaign, f"a{no}", node=node, lines=3), Claim)
        world.time.moment += timedelta(seconds=1)
    assert await world.claim(campaign, "a3", lines=3) == Idle(why=Hold.TRUNK_LINES)
    assert isinstance(await world.claim(other, "a4", lines=4), Claim)
    world.time.moment += timedelta(seconds=1)
    assert await world.claim(other, "a5", node="n2", lines=9) == Idle(why=Hold.CAMPAIGN_LINES)
    async with world.database.read() as session:
        assert (await lines.look(session)).taken == {campaign.id: 3, other.id: 1}


async def test_the_rate_is_kept_over_all_robots(world: World) -> None:
    campaign = await world.campaign((phone(no) for no in range(3)), policy=Policy(lines=5, calls_per_second=0.5))
    assert isinstance(await world.claim(campaign, "a0", node="n1"), Claim)
    again = world.time.now() + timedelta(seconds=2)
    world.time.moment += timedelta(seconds=1)
    assert await world.claim(campaign, "a1", node="n2") == Idle(why=Hold.CAMPAIGN_RATE, until=again)
    world.time.moment -= timedelta(hours=1)  # a clock that is set back stops nobody, but its number waits
    assert (await world.claim(campaign, "a1", node="n2")) == Idle(why=Hold.NOBODY)
    world.time.moment += timedelta(hours=1, seconds=1)
    assert isinstance(await world.claim(campaign, "a1", node="n2"), Claim)


async def test_a_broken_trunk_rests_takes_no_tries_and_recovers_by_one_probe(world: World) -> None:
    refused = Does(outcome=Outcome.CONGESTION, lasts=timedelta(seconds=1))
    world.phones.script = {phone(no): [refused, CONFIRMS] for no in range(8)}
    world.time.step = timedelta(seconds=10)
    await world.campaign((phone(no) for no in range(8)), policy=FAST)
    await world.run(world.dispatcher(lines=2))
    assert {contact.state for contact in await world.contacts()} == {ContactState.DONE}
    assert {contact.tries for contact in await world.contacts()} == {0}
    starts = sorted(invite.started for invite in world.phones.invites)
    # It broke after the last of as many calls; one more may have been under way, the next is the probe.
    assert starts[THRESHOLD + 1] - starts[THRESHOLD - 1] >= timedelta(seconds=30)


async def test_what_the_network_refuses_takes_no_try_before_and_after_the_trunk_is_given_a_rest(world: World) -> None:
    campaign = await world.campaign((phone(no) for no in range(THRESHOLD + 1)), policy=FAST)
    for no in range(THRESHOLD + 1):
        claim = await world.claim(campaign, f"a{no}")
        assert isinstance(claim, Claim)
        world.time.moment += timedelta(seconds=1)
        async with world.database.write() as session:
            await queue.finish(session, f"a{no}", DialEnd(outcome=Outcome.FAILED, ended_at=world.time.now()))
        world.time.moment += MINUTE
    assert [contact.tries for contact in await world.contacts()] == [0] * (THRESHOLD + 1)
    async with world.database.read() as session:
        [trunk] = await lines.seen(session)
    assert (trunk.failures, trunk.taken) == (THRESHOLD + 1, 0)
    assert trunk.as_json()["name"] == "t"


async def test_behind_many_who_may_not_be_called_the_others_are_found(world: World) -> None:
    await world.campaign((phone(no) for no in range(260)), policy=FAST)
    async with world.database.write() as session:
        await session.execute(update(Number).where(Number.id <= 250).values(do_not_call=True))
    await world.run(world.dispatcher(lines=5), until=world.time.now() + timedelta(hours=1))
    assert sorted(invite.number for invite in world.phones.invites) == [phone(no) for no in range(250, 260)]
    ended = [contact.why for contact in await world.contacts() if contact.state is ContactState.GIVEN_UP]
    assert ended == ["do_not_call"] * 250
    assert await world.state() is CampaignState.FINISHED


async def test_contacts_without_their_zone_are_called_all_the_same(world: World) -> None:
    await world.campaign((phone(no) for no in range(5)), policy=FAST)
    async with world.database.write() as session:
        await session.execute(update(Contact).values(zone=None))
    await world.run()
    assert {(contact.state, contact.zone) for contact in await world.contacts()} == {
        (ContactState.DONE, "Europe/Moscow")
    }


async def test_a_campaign_whose_last_contacts_ended_elsewhere_is_finished(world: World) -> None:
    await world.campaign([phone(0)], policy=FAST)
    async with world.database.write() as session:
        await session.execute(update(Contact).values(state=ContactState.WITHDRAWN, why="forgotten"))
    await world.run()
    assert (world.phones.invites, await world.state()) == ([], CampaignState.FINISHED)


async def test_of_many_contacts_of_one_number_ten_are_spoken_about_in_a_call(world: World) -> None:
    await world.campaign([phone(0)] * 12, policy=FAST)
    await world.run()
    assert [len(invite.contacts) for invite in world.phones.invites] == [10, 2]
    assert world.phones.shortest_gap() >= FAST.rest


async def test_no_line_stays_taken_when_everything_has_ended(world: World) -> None:
    world.phones.script = {phone(0): [Does(error=RuntimeError("fault")), CONFIRMS]}
    await world.campaign((phone(no) for no in range(4)), policy=FAST)
    await world.run(world.dispatcher(lines=3))
    async with world.database.read() as session:
        assert await session.scalar(select(func.count(Line.attempt_id))) == 0
        assert await session.scalar(select(func.count()).select_from(Line)) == 3


async def test_a_trunk_with_fewer_lines_than_before_takes_no_more_than_it_has(world: World) -> None:
    campaign = await world.campaign((phone(no) for no in range(4)), policy=FAST)
    async with world.database.write() as session:
        await lines.register(session, [Trunk(name="t", lines=4, calls_per_second=50)])
    for no in range(2):
        assert isinstance(await world.claim(campaign, f"a{no}", lines=2), Claim)
        world.time.moment += timedelta(seconds=1)
    assert await world.claim(campaign, "a2", lines=2) == Idle(why=Hold.TRUNK_LINES)
