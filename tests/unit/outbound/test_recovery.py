import asyncio
import sys
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from queue_world import World, open_call, wait_for

from voicebot.outbound import campaigns, queue, recovery
from voicebot.outbound.policy import Policy
from voicebot.outbound.ports import DialEnd
from voicebot.outbound.queue import Claim
from voicebot.outbound.recovery import OpenAttempt
from voicebot.outcomes import Outcome, Result
from voicebot.store import results
from voicebot.store.tables import Call, ContactState

NUMBER = "+79160000000"
KILLED_ROBOT = Path(__file__).with_name("killed_robot.py")


async def claimed(world: World, node: str = "n1") -> str:
    """An attempt whose robot was killed."""
    campaign = await world.campaign([NUMBER])
    claim = await world.claim(campaign, node=node)
    assert isinstance(claim, Claim)
    return claim.attempt_id


async def recover(world: World, outcome: Outcome | None = None, node: str = "n1") -> int:
    async def evidence(_attempt: OpenAttempt) -> Outcome | None:
        return outcome

    return await recovery.recover(world.database, world.time, node=node, evidence=evidence)


async def test_without_evidence_the_attempt_is_lost_and_repeated_after_the_pause(world: World) -> None:
    await claimed(world)
    assert await recover(world) == 1
    (attempt,) = await world.attempts()
    (contact,) = await world.contacts()
    assert attempt.outcome is Outcome.LOST
    assert (contact.state, contact.tries) == (ContactState.WAITING, 1)
    assert contact.due_at == world.time.now() + timedelta(hours=1)
    assert await recover(world) == 0


@pytest.mark.parametrize("seen", [Outcome.NOT_DIALLED, Outcome.BUSY])
async def test_evidence_tells_how_it_ended(world: World, seen: Outcome) -> None:
    await claimed(world)
    await recover(world, seen)
    (attempt,) = await world.attempts()
    assert attempt.outcome is seen


async def test_what_was_proven_never_dialled_is_free_to_dial_at_once(world: World) -> None:
    await claimed(world)
    await recover(world, Outcome.NOT_DIALLED)
    await world.run()
    assert [invite.number for invite in world.phones.invites] == [NUMBER]
    assert [contact.tries for contact in await world.contacts()] == [0]


@pytest.mark.parametrize(
    ("result", "state"), [(Result.CONFIRMED, ContactState.DONE), (None, ContactState.WAITING)], ids=["done", "cut off"]
)
async def test_a_talk_that_had_begun_was_answered_and_keeps_what_it_achieved(
    world: World, result: Result | None, state: ContactState
) -> None:
    attempt_id = await claimed(world)
    (contact,) = await world.contacts()
    async with world.database.write() as session:
        await open_call(session, attempt_id, NUMBER, world.time.now())
        if result is not None:
            await results.record(
                session,
                call_id=attempt_id,
                attempt_id=attempt_id,
                contact_id=contact.id,
                result=result,
                detail={},
            )
    await recover(world)
    (attempt,) = await world.attempts()
    (contact,) = await world.contacts()
    assert (attempt.outcome, contact.state) == (Outcome.ANSWERED, state)
    async with world.database.read() as session:
        call = await session.get_one(Call, attempt_id)
    assert call.ended_at is not None


async def test_another_nodes_attempt_is_left_alone_until_its_lease_has_run_out(world: World) -> None:
    attempt_id = await claimed(world, node="n2")
    assert await recover(world, node="n1") == 0

    async def taken_over(*, but: Collection[str] = ()) -> int:
        return await recovery.take_over(world.database, world.time, recovery.nothing_proven, but=but)

    assert await taken_over() == 0
    world.time.moment += queue.LEASE / 2
    async with world.database.write() as session:
        await recovery.extend(session, [attempt_id], world.time.now() + queue.LEASE)  # n2 lives
    world.time.moment += queue.LEASE
    assert await taken_over() == 0
    world.time.moment += timedelta(seconds=1)
    assert await taken_over(but=[attempt_id]) == 0
    assert await taken_over() == 1
    assert [attempt.outcome for attempt in await world.attempts()] == [Outcome.LOST]


async def test_what_a_robot_tells_late_of_an_attempt_given_up_for_lost_still_counts(world: World) -> None:
    attempt_id = await claimed(world, node="n2")
    (contact,) = await world.contacts()
    world.time.moment += queue.LEASE * 2
    assert await recovery.take_over(world.database, world.time, recovery.nothing_proven, but=()) == 1
    async with world.database.write() as session:  # n2 lives, but did not reach the store
        await open_call(session, attempt_id, NUMBER, world.time.now())
        about: dict[str, Any] = {"call_id": attempt_id, "attempt_id": attempt_id, "detail": {}}
        await results.record(session, contact_id=contact.id, result=Result.CONFIRMED, **about)
        end = DialEnd(outcome=Outcome.ANSWERED, ended_at=world.time.now())
        assert not await queue.finish(session, attempt_id, end)
    assert [attempt.outcome for attempt in await world.attempts()] == [Outcome.ANSWERED]
    assert [contact.state for contact in await world.contacts()] == [ContactState.DONE]


async def test_contacts_of_a_campaign_stopped_meanwhile_are_withdrawn(world: World) -> None:
    await claimed(world)
    async with world.database.write() as session:
        await campaigns.stop(session, "c")
    await recover(world)
    (contact,) = await world.contacts()
    assert (contact.state, contact.why) == (ContactState.WITHDRAWN, campaigns.STOPPED)


async def test_a_robot_killed_while_it_calls_forgets_nobody_and_calls_nobody_twice(
    world: World, url: str, tmp_path: Path
) -> None:
    world.time.moment = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
    numbers = [f"+7916000000{no}" for no in range(8)]
    fast = Policy(lines=4, calls_per_second=1e6)
    await world.campaign(numbers, policy=fast)
    seen = tmp_path / "witness"
    robot = await asyncio.create_subprocess_exec(sys.executable, str(KILLED_ROBOT), url, str(seen))
    await wait_for(lambda: seen.exists() and len(seen.read_text().split()) == 8)  # four of them ring for ever
    robot.kill()
    await robot.wait()
    assert sorted(seen.read_text().split()) == numbers
    open_ones = [attempt for attempt in await world.attempts() if attempt.ended_at is None]
    assert await recover(world) == len(open_ones) >= 4
    killed_at = world.time.now()
    world.time.step = timedelta(minutes=5)
    await world.run(world.dispatcher(node="n1"))
    assert sorted(invite.number for invite in world.phones.invites) == numbers
    assert {contact.state for contact in await world.contacts()} == {ContactState.DONE}
    rang = [invite for invite in world.phones.invites if int(invite.number[-1]) % 2]
    assert min(invite.started for invite in rang) >= killed_at + timedelta(hours=1)


async def test_a_machine_of_which_the_store_has_not_heard_yet_stays_one(world: World) -> None:
    attempt_id = await claimed(world)
    async with world.database.write() as session:
        await open_call(session, attempt_id, NUMBER, world.time.now())
        end = DialEnd(outcome=Outcome.MACHINE, ended_at=world.time.now())
        told = await recovery.truthful_end(session, attempt_id, end)
    assert told.outcome is Outcome.MACHINE
