import pytest
from queue_world import BUSY, World

from voicebot.errors import CampaignError
from voicebot.outbound import campaigns, lists
from voicebot.outbound.policy import Policy
from voicebot.outcomes import Outcome, Result
from voicebot.store.database import Database
from voicebot.store.tables import CampaignState, ContactState


async def test_a_campaign_is_made_once(database: Database) -> None:
    async with database.write() as session:
        await campaigns.create(session, "ноябрь", scenario="confirmation", policy=Policy(lines=7))
        with pytest.raises(CampaignError, match="there is a campaign"):
            await campaigns.create(session, "ноябрь", scenario="confirmation", policy=Policy())
        found = await campaigns.find(session, "ноябрь")
        with pytest.raises(CampaignError, match="no such campaign"):
            await campaigns.find(session, "декабрь")
    assert (found.state, found.policy.lines) == (CampaignState.DRAFT, 7)


async def test_a_campaign_without_contacts_cannot_start(database: Database) -> None:
    async with database.write() as session:
        await campaigns.create(session, "c", scenario="s", policy=Policy())
    with pytest.raises(CampaignError, match="nobody left to call"):
        async with database.write() as session:
            await campaigns.start(session, "c")
    async with database.read() as session:
        assert (await campaigns.find(session, "c")).state is CampaignState.DRAFT


async def test_a_stopped_campaign_calls_nobody_and_cannot_be_started_again(world: World) -> None:
    await world.campaign(["+79160000000"])
    async with world.database.write() as session:
        await campaigns.stop(session, "c")
    await world.run()
    assert world.phones.invites == []
    assert [contact.state for contact in await world.contacts()] == [ContactState.WITHDRAWN]
    async with world.database.write() as session:
        await campaigns.stop(session, "c")  # nor does it mind to be stopped again
    with pytest.raises(CampaignError, match="it is stopped, but must be draft or paused or finished"):
        async with world.database.write() as session:
            await campaigns.start(session, "c")


async def test_a_stop_that_was_interrupted_half_way_is_completed_by_another(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(campaigns, "_BITE", 1)
    await world.campaign([f"+7916000000{no}" for no in range(3)])
    async with world.database.write() as session:
        await campaigns.stop(session, "c")
    assert [one.state for one in await world.contacts()].count(ContactState.WAITING) == 2
    async with world.database.write() as session:
        await campaigns.stop(session, "c")
        while await campaigns.withdraw(session, 1):
            pass
    assert {one.state for one in await world.contacts()} == {ContactState.WITHDRAWN}


async def test_pausing_twice_is_refused(world: World) -> None:
    await world.campaign(["+79160000000"])
    async with world.database.write() as session:
        await campaigns.pause(session, "c")
        with pytest.raises(CampaignError, match="it is paused"):
            await campaigns.pause(session, "c")


async def test_the_status_counts_contacts_attempts_and_results(world: World) -> None:
    world.phones.script = {"+79160000000": [BUSY]}
    await world.campaign(["+79160000000", "+79160000001", "+79160000001"], policy=Policy(max_attempts=1))
    await world.run()
    async with world.database.read() as session:
        status = await campaigns.status(session, "c")
    assert status.campaign.state is CampaignState.FINISHED
    assert status.contacts == {ContactState.DONE: 2, ContactState.GIVEN_UP: 1}
    assert status.attempts == {Outcome.ANSWERED: 1, Outcome.BUSY: 1}
    assert status.results == {Result.CONFIRMED: 2}
    assert (status.total, status.left) == (3, 0)


async def test_an_ended_campaign_goes_into_the_archive_and_stays_what_it_was(world: World) -> None:
    await world.campaign(["+79160000001"])
    async with world.database.write() as session:
        with pytest.raises(CampaignError, match="has not ended"):
            await campaigns.archive(session, "c")
    await world.run()
    async with world.database.write() as session:
        await campaigns.archive(session, "c")
        await campaigns.archive(session, "c")
        assert await campaigns.every(session, archived=False) == []
        assert [one.state for one in await campaigns.every(session)] == [CampaignState.FINISHED]
        assert (await campaigns.status(session, "c")).total == 1
        with pytest.raises(CampaignError, match="archive"):
            await campaigns.start(session, "c")
    with world.database.sync_read() as session, pytest.raises(CampaignError, match="archive"):
        lists.open_campaign(session, "c")
