"""One transaction's share of a source: people of whom the store tells become contacts, as those of a list do."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from voicebot.outbound.campaigns import CampaignView
from voicebot.outbound.enrolment import Entry, Fate, add
from voicebot.outbound.reachable import Line

PAGE = 500  # people asked for in one transaction
_NO_DATA: Mapping[str, Any] = MappingProxyType({})


class Step(NamedTuple):
    """What one transaction brought."""

    added: int
    without_number: int = 0  #: people who have none that may be called
    last: int | None = None  #: where the next one goes on; None: that was all


def entry(
    patient: int,
    lines: Sequence[Line],
    subject: str,
    *,
    appointment: int | None = None,
    expires_at: datetime | None = None,
    data: Mapping[str, Any] = _NO_DATA,
) -> Entry:
    """Somebody to be called on these numbers; a contact that is there already only moves with its visit."""
    numbers = tuple(line.id for line in lines)
    return Entry(patient, numbers, lines[0].zone, subject, appointment, expires_at, dict(data), digest="")


def enter(
    session: Session, campaign: CampaignView, entries: Sequence[Entry], *, told: int, page: Sequence[int]
) -> Step:
    """Those who can be called, out of `told` people; `page`: the ids that were looked at, at most `PAGE`."""
    added = sum(one.fate is Fate.ADDED for one in add(session, campaign, entries))
    return Step(added, told - len(entries), page[-1] if len(page) == PAGE else None)
