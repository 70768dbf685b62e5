"""One call now, from the command line's side: queued, followed while a robot makes it, taken back when none does."""

import asyncio
import time
from collections.abc import Callable, Mapping
from datetime import timedelta

from voicebot.app.clock import open_clock
from voicebot.config import Settings
from voicebot.dialog import catalog
from voicebot.dialog.scenario import Direction
from voicebot.errors import CampaignError, ScenarioError
from voicebot.outbound import one_call, policy, single
from voicebot.outbound.campaigns import CampaignView
from voicebot.outbound.one_call import OneCall
from voicebot.store import schema
from voicebot.store.database import Database
from voicebot.store.tables import Turn

TAKEN_LIMIT = 15.0  # seconds; a robot with a free line takes a call up within one
_EVERY = 0.3  # seconds between looks
_PATIENCE = timedelta(seconds=30)


async def call(
    settings: Settings, scenario: str, given: Mapping[str, str], *, anyway: bool, tell: Callable[[Turn], None]
) -> OneCall:
    """Have a running robot make the call; gives it when it has ended.

    Args:
        given: columns of the person's row, `phone` among them; the others are invented.
        anyway: hours, caps and pauses of the policy are set aside.
        tell: gets each turn when the store has it.

    Raises:
        ScenarioError, ListError: the scenario or the given columns cannot be used.
        CampaignError: the number may not be called, or no robot took the call up.
    """
    talk, clock = catalog.find(scenario), open_clock(settings)
    if talk.direction is not Direction.OUTBOUND:
        mend = "Name an outbound one: voicebot scenario list."
        raise ScenarioError(f"{talk.name} answers calls, it makes none", mend=mend)
    row = single.row(talk.list, given, clinic=settings.clinic, now=clock.now())
    rules = policy.read(talk.policy, place=scenario, clinic=settings.clinic)
    await asyncio.to_thread(schema.upgrade, settings.store.url)
    database = Database(settings.store.url, timeout=_PATIENCE, clock=clock.now)
    try:
        async with database.write() as session:
            campaign = await one_call.queue_up(session, scenario=scenario, policy=rules, row=row, anyway=anyway)
        try:
            return await _followed(database, campaign, tell)
        finally:
            async with database.write() as session:
                await one_call.close(session, campaign)
    finally:
        await database.close()


async def _followed(database: Database, campaign: CampaignView, tell: Callable[[Turn], None]) -> OneCall:
    begin, told = time.monotonic(), 0
    while True:
        async with database.read() as session:
            seen = await one_call.look(session, campaign)
        for turn in seen.transcript.turns[told:]:
            tell(turn)
        told = len(seen.transcript.turns)
        if seen.has_ended:
            return seen
        if seen.attempt is None and time.monotonic() - begin > TAKEN_LIMIT:
            mend = "Does `voicebot serve` run on this store, with a free line? See: voicebot doctor."
            raise CampaignError(f"no robot took the call up within {TAKEN_LIMIT:g} s", mend=mend)
        await asyncio.sleep(_EVERY)
