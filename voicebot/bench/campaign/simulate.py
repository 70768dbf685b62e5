"""`voicebot campaign simulate`: how long a list takes over so many lines, and whether every rule is kept on the way."""

import asyncio
import json
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from voicebot.bench import postgresql
from voicebot.bench.campaign import population
from voicebot.bench.campaign.conductor import Conductor, Crash
from voicebot.bench.campaign.network import Network
from voicebot.bench.campaign.people import People, load
from voicebot.bench.campaign.population import Population
from voicebot.bench.campaign.robot import Setting
from voicebot.bench.campaign.tally import Tally
from voicebot.bench.checker import Violations, check, read_records
from voicebot.bench.checker_rules import Rules
from voicebot.config import Trunk
from voicebot.errors import ConfigError
from voicebot.outbound import campaigns
from voicebot.outbound.policy import Policy, opens
from voicebot.store import schema
from voicebot.store.database import Database
from voicebot.store.tables import Campaign, Contact, ContactState

_NAME = "simulation"
_MEMORY = Path("/dev/shm")
_ENDED = (ContactState.DONE, ContactState.GIVEN_UP, ContactState.EXPIRED, ContactState.WITHDRAWN)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is simulated."""

    rows: int
    lines: int
    policy: Policy
    zone: ZoneInfo
    start: datetime
    calls_per_second: float
    nodes: int = 1
    crashes: Sequence[Crash] = ()
    seed: int = 1
    url: str = ""  #: of an empty store; empty: a private one
    people: People = field(default_factory=load)
    records: Path | None = None  #: where call records are kept


@dataclass(frozen=True, kw_only=True)
class Simulated:
    """How it went."""

    plan: Plan
    ended: int  #: contacts
    tally: Tally
    violations: Violations
    peak: int  #: most calls at once
    seconds: float  #: real ones

    @property
    def virtual_days(self) -> float:
        """From the start to the end of the last call."""
        return round(((self.tally.end or self.plan.start) - self.plan.start).total_seconds() / 86400, 2)

    @property
    def working_days(self) -> int:
        """Days with hours of calling, from the first to the last call."""
        zone = self.plan.zone
        first = self.plan.start.astimezone(zone).date()
        last = (self.tally.end or self.plan.start).astimezone(zone).date()
        policy = self.plan.policy
        open_days = {window.day for window in policy.windows}
        days = (first + timedelta(days=no) for no in range((last - first).days + 1))
        return sum(policy.weekday(day) in open_days for day in days)

    def as_json(self) -> dict[str, Any]:
        """The shape of `voicebot campaign simulate --json`."""
        return {
            "contacts": self.plan.rows,
            "ended": self.ended,
            "attempts": self.tally.calls,
            "virtual_days": self.virtual_days,
            "reached": self.tally.reached,
            "violations": self.violations.as_json(),
            "seconds": round(self.seconds, 1),
        }


def simulate(plan: Plan, *, progress: Callable[[datetime, int], None] = lambda _at, _calls: None) -> Simulated:
    """Run it; blocks. `progress` is told the virtual moment and the number of calls made.

    Raises:
        VoicebotError: the store is not empty, there is no PostgreSQL, or a robot died by itself.
    """
    begun = time.monotonic()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None)))
        url = plan.url or stack.enter_context(_private_store(plan, folder))
        schema.upgrade(url)
        drawn = population.draw(plan.people, plan.rows, start=plan.start, seed=plan.seed)
        records = plan.records or folder / "calls.jsonl"
        with records.open("w", encoding="utf-8") as stream:
            network = Network(
                plan.people,
                drawn.subscribers,
                seed=plan.seed,
                record=lambda line: print(json.dumps(line), file=stream),
            )
            ended = asyncio.run(_run(plan, url, drawn, network, progress))
        tally = Tally.of(read_records(records), plan.zone)
        return Simulated(
            plan=plan,
            ended=ended,
            tally=tally,
            violations=check(read_records(records), population.listed(drawn, _NAME), {_NAME: _rules(plan.policy)}),
            peak=network.peak,
            seconds=time.monotonic() - begun,
        )


async def _run(
    plan: Plan, url: str, drawn: Population, network: Network, progress: Callable[[datetime, int], None]
) -> int:
    """Call until the campaign is over; gives how many contacts have ended."""
    database = Database(url, timeout=timedelta(minutes=5), clock=lambda: plan.start)

    try:
        await _load(database, plan, drawn)
        conductor = Conductor(
            network,
            [_setting(plan, url, f"node{no}") for no in range(1, plan.nodes + 1)],
            crashes=plan.crashes,
            seed=plan.seed,
            next_due=lambda at: _next_due(database, plan, at),
            progress=lambda at: progress(at, network.invites),
        )
        await conductor.run()
        return await _ended(database)
    finally:
        await database.close()


@contextmanager
def _private_store(plan: Plan, folder: Path) -> Iterator[str]:
    if plan.nodes == 1:
        yield f"sqlite:///{folder / 'store.db'}"
        return
    with postgresql.running() as server:
        yield server.url(server.create())


async def _load(database: Database, plan: Plan, drawn: Population) -> None:
    """An empty store gets the campaign and its contacts, and the campaign is started."""
    async with database.write() as session:
        if await session.scalar(select(func.count()).select_from(Campaign)):
            mend = "Give --store the URL of an empty database, or leave it out."
            raise ConfigError("a simulation does not call into a store that is in use", place="--store", mend=mend)
        campaign = await campaigns.create(session, _NAME, scenario=_NAME, policy=plan.policy)
    await asyncio.to_thread(_write, database, plan, drawn, campaign.id)
    async with database.write() as session:
        await campaigns.start(session, _NAME)


async def _next_due(database: Database, plan: Plan, at: datetime) -> datetime | None:
    """When anybody may be called again; None: the campaign is over."""
    query = (
        select(Contact.zone, func.min(Contact.due_at))
        .where(Contact.campaign_id == select(Campaign.id).scalar_subquery(), Contact.state == ContactState.WAITING)
        .group_by(Contact.zone)
    )
    async with database.read() as session:
        if not await campaigns.running(session):
            return None
        rows = (await session.execute(query)).all()
    moments = [opens(plan.policy, ZoneInfo(zone), max(due, at)) if zone else at for zone, due in rows]
    return min(moments, default=at)


def _write(database: Database, plan: Plan, drawn: Population, campaign_id: int) -> None:
    with database.sync_write() as session:
        population.write(session, drawn, campaign_id=campaign_id, at=plan.start)


def _setting(plan: Plan, url: str, node: str) -> Setting:
    trunk = Trunk(name="trunk", lines=plan.lines, calls_per_second=plan.calls_per_second)
    return Setting(node=node, url=url, zone=plan.zone.key, start=plan.start, trunk=trunk)


async def _ended(database: Database) -> int:
    async with database.read() as session:
        query = select(func.count()).select_from(Contact).where(Contact.state.in_(_ENDED))
        return await session.scalar(query) or 0


def _rules(policy: Policy) -> Rules:
    """The policy as its JSON says it, read by the checker's own code."""
    return Rules.read(policy.model_dump(mode="json"))
