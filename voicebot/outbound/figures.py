"""Counts over a campaign's attempts, made by the database: a report of a hundred thousand contacts takes a second."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Executable, Integer, Select, cast, distinct, func, select
from sqlalchemy.orm import Session, aliased

from voicebot.outbound.policy import counts_against_caps
from voicebot.outcomes import Outcome, Result
from voicebot.store.tables import Attempt, AttemptContact, Contact, ContactState

_QUARTER = 900  # seconds: no zone's hours begin within a quarter of an hour
_NOTICED = tuple(outcome for outcome in Outcome if counts_against_caps(outcome))


@dataclass(frozen=True, kw_only=True)
class Attempts:
    """Attempts with the same try, quarter of an hour, outcome and result."""

    no: int  #: the contact's how manieth call that its telephone noticed; 0: none was so far
    at: datetime  #: when the quarter began
    outcome: Outcome
    result: Result | None
    attempts: int  #: one with several contacts counts once, with the first of them
    talks: int  #: results: one per contact


class Figures:
    """Of one campaign; every method is one or two statements."""

    def __init__(self, session: Session, campaign_id: int) -> None:
        self._session = session
        self._campaign_id = campaign_id
        self._is_sqlite = session.get_bind().dialect.name == "sqlite"

    def states(self) -> dict[ContactState, int]:
        """Contacts by their state."""
        query = select(Contact.state, func.count()).where(Contact.campaign_id == self._campaign_id)
        return dict(self._rows(query.group_by(Contact.state)))

    def called(self) -> int:
        """Contacts with an attempt that has ended."""
        return self._session.scalar(self._of_contacts(func.count(distinct(AttemptContact.contact_id)))) or 0

    def reached(self) -> int:
        """Contacts with an attempt that was answered."""
        query = self._of_contacts(func.count(distinct(AttemptContact.contact_id)))
        return self._session.scalar(query.where(Attempt.outcome == Outcome.ANSWERED)) or 0

    def last_results(self) -> dict[Result, int]:
        """The last result of every contact that has one."""
        last_first = func.row_number().over(
            partition_by=AttemptContact.contact_id, order_by=(Attempt.created_at.desc(), Attempt.id.desc())
        )
        ranked = self._of_contacts(AttemptContact.result, last_first.label("rank"))
        results = ranked.where(AttemptContact.result.is_not(None)).subquery()
        query = select(results.c.result, func.count()).where(results.c.rank == 1).group_by(results.c.result)
        return dict(self._rows(query))

    def tries_per_contact(self) -> dict[int, int]:
        """How many contacts had so many calls that a telephone noticed."""
        query = self._of_contacts(func.count().label("tries")).where(Attempt.outcome.in_(_NOTICED))
        tries = query.group_by(AttemptContact.contact_id).subquery()
        return dict(self._rows(select(tries.c.tries, func.count()).group_by(tries.c.tries)))

    def talk_seconds(self) -> dict[float, int]:
        """How many talks lasted so long, to a tenth of a second."""
        if self._is_sqlite:
            days = func.julianday(Attempt.ended_at) - func.julianday(Attempt.answered_at)
            tenths = cast(func.round(days * 864_000), Integer)
        else:
            tenths = cast(func.round(func.extract("epoch", Attempt.ended_at - Attempt.answered_at) * 10), Integer)
        query = select(tenths, func.count()).where(
            Attempt.campaign_id == self._campaign_id,
            Attempt.outcome == Outcome.ANSWERED,
            Attempt.answered_at.is_not(None),
        )
        return {length / 10: count for length, count in self._rows(query.group_by(tenths))}

    def attempts(self) -> Iterator[Attempts]:
        """All attempts that have ended, by try, quarter of an hour, outcome and result."""
        noticed = func.sum(cast(Attempt.outcome.in_(_NOTICED), Integer))
        order = (Attempt.created_at, Attempt.id)
        no = noticed.over(partition_by=AttemptContact.contact_id, order_by=order, rows=(None, 0))
        talk = aliased(AttemptContact)
        of_same = select(1).where(
            talk.attempt_id == AttemptContact.attempt_id, talk.contact_id < AttemptContact.contact_id
        )
        columns = (no.label("no"), Attempt.created_at, Attempt.outcome, AttemptContact.result)
        each = self._of_contacts(*columns, cast(~of_same.exists(), Integer).label("first")).subquery()
        keys = (each.c.no, self._quarter(each.c.created_at), each.c.outcome, each.c.result)
        query = select(*keys, func.sum(each.c.first), func.count()).group_by(*keys)
        for of_try, quarter, outcome, result, attempts, contacts in self._rows(query):
            at = datetime.fromtimestamp(int(quarter) * _QUARTER, UTC)
            talks = 0 if result is None else contacts
            yield Attempts(no=of_try, at=at, outcome=outcome, result=result, attempts=int(attempts), talks=talks)

    def _quarter(self, moment: ColumnElement[datetime]) -> ColumnElement[Any]:
        if self._is_sqlite:
            return cast(func.strftime("%s", moment), Integer).op("/")(_QUARTER)
        return cast(func.floor(func.extract("epoch", moment) / _QUARTER), Integer)

    def _of_contacts(self, *columns: Any) -> Select[Any]:
        """A row for every contact of every attempt that has ended."""
        joined = select(*columns).select_from(AttemptContact).join(Attempt, Attempt.id == AttemptContact.attempt_id)
        return joined.where(Attempt.campaign_id == self._campaign_id, Attempt.outcome.is_not(None))

    def _rows(self, query: Executable) -> Iterator[Any]:
        return iter(self._session.execute(query))
