"""Lines and calling rates of trunks and campaigns, counted over all robots of the store."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import Connection, Integer, bindparam, case, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.config import Trunk
from voicebot.outbound.breaker import REFUSALS, Health
from voicebot.outbound.ports import DialEnd
from voicebot.store.database import now
from voicebot.store.tables import Campaign, CampaignState, Line, TrunkState
from voicebot.store.upsert import insert_new

# Built once: making them anew takes longer than running them.
_GATE = (
    select(
        Campaign.state,
        Campaign.last_call_at.label("campaign_called_at"),
        TrunkState.lines,
        TrunkState.last_call_at,
        TrunkState.failures,
        TrunkState.broken_until,
    )
    .join(TrunkState, TrunkState.name == bindparam("trunk"))
    .where(Campaign.id == bindparam("campaign"))
    .with_for_update()
)
_TAKEN = Line.attempt_id.is_not(None)
# Whose the lines are, trunk by trunk; those beyond a trunk's number are its own no more.
_WHOSE = case((_TAKEN, Line.campaign_id)).label("whose")
_LOOK = (
    select(
        TrunkState.name,
        TrunkState.last_call_at,
        TrunkState.failures,
        TrunkState.broken_until,
        _TAKEN.label("is_taken"),
        _WHOSE,
        func.count().label("lines"),
    )
    .join(Line, Line.trunk == TrunkState.name)
    .where(or_(_TAKEN, Line.position < TrunkState.lines))
    .group_by(TrunkState.name, _TAKEN, _WHOSE)
)
_COUNT = select(
    func.min(Line.position).filter(
        Line.trunk == bindparam("trunk"), ~_TAKEN, Line.position < bindparam("lines", type_=Integer)
    ),
    func.count().filter(Line.campaign_id == bindparam("campaign"), _TAKEN),
)
_TAKE = (
    update(Line)
    .where(Line.trunk == bindparam("on_trunk"), Line.position == bindparam("at_position"))
    .values(attempt_id=bindparam("attempt"), campaign_id=bindparam("campaign"))
)
_CALLED = update(Campaign).where(Campaign.id == bindparam("campaign")).values(last_call_at=bindparam("at"))
_BEGUN = (
    update(TrunkState)
    .where(TrunkState.name == bindparam("on_trunk"))
    .values(last_call_at=bindparam("at"), broken_until=bindparam("until"))
)
#: The attempt has the line until it ends; it must be in the store. For what is `given` with them see `taking`.
TAKE = (_TAKE, _CALLED, _BEGUN)
_FREE = update(Line).where(Line.attempt_id == bindparam("attempt")).values(attempt_id=None, campaign_id=None)
_HEALTH = select(TrunkState.failures, TrunkState.broken_until).where(TrunkState.name == bindparam("trunk"))
_WISER = (
    update(TrunkState)
    .where(TrunkState.name == bindparam("on_trunk"))
    .values(failures=bindparam("refused"), broken_until=bindparam("until"))
)


class Hold(StrEnum):
    """Why no call begins."""

    NOBODY = "nobody_due"
    HEAD = "head_may_not_be_called"  #: those at the head may not be called; there may be others behind them
    NOT_RUNNING = "campaign_not_running"
    CAMPAIGN_LINES = "campaign_has_its_lines"
    CAMPAIGN_RATE = "campaign_rate"
    TRUNK_LINES = "trunk_has_no_free_line"
    TRUNK_RATE = "trunk_rate"
    TRUNK_BROKEN = "trunk_rests"

    @property
    def of_trunk(self) -> bool:
        """It holds for every campaign."""
        return self in (Hold.TRUNK_LINES, Hold.TRUNK_RATE, Hold.TRUNK_BROKEN)


@dataclass(frozen=True, kw_only=True)
class Idle:
    """No call begins now."""

    why: Hold
    until: datetime | None = None  #: when to ask again, if that is known


@dataclass(frozen=True, kw_only=True)
class FreeLine:
    """A line that nobody has; both its trunk and the campaign are locked."""

    trunk: str
    position: int
    health: Health


@dataclass(frozen=True, kw_only=True)
class TrunkNow:
    """A trunk at a glance: what a claim on it would most likely hear."""

    free: int  #: lines
    last_call_at: datetime | None
    health: Health

    def hold(self, calls_per_second: float, at: datetime) -> Idle | None:
        """Why no call can begin on it; None: one can."""
        full = None if self.free > 0 else Idle(why=Hold.TRUNK_LINES)
        return _hold(self.health, self.last_call_at, calls_per_second, at) or full

    def begun(self, at: datetime) -> Self:
        """After a call began."""
        return replace(self, free=self.free - 1, last_call_at=at, health=self.health.begun(at))


@dataclass(frozen=True, kw_only=True)
class LinesNow:
    """All lines at a glance."""

    trunks: Mapping[str, TrunkNow]
    taken: Mapping[int, int]  #: by each campaign, of all trunks

    def hold(self, trunk: Trunk, at: datetime) -> Idle | None:
        """Why no call can begin on this trunk; None: one can."""
        now = self.trunks.get(trunk.name)
        return now.hold(trunk.calls_per_second, at) if now else Idle(why=Hold.TRUNK_LINES)

    def begun(self, trunk: Trunk, at: datetime) -> Self:
        """After a call began on this trunk."""
        return replace(self, trunks={**self.trunks, trunk.name: self.trunks[trunk.name].begun(at)})


@dataclass(frozen=True, kw_only=True)
class TrunkSeen:
    """A trunk as a supervisor sees it."""

    name: str
    lines: int
    taken: int
    failures: int  #: refusals of the network in a row
    rests_until: datetime | None  #: it is broken; then one call is tried

    def as_json(self) -> dict[str, Any]:
        until = self.rests_until.isoformat() if self.rests_until else None
        return {**vars(self), "rests_until": until}


async def register(session: AsyncSession, trunks: Sequence[Trunk]) -> None:
    """Make the settings' trunks known; a trunk of the same name on several robots is one, with one number of lines."""
    for trunk in trunks:
        await session.execute(insert_new(session, TrunkState).values(name=trunk.name, lines=trunk.lines, failures=0))
        await session.execute(update(TrunkState).where(TrunkState.name == trunk.name).values(lines=trunk.lines))
        rows = [{"trunk": trunk.name, "position": position} for position in range(trunk.lines)]
        await session.execute(insert_new(session, Line), rows)


def free_line(
    connection: Connection, *, campaign_id: int, lines: int, calls_per_second: float, trunk: Trunk, at: datetime
) -> FreeLine | Idle:
    """A free line of the trunk, if the campaign may have one more and neither calls faster than it may.

    Locks the campaign, then the trunk: whoever begins a call waits here for the others who do.
    """
    where = {"campaign": campaign_id, "trunk": trunk.name}
    row = connection.execute(_GATE, where).one_or_none()
    if row is None or row.state is not CampaignState.RUNNING:
        return Idle(why=Hold.NOT_RUNNING)
    health = Health(failures=row.failures, broken_until=row.broken_until)
    idle = _hold(health, row.last_call_at, trunk.calls_per_second, at) or campaign_rate(
        row.campaign_called_at, calls_per_second, at
    )
    if idle is not None:
        return idle
    position, used = connection.execute(_COUNT, where | {"lines": row.lines}).one()
    if used >= lines:
        return Idle(why=Hold.CAMPAIGN_LINES)
    if position is None:
        return Idle(why=Hold.TRUNK_LINES)
    return FreeLine(trunk=trunk.name, position=position, health=health)


def campaign_rate(last_call_at: datetime | None, calls_per_second: float, at: datetime) -> Idle | None:
    """A campaign calls no faster than it may."""
    soon = _too_fast(last_call_at, calls_per_second, at)
    return None if soon is None else Idle(why=Hold.CAMPAIGN_RATE, until=soon)


def taking(line: FreeLine, *, attempt_id: str, campaign_id: int, at: datetime) -> dict[str, Any]:
    """What is given with `TAKE`."""
    whose = {"attempt": attempt_id, "campaign": campaign_id, "at": at}
    return whose | {"on_trunk": line.trunk, "at_position": line.position, "until": line.health.begun(at).broken_until}


def release(connection: Connection, attempt_id: str, *, trunk: str, began: datetime, end: DialEnd) -> None:
    """The attempt, which `began` then, has ended: its line is free, its trunk the wiser."""
    connection.execute(_FREE, {"attempt": attempt_id})
    query = _HEALTH.with_for_update() if end.outcome in REFUSALS else _HEALTH
    row = connection.execute(query, {"trunk": trunk}).one_or_none()
    if row is None:  # the attempt is older than the table of trunks
        return
    before = Health(failures=row.failures, broken_until=row.broken_until)
    health = before.ended(end.outcome, began=began, at=end.ended_at)
    if health != before:
        wiser = {"on_trunk": trunk, "refused": health.failures, "until": health.broken_until}
        connection.execute(_WISER, wiser)


async def seen(session: AsyncSession) -> list[TrunkSeen]:
    """All trunks, over all robots."""
    at = now(session)
    used = select(Line.trunk, func.count()).where(_TAKEN).group_by(Line.trunk)
    counts = dict(iter(await session.execute(used)))
    return [
        TrunkSeen(
            name=trunk.name,
            lines=trunk.lines,
            taken=counts.get(trunk.name, 0),
            failures=trunk.failures,
            rests_until=Health(failures=trunk.failures, broken_until=trunk.broken_until).rests_until(at),
        )
        for trunk in await session.scalars(select(TrunkState).order_by(TrunkState.name))
    ]


async def look(session: AsyncSession) -> LinesNow:
    """All trunks that have lines, over all robots; nothing is locked."""
    trunks: dict[str, TrunkNow] = {}
    taken: Counter[int] = Counter()
    connection = await session.connection()
    for row in await connection.execute(_LOOK):
        health = Health(failures=row.failures, broken_until=row.broken_until)
        trunk = trunks.setdefault(row.name, TrunkNow(free=0, last_call_at=row.last_call_at, health=health))
        if row.is_taken:
            taken[row.whose] += row.lines
        else:
            trunks[row.name] = replace(trunk, free=row.lines)
    return LinesNow(trunks=trunks, taken=taken)


def _hold(health: Health, last_call_at: datetime | None, calls_per_second: float, at: datetime) -> Idle | None:
    """Why no call may begin on a trunk now, however many lines it has."""
    if (rests := health.rests_until(at)) is not None:
        return Idle(why=Hold.TRUNK_BROKEN, until=rests)
    soon = _too_fast(last_call_at, calls_per_second, at)
    return None if soon is None else Idle(why=Hold.TRUNK_RATE, until=soon)


def _too_fast(last: datetime | None, per_second: float, at: datetime) -> datetime | None:
    """When the next call may begin; None: now. A clock that was set back must not stop the calls."""
    if last is None or last > at:
        return None
    soon = last + timedelta(seconds=1 / per_second)
    return soon if soon > at else None
