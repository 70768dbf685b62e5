"""What the store knows of numbers and of contacts, as the policy wants it."""

from collections import defaultdict
from collections.abc import Collection, Container, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, and_, bindparam, func, select

from voicebot.outbound.policy import (
    MISSED,
    History,
    NumberHistory,
    Policy,
    Priority,
    Purpose,
    Try,
    counts_against_caps,
)
from voicebot.store.tables import Attempt, Consent, ConsentKind, Contact, ContactNumber, Number

_LONGEST_CAP = timedelta(days=31)
_MISSES = timedelta(days=7)  # habits change
_Row = Row[*tuple[Any, ...]]

# Built once: making them anew takes longer than running them.
_CALLS = and_(Attempt.number_id == Number.id, Attempt.created_at > bindparam("since"))
_OF_NUMBER = (
    Number.id.label("number"),
    *(Number.zone, Number.do_not_call, Number.next_call_at, Number.refused_at),
    *(Attempt.created_at, Attempt.outcome),
)
_NUMBER = (
    select(*_OF_NUMBER).outerjoin(Attempt, _CALLS).where(Number.id == bindparam("number")).order_by(Attempt.created_at)
)
# A row for each call to each of the numbers, or one for a number that was not called. A contact that an older program
# wrote has no list of numbers, only the one to be called on.
_CONTACTS = (
    select(
        Contact.id.label("contact"),
        Contact.number_id.label("current"),
        *(Contact.patient_id, Contact.priority, Contact.tries, Contact.unfinished, Contact.expires_at),
        ContactNumber.dead,
        *_OF_NUMBER,
    )
    .outerjoin(ContactNumber, ContactNumber.contact_id == Contact.id)
    .join(Number, Number.id == func.coalesce(ContactNumber.number_id, Contact.number_id))
    .outerjoin(Attempt, _CALLS)
    .where(Contact.id.in_(bindparam("contacts", expanding=True)))
    .order_by(Contact.id, ContactNumber.position, Attempt.created_at)
)
_CONSENTS = select(Consent.number_id, Consent.patient_id).where(
    Consent.number_id.in_(bindparam("numbers", expanding=True)),
    Consent.kind == ConsentKind.ADVERTISING,
    Consent.given_at <= bindparam("at"),
    Consent.withdrawn_at.is_(None),
)


def of_number(connection: Connection, number_id: int, at: datetime) -> NumberHistory:
    """The number's past over all campaigns; its row should be locked. Consents are not looked up."""
    return _number(connection.execute(_NUMBER, {"number": number_id, "since": at - _LONGEST_CAP}).all(), at)


def of_contacts(
    connection: Connection,
    contacts: Collection[int],
    policy: Policy,
    at: datetime,
    last: Mapping[int, Try] | None = None,
) -> dict[int, History]:
    """The past of each contact with all its numbers, by the contact's id.

    `last`: the attempt that has just ended for it, if one has, by the same. One query however many contacts there are,
    one more for advertising. The number that a contact is to be called on comes first, its others follow in the list's
    order.
    """
    given = {"contacts": list(contacts), "since": at - _LONGEST_CAP}
    rows: dict[int, dict[int, list[_Row]]] = defaultdict(lambda: defaultdict(list))
    for row in connection.execute(_CONTACTS, given):
        rows[row.contact][row.number].append(row)
    agreed: set[tuple[int, int | None]] = set()
    if policy.purpose is Purpose.ADVERTISING:
        agreed = _consents(connection, {number for numbers in rows.values() for number in numbers}, at)
    return {key: _contact(numbers, at, agreed, (last or {}).get(key)) for key, numbers in rows.items()}


def _contact(
    numbers: Mapping[int, Sequence[_Row]], at: datetime, agreed: Container[tuple[int, int | None]], last: Try | None
) -> History:
    of = next(iter(numbers.values()))[0]
    known = [
        _number(rows, at, consent=(key, None) in agreed or (key, of.patient_id) in agreed, dead=bool(rows[0].dead))
        for key, rows in numbers.items()
    ]
    place = list(numbers).index(of.current) if of.current in numbers else 0
    return History(
        number=known[place],
        others=(*known[place + 1 :], *known[:place]),
        tries=of.tries,
        unfinished=of.unfinished,
        last=last,
        callback=last is None and of.priority == Priority.CALLBACK,
        expires_at=of.expires_at,
    )


def _number(rows: Sequence[_Row], at: datetime, *, consent: bool = False, dead: bool = False) -> NumberHistory:
    of = rows[0]
    calls = [(row.created_at, row.outcome) for row in rows if row.created_at is not None]
    return NumberHistory(
        id=of.number,
        zone=ZoneInfo(of.zone) if of.zone else None,
        do_not_call=of.do_not_call,
        next_call_at=of.next_call_at,
        calls=tuple(began for began, outcome in calls if counts_against_caps(outcome)),
        missed=tuple(began for began, outcome in calls if outcome in MISSED and began > at - _MISSES),
        refused_at=of.refused_at,
        consent=consent,
        dead=dead,
    )


def _consents(connection: Connection, numbers: Collection[int], at: datetime) -> set[tuple[int, int | None]]:
    """(number, patient) pairs of the consents to advertising that hold now; patient None: whoever uses the number.

    A consent that names no number does not count: the law asks for the subscriber's.
    """
    found = connection.execute(_CONSENTS, {"numbers": list(numbers), "at": at})
    return {(number, patient) for number, patient in found if number is not None}
