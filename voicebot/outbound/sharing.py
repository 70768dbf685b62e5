"""Whose turn it is: free lines are shared between campaigns by the lines that each of them may have."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Share:
    """What a campaign has of the lines."""

    campaign: int  #: its id
    lines: int  #: it may have
    taken: int  #: it has
    last_call_at: datetime | None = None


def next_in_turn(shares: Iterable[Share]) -> Share | None:
    """The campaign that has least of what it may have; among equals the one that has waited longest.

    None when all have what they may have.
    """
    wanting = [share for share in shares if share.taken < share.lines]
    return min(wanting, key=_order, default=None)


def _order(share: Share) -> tuple[float, datetime, int]:
    return share.taken / share.lines, share.last_call_at or _NEVER, share.campaign
