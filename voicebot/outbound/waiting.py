"""Contacts that wait, in the order in which they are called: short steps in one index, however many wait.

The hours of a zone are judged at the claim, not written into its contacts: at the end of a window nothing is moved.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, String, bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.outbound.policy import Policy, opens
from voicebot.store.tables import Contact, ContactState
from voicebot.store.tables.base import Instant

# The distinct zones of a campaign, each found by one step in the index ix_contacts_queue.
_WALK = """
    walk(zone) AS (
        SELECT (
            SELECT zone FROM contacts WHERE campaign_id = :campaign AND state = 'waiting' AND zone IS NOT NULL
            ORDER BY zone LIMIT 1
        )
        UNION ALL
        SELECT (
            SELECT c.zone FROM contacts c WHERE c.campaign_id = :campaign AND c.state = 'waiting' AND c.zone > walk.zone
            ORDER BY c.zone LIMIT 1
        )
        FROM walk WHERE walk.zone IS NOT NULL
    )
"""
_LEVELS = "levels(priority) AS (SELECT 0 UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3)"
# With the zones, since when the first of each is due.
_ZONES = text(f"""
    WITH RECURSIVE {_WALK}, {_LEVELS},
    firsts(zone, due_at) AS (
        SELECT walk.zone, (
            SELECT c.due_at FROM contacts c
            WHERE c.campaign_id = :campaign AND c.state = 'waiting' AND c.zone = walk.zone
                AND c.priority = levels.priority
            ORDER BY c.due_at LIMIT 1
        )
        FROM walk, levels WHERE walk.zone IS NOT NULL
    )
    SELECT zone, min(due_at) AS due_at FROM firsts GROUP BY zone
    UNION ALL
    SELECT NULL, NULL WHERE EXISTS (
        SELECT 1 FROM contacts WHERE campaign_id = :campaign AND state = 'waiting' AND zone IS NULL
    )
""").columns(zone=String(), due_at=Instant())
# The first of every zone and priority, in their order. Numbers that are being called are passed over: they are no more
# than there are lines. Looked up by their ids one by one: for a join, PostgreSQL read the whole table.
_HEADS = text(f"""
    WITH RECURSIVE {_WALK}, {_LEVELS},
    heads(zone, priority, id) AS MATERIALIZED (
        SELECT walk.zone, levels.priority, (
            SELECT c.id FROM contacts c
            WHERE c.campaign_id = :campaign AND c.state = 'waiting' AND c.zone = walk.zone
                AND c.priority = levels.priority AND c.due_at <= :at AND c.number_id NOT IN :passed
                AND NOT EXISTS (SELECT 1 FROM attempts a WHERE a.number_id = c.number_id AND a.ended_at IS NULL)
            ORDER BY c.due_at, c.id LIMIT 1
        )
        FROM walk, levels WHERE walk.zone IS NOT NULL
    )
    SELECT heads.zone, (SELECT c.number_id FROM contacts c WHERE c.id = heads.id) AS number_id
    FROM heads WHERE heads.id IS NOT NULL
    ORDER BY heads.priority, (SELECT c.due_at FROM contacts c WHERE c.id = heads.id), heads.id
""").bindparams(bindparam("at", type_=Instant()), bindparam("passed", expanding=True))
# One that was written without its zone.
_WITHOUT_ZONE = (
    select(Contact.number_id)
    .where(
        Contact.campaign_id == bindparam("campaign"),
        Contact.state == ContactState.WAITING,
        Contact.zone.is_(None),
        Contact.due_at <= bindparam("at"),
        Contact.number_id.not_in(bindparam("passed", expanding=True)),
    )
    .limit(1)
)


@dataclass(frozen=True, kw_only=True)
class Zones:
    """Where a campaign's waiting contacts live."""

    open: tuple[str, ...]  #: people may be called there now
    shut: tuple[str, ...]
    unknown: bool  #: there are contacts whose zone was not looked up yet
    due_at: datetime | None = None  #: since when, or from when on, the first in an open zone waits to be called

    def anybody(self, at: datetime) -> bool:
        """Whether there is anybody to look at now."""
        return self.unknown or (self.due_at is not None and self.due_at <= at)


async def zones(session: AsyncSession, campaign_id: int, policy: Policy, at: datetime) -> Zones:
    """The zones of the contacts that wait."""
    connection = await session.connection()
    rows = (await connection.execute(_ZONES, {"campaign": campaign_id})).all()
    found = {row.zone: row.due_at for row in rows}
    known = [name for name in found if name is not None]
    is_open = {name: opens(policy, ZoneInfo(name), at) <= at for name in known}
    return Zones(
        open=tuple(name for name in known if is_open[name]),
        shut=tuple(name for name in known if not is_open[name]),
        unknown=len(known) < len(found),
        due_at=min((found[name] for name in known if is_open[name]), default=None),
    )


def next_number(
    connection: Connection, campaign_id: int, policy: Policy, at: datetime, *, passed: Sequence[int]
) -> int | None:
    """The number of whoever is next, leaving out the numbers `passed` and those that are being called.

    Who was written without a zone comes last: whoever looks at the number will know it, or that nobody does.
    """
    given = {"campaign": campaign_id, "at": at, "passed": [0, *passed]}
    for row in connection.execute(_HEADS, given):
        if opens(policy, ZoneInfo(row.zone), at) <= at:
            return int(row.number_id)
    return connection.execute(_WITHOUT_ZONE, given).scalar()
