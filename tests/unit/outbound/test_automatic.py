"""What a running robot does for campaigns that fill themselves."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace

from queue_world import wait_for
from sqlalchemy import select

from voicebot.app.automatic import keep_campaigns_filled
from voicebot.config import Settings, Store
from voicebot.outbound import campaigns
from voicebot.outbound.policy import Policy
from voicebot.store import talks
from voicebot.store.database import Database
from voicebot.store.tables import Call, Contact, Direction


async def test_a_running_robot_calls_back_who_was_not_served(
    database: Database, url: str, now: Callable[[], datetime]
) -> None:
    async with database.write() as session:
        source = {"callback": {"after": 0}}
        await campaigns.create(session, "c", scenario="s", policy=Policy(), source=source)
        await campaigns.start(session, "c")
        about = {"direction": Direction.INBOUND, "number": "+79161234567", "dialled": "", "scenario": "hotline"}
        at = now() - timedelta(minutes=2)
        await talks.open_call(session, call_id="c1", started_at=at, **about)  # type: ignore[arg-type]
        (await session.get_one(Call, "c1")).ended_at = at
    settings, clock = Settings(store=Store(url=url)), SimpleNamespace(now=now)
    filling = asyncio.create_task(keep_campaigns_filled(settings, clock, every=timedelta(seconds=0.1)))

    async def filled() -> bool:
        async with database.read() as session:
            return await session.scalar(select(Contact.id)) is not None

    await wait_for(filled)
    filling.cancel()
    await asyncio.gather(filling, return_exceptions=True)
