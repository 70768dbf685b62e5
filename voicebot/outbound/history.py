"""What the store knows of numbers and of contacts, as the policy wants it."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.util import identity_key

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

# Built once: making them anew takes longer than running them.
_NUMBERS = select(Number).where(Number.id.in_(bindparam("numbers", expanding=True)))
_LISTED = (
    select(ContactNumber.contact_id, ContactNumber.number_id, ContactNumber.dead)
    .where(ContactNumber.contact_id.in_(bindparam("contacts", expanding=True)))
    .order_by(ContactNumber.contact_id, ContactNumber.position)
)
_ATTEMPTS = (
    select(Attempt.number_id, Attempt.created_at, Attempt.outcome)
    .where(Attempt.number_id.in_(bindparam("numbers", expanding=True)), Attempt.created_at > bindparam("since"))
    .order_by(Attempt.created_at)
)


async def of_number(session: AsyncSession, number: Number, at: datetime) -> NumberHistory:
    """The number's past over all campaigns; its row should be locked. Consents are not looked up."""
    return (await _of_numbers(session, {number.id: number}, at))[number.id]


def of_contact(
    contact: Contact, number: NumberHistory, last: Try | None = None, others: Sequence[NumberHistory] = ()
) -> History:
    """The contact's past; `last` is the attempt that has just ended, if one has."""
    return History(
        number=number,
        others=tuple(others),
        tries=contact.tries,
        unfinished=contact.unfinished,
        last=last,
        callback=last is None and contact.priority == Priority.CALLBACK,
        expires_at=contact.expires_at,
    )


async def of_contacts(
    session: AsyncSession,
    contacts: Collection[Contact],
    policy: Policy,
    at: datetime,
    last: Mapping[int, Try] | None = None,
) -> dict[int, History]:
    """The past of each contact with all its numbers, by the contact's id; `last` by the same.

    Three queries however many contacts there are, one more for advertising. The number that a contact is to be
    called on comes first, its others follow in the list's order.
    """
    ordered = await _numbers_in_order(session, contacts)
    ids = {number for numbers in ordered.values() for number, _ in numbers}
    # Those that the session holds already, locked perhaps, are not read again.
    rows = {key: row for key in ids if (row := session.identity_map.get(identity_key(Number, key)))}
    if unread := ids - rows.keys():
        rows |= {number.id: number for number in await session.scalars(_NUMBERS, {"numbers": list(unread)})}
    known = await _of_numbers(session, rows, at)
    agreed = await _consents(session, ids, at) if policy.purpose is Purpose.ADVERTISING else set()
    found = {}
    for contact in contacts:
        first, *others = (
            replace(
                known[number], dead=dead, consent=not agreed.isdisjoint({(number, None), (number, contact.patient_id)})
            )
            for number, dead in ordered[contact.id]
        )
        found[contact.id] = of_contact(contact, first, (last or {}).get(contact.id), others)
    return found


async def _numbers_in_order(session: AsyncSession, contacts: Collection[Contact]) -> dict[int, list[tuple[int, bool]]]:
    """Ids and deadness of each contact's numbers, from the one to be called on around to the one before it."""
    listed: dict[int, list[tuple[int, bool]]] = defaultdict(list)
    for contact_id, number_id, dead in await session.execute(_LISTED, {"contacts": [one.id for one in contacts]}):
        listed[contact_id].append((number_id, dead))
    return {contact.id: _from_current(contact.number_id, listed[contact.id]) for contact in contacts}


def _from_current(current: int, numbers: list[tuple[int, bool]]) -> list[tuple[int, bool]]:
    place = next((place for place, (number, _) in enumerate(numbers) if number == current), None)
    return [(current, False), *numbers] if place is None else numbers[place:] + numbers[:place]


async def _of_numbers(session: AsyncSession, numbers: Mapping[int, Number], at: datetime) -> dict[int, NumberHistory]:
    lately = await session.execute(_ATTEMPTS, {"numbers": list(numbers), "since": at - _LONGEST_CAP})
    calls: dict[int, list[datetime]] = defaultdict(list)
    missed: dict[int, list[datetime]] = defaultdict(list)
    for number_id, created_at, outcome in lately:
        if counts_against_caps(outcome):
            calls[number_id].append(created_at)
        if outcome in MISSED and created_at > at - _MISSES:
            missed[number_id].append(created_at)
    return {
        key: NumberHistory(
            id=key,
            zone=ZoneInfo(number.zone) if number.zone else None,
            do_not_call=number.do_not_call,
            next_call_at=number.next_call_at,
            calls=tuple(calls[key]),
            missed=tuple(missed[key]),
            refused_at=number.refused_at,
        )
        for key, number in numbers.items()
    }


async def _consents(session: AsyncSession, numbers: Collection[int], at: datetime) -> set[tuple[int, int | None]]:
    """(number, patient) pairs of the consents to advertising that hold now; patient None: whoever uses the number.

    A consent that names no number does not count: the law asks for the subscriber's.
    """
    query = select(Consent.number_id, Consent.patient_id).where(
        Consent.number_id.in_(numbers),
        Consent.kind == ConsentKind.ADVERTISING,
        Consent.given_at <= at,
        Consent.withdrawn_at.is_(None),
    )
    return {(number, patient) for number, patient in await session.execute(query) if number is not None}
