"""Whom a campaign calls: rows of a list, or what a source tells, become contacts; what has changed changes them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from voicebot.outbound import visits
from voicebot.outbound.campaigns import CampaignView
from voicebot.outbound.list_row import ListRow
from voicebot.outbound.policy import Decision, History, NumberHistory, Priority, decide
from voicebot.store import people
from voicebot.store.bulk import among, insert_rows, one_loader, reserve_ids
from voicebot.store.database import now
from voicebot.store.tables import Base, Contact, ContactNumber, ContactState

_CONTACT = (
    *("id", "campaign_id", "patient_id", "number_id", "appointment_id", "subject", "data", "digest", "state", "zone"),
    *("priority", "due_at", "expires_at", "tries", "unfinished", "messages", "why"),
)
_OPEN = (ContactState.WAITING, ContactState.CALLING)


class Entry(NamedTuple):
    """Somebody to be called about something; patient and subject make a contact of a campaign the same."""

    patient: int
    numbers: tuple[int, ...]  #: ids, in the order in which they are tried; at least one
    zone: str | None  #: of the first number
    subject: str
    appointment: int | None
    expires_at: datetime | None  #: no call after it
    data: Mapping[str, Any]  #: for the scenario's phrases
    digest: (
        str  #: of all of it: a contact with another one is changed; empty: one that is there only moves with its visit
    )


class Fate(StrEnum):
    """What became of an entry."""

    ADDED = "added"
    LATE = "late"  #: added, but by the policy it is too late to call
    UPDATED = "updated"  #: the contact was there with other data
    REPEATED = "repeated"  #: the contact was there just so
    CALLING = "calling"  #: there with other data, and being called just now: it stays as it is
    ENDED = "ended"  #: there with other data, but it needs no call any more
    GONE = "gone"  #: its visit was cancelled, or has another time since


class Enrolled(NamedTuple):
    """An entry's contact."""

    contact: int | None  #: None: there is none
    fate: Fate


def enrol(session: Session, campaign: CampaignView, rows: Sequence[ListRow]) -> list[Enrolled]:
    """Write a batch of rows, a few statements for all of them."""
    entered, new = people.enter(session, [row.person for row in rows])
    patients = [one.patient for one in entered]
    visited = visits.appointments_of(session, rows, patients, new, by=f"list:{campaign.name}")
    entries = []
    for row, person, visit in zip(rows, entered, visited, strict=True):
        if visit is None or not visit.is_gone:
            expires_at = row.visit.starts_at if row.visit else None
            appointment = visit.appointment if visit else None
            entries.append(Entry(*person, row.subject, appointment, expires_at, row.data, row.digest))
    added = iter(add(session, campaign, entries, new))
    return [Enrolled(None, Fate.GONE) if visit and visit.is_gone else next(added) for visit in visited]


def add(
    session: Session, campaign: CampaignView, entries: Sequence[Entry], new: frozenset[int] = frozenset()
) -> list[Enrolled]:
    """Write contacts; what was there before is changed where its digest differs and it still waits.

    `new`: patients who have no contacts yet.
    """
    if not entries:
        return []
    one_loader(session)
    batch = _Batch(session, campaign, entries, new)
    enrolled = [batch.take(entry) for entry in entries]
    batch.write()
    return enrolled


class _Known(NamedTuple):
    id: int
    subject: str
    state: ContactState
    digest: str | None
    zone: str | None
    priority: int
    tries: int
    due_at: datetime


class _Batch:
    def __init__(self, session: Session, campaign: CampaignView, entries: Sequence[Entry], new: frozenset[int]) -> None:
        self._session, self._campaign = session, campaign
        self._decide = _decisions(campaign, now(session))
        self._ids: Iterator[int] = reserve_ids(session, Contact, len(entries))
        self._known: dict[tuple[int, str], _Known] = {}
        self._of_visit: dict[int, _Known] = {}  # open ones, by appointment: a visit that moved has another subject
        self._new: dict[int, tuple[Any, ...]] = {}
        self._numbers: dict[int, tuple[int, ...]] = {}
        self._changed: dict[int, dict[str, Any]] = {}
        self._read({entry.patient for entry in entries} - new)

    def take(self, entry: Entry) -> Enrolled:
        """Decide what becomes of it."""
        known = self._known.get((entry.patient, entry.subject))
        if known is None and entry.appointment is not None:
            known = self._of_visit.get(entry.appointment)
            if known is not None and known.state is ContactState.CALLING:
                known = None  # they are told the old time just now, and are called again about the new one
        if known is None:
            return self._add(entry)
        if known.subject == entry.subject and entry.digest in ("", known.digest):
            return Enrolled(known.id, Fate.REPEATED)
        if known.state is not ContactState.WAITING:
            return Enrolled(known.id, Fate.CALLING if known.state is ContactState.CALLING else Fate.ENDED)
        return self._change(known, entry)

    def write(self) -> None:
        """All of it, in a few statements."""
        insert_rows(self._session, Contact, _CONTACT, list(self._new.values()))
        dead = self._write_changes() if self._changed else set()
        numbers = [
            (contact, position, number, (contact, number) in dead)
            for contact, numbers in self._numbers.items()
            for position, number in enumerate(numbers)
        ]
        insert_rows(self._session, ContactNumber, ("contact_id", "position", "number_id", "dead"), numbers)

    def _add(self, entry: Entry) -> Enrolled:
        contact, decision = next(self._ids), self._decide(entry.zone, entry.expires_at)
        state = ContactState.WAITING if decision.when else ContactState.EXPIRED
        due_at = decision.when or now(self._session)
        self._new[contact] = (
            *(contact, self._campaign.id, entry.patient, entry.numbers[0], entry.appointment, entry.subject),
            *(entry.data, entry.digest, state, entry.zone, decision.priority, due_at, entry.expires_at),
            *(0, 0, 0, decision.why),
        )
        self._numbers[contact] = entry.numbers
        made = (contact, entry.subject, state, entry.digest, entry.zone, decision.priority, 0, due_at)
        self._remember(entry, _Known._make(made))
        return Enrolled(contact, Fate.ADDED if decision.when else Fate.LATE)

    def _change(self, known: _Known, entry: Entry) -> Enrolled:
        """A named time stays; all else is decided anew. A number's pause and caps are looked at before every call."""
        zone = entry.zone if entry.digest else known.zone
        decision = self._decide(zone, entry.expires_at)
        priority, due_at = decision.priority, decision.when
        if known.priority == Priority.CALLBACK:
            priority, due_at = Priority.CALLBACK, known.due_at
        elif known.tries and priority is Priority.FIRST:
            priority = Priority.REPEAT
        self._changed[known.id] = {
            "key": known.id,
            "appointment_id": entry.appointment,
            "subject": entry.subject,
            "state": ContactState.WAITING if due_at else ContactState.EXPIRED,
            "priority": priority,
            "due_at": due_at or known.due_at,
            "expires_at": entry.expires_at,
            "why": decision.why,
        }
        if entry.digest:
            self._changed[known.id] |= {"data": dict(entry.data), "digest": entry.digest, "zone": zone}
            self._numbers[known.id] = entry.numbers
        self._remember(entry, known._replace(subject=entry.subject, digest=entry.digest or known.digest))
        return Enrolled(known.id, Fate.UPDATED)

    def _remember(self, entry: Entry, known: _Known) -> None:
        self._known[entry.patient, entry.subject] = known
        if entry.appointment is not None:
            self._of_visit[entry.appointment] = known

    def _read(self, patients: set[int]) -> None:
        if not patients:
            return
        query = select(
            *(Contact.patient_id, Contact.appointment_id, Contact.id, Contact.subject, Contact.state, Contact.digest),
            *(Contact.zone, Contact.priority, Contact.tries, Contact.due_at),
        ).where(Contact.campaign_id == self._campaign.id, among(self._session, Contact.patient_id, patients))
        for patient, appointment, *rest in self._session.execute(query):
            known = _Known._make(rest)
            self._known[patient, known.subject] = known
            if appointment is not None and known.state in _OPEN:
                self._of_visit[appointment] = known

    def _write_changes(self) -> set[tuple[int, int]]:
        """Gives which numbers of which contacts are dead; such a one is not the next to be called."""
        renumbered = self._numbers.keys() & self._changed.keys()
        old = among(self._session, ContactNumber.contact_id, renumbered)
        query = select(ContactNumber.contact_id, ContactNumber.number_id).where(old, ContactNumber.dead)
        dead = {(contact, number) for contact, number in self._session.execute(query)}
        self._session.execute(delete(ContactNumber).where(old).execution_options(synchronize_session=False))
        for contact in renumbered:
            numbers = self._numbers[contact]
            alive = (number for number in numbers if (contact, number) not in dead)
            self._changed[contact]["number_id"] = next(alive, numbers[0])
        table = Base.metadata.tables[Contact.__tablename__]
        change = update(table).where(table.c.id == bindparam("key"))
        for some in (renumbered, self._changed.keys() - renumbered):  # those have other columns than these
            if some:
                self._session.execute(change, [self._changed[contact] for contact in sorted(some)])
        return dead


def _decisions(campaign: CampaignView, at: datetime) -> Callable[[str | None, datetime | None], Decision]:
    """When somebody in this zone is called first, before that moment. Visits of a day begin at the same few times.

    Refusals, consents and a number's pause are judged when its turn comes: much may change until then.
    """
    made: dict[tuple[str | None, datetime | None], Decision] = {}

    def decided(zone: str | None, expires_at: datetime | None) -> Decision:
        if (zone, expires_at) not in made:
            number = NumberHistory(zone=ZoneInfo(zone) if zone else None, consent=True)
            made[zone, expires_at] = decide(campaign.policy, History(number=number, expires_at=expires_at), at)
        return made[zone, expires_at]

    return decided
