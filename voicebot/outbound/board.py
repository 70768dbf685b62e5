"""What a dispatcher sees before it begins calls: campaigns, lines, and where somebody may be called; one look."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from sqlalchemy import bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.config import Trunk
from voicebot.outbound import campaigns, lines, waiting
from voicebot.outbound.campaigns import CampaignView
from voicebot.outbound.lines import LinesNow
from voicebot.outbound.waiting import Zones
from voicebot.store.tables import Campaign, CampaignState

# Built once: making it anew takes longer than running it.
_CAMPAIGNS = (
    select(Campaign)
    .where(
        or_(
            Campaign.state == CampaignState.RUNNING,
            Campaign.id.in_(bindparam("ours", expanding=True)),
        )
    )
    .order_by(Campaign.id)
)


@dataclass(frozen=True, kw_only=True)
class Board:
    """As it was a moment ago: only a claim knows for certain."""

    running: Mapping[int, CampaignView]
    stopped: Collection[int]  #: of the campaigns that were asked about
    lines: LinesNow
    zones: Mapping[int, Zones] = field(default_factory=dict)  #: of running campaigns; none if no call can begin

    def anybody(self, campaign: int, at: datetime) -> bool:
        """Whether this campaign has anybody to look at now, as far as that is known."""
        return campaign not in self.zones or self.zones[campaign].anybody(at)

    @classmethod
    async def read(cls, session: AsyncSession, *, ours: Collection[int], trunks: Sequence[Trunk], at: datetime) -> Self:
        """`ours`: campaigns of calls under way."""
        found = [campaigns.view(row) for row in await session.scalars(_CAMPAIGNS, {"ours": list(ours)})]
        running = {one.id: one for one in found if one.state is CampaignState.RUNNING}
        stopped = {one.id for one in found if one.state is CampaignState.STOPPED}
        seen = await lines.look(session)
        if all(seen.hold(trunk, at) is not None for trunk in trunks):
            return cls(running=running, stopped=stopped, lines=seen)
        zones = {key: await waiting.zones(session, key, one.policy, at) for key, one in running.items()}
        return cls(running=running, stopped=stopped, lines=seen, zones=zones)
