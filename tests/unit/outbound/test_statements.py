"""What a claim and an end cost: each statement is some 0.2 ms of the robot's processor, whatever the database does."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from queue_world import World
from sqlalchemy import event

from voicebot.config import Trunk
from voicebot.outbound import queue
from voicebot.outbound.ports import DialEnd
from voicebot.outbound.queue import Claim
from voicebot.outcomes import Outcome
from voicebot.store.database import Database


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """Those of the block, a transaction's BEGIN left out."""
    seen: list[str] = []

    def see(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    engine = database._async.sync_engine
    event.listen(engine, "before_cursor_execute", see)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", see)


async def test_a_claim_and_an_end_take_few_statements(world: World) -> None:
    most = 7 if world.database.url.get_backend_name() == "postgresql" else 11  # each is a way to the server and back
    campaign = await world.campaign([f"+7916000000{no}" for no in range(3)])
    assert isinstance(await world.claim(campaign, "a1"), Claim)
    world.time.moment += world.time.step
    trunk = Trunk(name="t", lines=2, calls_per_second=50)
    with statements(world.database) as claiming:
        async with world.database.write() as session:
            claimed = await queue.claim(session, campaign, attempt_id="a2", node="n1", trunk=trunk, at=world.time.now())
    assert isinstance(claimed, Claim)
    assert len(claiming) <= most, claiming
    end = DialEnd(outcome=Outcome.BUSY, ended_at=world.time.now())
    with statements(world.database) as ending:
        async with world.database.write() as session:
            assert await queue.finish(session, "a2", end)
    assert len(ending) <= 11, ending
