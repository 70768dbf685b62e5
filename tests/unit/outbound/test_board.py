import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from queue_world import World
from sqlalchemy import Select, Update, update
from sqlalchemy.dialects import sqlite as dialect

from voicebot.config import Trunk
from voicebot.outbound import campaigns, fates, queue
from voicebot.outbound.board import Board
from voicebot.outbound.lines import Hold, Idle, register
from voicebot.outbound.queue import Claim
from voicebot.store import schema
from voicebot.store.tables import Contact

TRUNK = Trunk(name="t", lines=2, calls_per_second=50)
HOUR = timedelta(hours=1)


async def read(world: World, *, ours: tuple[int, ...] = ()) -> Board:
    async with world.database.read() as session:
        return await Board.read(session, ours=ours, trunks=[TRUNK], at=world.time.now())


async def test_the_board_tells_before_a_claim_whether_one_can_succeed(world: World) -> None:
    campaign = await world.campaign([f"+7916000000{no}" for no in range(3)])
    assert (await read(world)).lines.hold(TRUNK, world.time.now()) == Idle(why=Hold.TRUNK_LINES)  # not registered yet
    for no in range(2):
        assert isinstance(await world.claim(campaign, f"a{no}"), Claim)
        board = await read(world)
        world.time.moment += timedelta(seconds=1)
        assert board.lines.taken == {campaign.id: no + 1}
        assert board.anybody(campaign.id, world.time.now())
    full = await read(world)
    assert full.lines.hold(TRUNK, world.time.now()) == Idle(why=Hold.TRUNK_LINES)
    assert not full.zones  # where people live is not looked up for nothing


async def test_a_rate_is_kept_on_the_board_too(world: World) -> None:
    campaign = await world.campaign(["+79160000000"])
    board = await read(world)
    assert isinstance(await world.claim(campaign), Claim)
    at = world.time.now()
    soon = Idle(why=Hold.TRUNK_RATE, until=at + timedelta(seconds=1 / 50))
    assert (await read(world)).lines.hold(TRUNK, at) == soon
    assert board.running.keys() == {campaign.id}


async def test_while_all_wait_for_their_hour_nobody_is_claimed(world: World) -> None:
    campaign = await world.campaign(["+79160000000"])
    async with world.database.write() as session:
        await register(session, [TRUNK])
        await session.execute(update(Contact).values(due_at=world.time.now() + HOUR))
    board = await read(world)
    assert not board.anybody(campaign.id, world.time.now())
    assert board.anybody(campaign.id, world.time.now() + HOUR)


async def test_of_calls_under_way_the_board_tells_which_campaigns_were_stopped(world: World) -> None:
    campaign = await world.campaign(["+79160000000"])
    async with world.database.write() as session:
        await campaigns.stop(session, "c")
    assert (await read(world, ours=(campaign.id,))).stopped == {campaign.id}
    assert not (await read(world)).stopped


@pytest.mark.parametrize("statement", [queue._DUE, fates._LATER, fates._OTHERS])
def test_the_contacts_of_a_number_are_found_by_the_number_however_long_the_list_is(
    tmp_path: Path, statement: Select[tuple[object]] | Update
) -> None:
    """SQLite, not told by ANALYZE how many rows there are, went through the whole list: 63 ms at 100,000 contacts."""
    schema.upgrade(f"sqlite:///{tmp_path / 'store.db'}")
    compiled = str(statement.compile(dialect=dialect.dialect())).replace("(__[POSTCOMPILE_called])", "(1)")
    with closing(sqlite3.connect(tmp_path / "store.db")) as store:
        plan = store.execute(f"EXPLAIN QUERY PLAN {compiled}", (1,) * compiled.count("?")).fetchall()
    steps = " ".join(step[3] for step in plan)
    assert "ix_contacts_number_id_state" in steps
    assert "ix_contacts_queue" not in steps
