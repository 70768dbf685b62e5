"""One call now."""

from datetime import timedelta

import pytest
from queue_world import CONFIRMS, SILENT, Does, World

from voicebot.config import Clinic
from voicebot.dialog import catalog
from voicebot.errors import CampaignError, ListError
from voicebot.outbound import one_call, single
from voicebot.outbound.campaigns import CampaignView
from voicebot.outbound.policy import Policy
from voicebot.outcomes import Outcome, Result
from voicebot.store import numbers
from voicebot.store.tables import CampaignState

ANNA = "+79160000000"
LIST = catalog.find("confirmation").list
NIGHT = timedelta(hours=12)  # after half past nine in the morning


async def queue_up(world: World, *, anyway: bool = False) -> CampaignView:
    row = single.row(LIST, {"phone": ANNA}, clinic=Clinic(), now=world.time.now())
    async with world.database.write() as session:
        return await one_call.queue_up(session, scenario="confirmation", policy=Policy(), row=row, anyway=anyway)


async def test_a_call_is_one_attempt_whatever_becomes_of_it(world: World) -> None:
    for does in (CONFIRMS, SILENT, Does(result=Result.CALLBACK_REQUESTED), Does(result=Result.HUNG_UP)):
        world.phones.script[ANNA] = [does]
        before = len(world.phones.invites)
        campaign = await queue_up(world, anyway=True)
        await world.run()
        assert len(world.phones.invites) == before + 1
        async with world.database.read() as session:
            seen = await one_call.look(session, campaign)
        assert seen.has_ended and seen.attempt is not None and seen.attempt.outcome is does.outcome
        assert list(seen.results) == ([does.result] if does.result else [])


async def test_before_a_robot_takes_it_up_there_is_no_attempt(world: World) -> None:
    campaign = await queue_up(world)
    async with world.database.read() as session:
        seen = await one_call.look(session, campaign)
    assert seen.attempt is None and not seen.has_ended


async def test_outside_the_policys_hours_it_is_refused_with_the_next_opening(world: World) -> None:
    world.time.moment += NIGHT
    with pytest.raises(CampaignError, match=r"2026-11-24 06:10 UTC.*--now-anyway"):
        await queue_up(world)
    await world.run()
    assert world.phones.invites == []


async def test_anyway_calls_at_night_and_again_at_once(world: World) -> None:
    world.time.moment += NIGHT
    for _ in range(4):  # more than two a day
        await queue_up(world, anyway=True)
        await world.run()
    assert [invite.number for invite in world.phones.invites] == [ANNA] * 4


async def test_who_asked_not_to_be_called_is_not_called_even_so(world: World) -> None:
    async with world.database.write() as session:
        await numbers.do_not_call(session, ANNA, by="test")
    with pytest.raises(CampaignError, match="asked not to be called"):
        await queue_up(world, anyway=True)


async def test_a_call_that_nobody_waits_for_is_not_dialled(world: World) -> None:
    campaign = await queue_up(world)
    async with world.database.write() as session:
        await one_call.close(session, campaign)
    await world.run()
    assert world.phones.invites == []
    async with world.database.write() as session:
        await one_call.close(session, campaign)  # harmless when it has ended


async def test_a_finished_call_stays_finished(world: World) -> None:
    campaign = await queue_up(world)
    await world.run()
    async with world.database.write() as session:
        await one_call.close(session, campaign)
        [state] = [one.state for one in await one_call.campaigns.every(session)]
    assert state is CampaignState.FINISHED
    assert [invite.number for invite in world.phones.invites] == [ANNA]


async def test_an_invented_visit_is_another_one_a_minute_later(world: World) -> None:
    now = world.time.now()
    rows = [single.row(LIST, {}, clinic=Clinic(), now=now + timedelta(minutes=no)) for no in range(3)]
    visits = [row.visit.starts_at for row in rows if row.visit]
    assert len(set(visits)) == 3
    assert {visit.date() for visit in visits} == {(now + timedelta(days=1)).date()}
    assert all(8 <= visit.hour < 18 for visit in visits)


def test_a_number_that_cannot_be_is_refused_in_the_words_of_lists(world: World) -> None:
    with pytest.raises(ListError, match=r"столбец «Телефон», значение «12».*Впишите"):
        single.row(LIST, {"phone": "12"}, clinic=Clinic(), now=world.time.now())


async def test_the_outcome_of_an_unreachable_number_is_told(world: World) -> None:
    world.phones.script[ANNA] = [Does(outcome=Outcome.UNREACHABLE)]
    campaign = await queue_up(world)
    await world.run()
    async with world.database.read() as session:
        seen = await one_call.look(session, campaign)
    assert seen.attempt is not None and seen.attempt.outcome is Outcome.UNREACHABLE
