"""Callers who were not served are called back, unless they ring again themselves or are reached before."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from voicebot.config import Clinic
from voicebot.outbound import reachable
from voicebot.outbound.campaigns import SERVED, CampaignView
from voicebot.outbound.enrolment import Entry
from voicebot.outbound.sources import Callback
from voicebot.outbound.step import enter, entry
from voicebot.outcomes import Result
from voicebot.store.bulk import among, one_loader
from voicebot.store.database import now
from voicebot.store.sheets import cells
from voicebot.store.sheets.cells import BadCell
from voicebot.store.tables import AttemptContact, Call, Contact, ContactState, Direction

_LONGEST = timedelta(hours=1)  # of a call: it is looked for by its beginning
_UNSERVED = frozenset({None, Result.HUNG_UP, Result.NO_INPUT, Result.ERROR})


class _Rang(NamedTuple):
    """A call of the last hours."""

    id: str
    direction: Direction
    started_at: datetime
    ended_at: datetime | None
    result: Result | None

    @property
    def is_inbound(self) -> bool:
        return self.direction is Direction.INBOUND

    @property
    def is_service(self) -> bool:
        """They got something from us, or are talking with us just now."""
        if self.is_inbound:
            return self.ended_at is None or self.result not in _UNSERVED
        return self.result not in _UNSERVED and self.result is not Result.CALLBACK_REQUESTED


def step(session: Session, campaign: CampaignView, source: Callback, clinic: Clinic) -> int:
    """Withdraw who was served meanwhile, add who was not; gives how many were added."""
    one_loader(session)
    at = now(session)
    missed = {
        number: call
        for number, calls in _calls(session, at - source.within - _LONGEST, clinic).items()
        if (call := _missed(calls)) is not None
    }
    _withdraw(session, campaign, {call.id for call in missed.values()})
    entries = list(_entries(session, source, clinic, missed))
    return enter(session, campaign, entries, told=len(entries), page=()).added


def _calls(session: Session, since: datetime, clinic: Clinic) -> Mapping[str, Sequence[_Rang]]:
    """By E.164 number, in the order of time; a withheld number cannot be called back."""
    result = func.coalesce(Call.result, AttemptContact.result)  # of inbound and of outbound calls
    query = (
        select(Call.number, Call.id, Call.direction, Call.started_at, Call.ended_at, result)
        .outerjoin(AttemptContact, AttemptContact.attempt_id == Call.attempt_id)
        .where(Call.started_at > since, Call.number != "")
        .order_by(Call.started_at, Call.id)
    )
    found: dict[str, list[_Rang]] = defaultdict(list)
    for number, *rest in session.execute(query):
        try:
            found[cells.phone(number, clinic.country)].append(_Rang._make(rest))
        except BadCell:  # a number of the PBX, an anonymous caller
            continue
    return found


def _missed(calls: Sequence[_Rang]) -> _Rang | None:
    """The last of somebody's calls, unless they were served by it or after it: rung three times, called back once."""
    last = max((no for no, call in enumerate(calls) if call.is_inbound), default=None)
    if last is None or any(call.is_service for call in calls[last:]):
        return None
    return calls[last]


def _withdraw(session: Session, campaign: CampaignView, missed: Collection[str]) -> None:
    """Whoever waits for a call-back, but has rung again since, or was reached."""
    waiting = (Contact.campaign_id == campaign.id, Contact.state == ContactState.WAITING)
    query = select(Contact.id, Contact.subject).where(*waiting)
    if gone := [contact for contact, subject in session.execute(query) if subject not in missed]:
        withdrawn = update(Contact).where(among(session, Contact.id, gone), *waiting)
        withdrawn = withdrawn.values(state=ContactState.WITHDRAWN, why=SERVED)
        session.execute(withdrawn.execution_options(synchronize_session=False))


def _entries(session: Session, source: Callback, clinic: Clinic, missed: Mapping[str, _Rang]) -> Iterator[Entry]:
    at = now(session)
    for number, call in missed.items():
        if call.ended_at is None or not at - source.within < call.ended_at <= at - source.after:
            continue
        line = reachable.number(session, number, cells.zone_of(number) or clinic.timezone)
        if line is not None:
            yield entry(
                reachable.owner(session, line.id),
                [line],
                call.id,
                expires_at=call.ended_at + source.within,
                data={"missed_call": call.id},
            )
