"""What the store knows of a number and of a contact, as the policy wants it."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.outbound.policy import History, NumberHistory, Try, counts_against_caps
from voicebot.store.tables import Attempt, Contact, Number

_LONGEST_CAP = timedelta(days=31)


async def of_number(session: AsyncSession, number: Number, at: datetime) -> NumberHistory:
    """The number's past over all campaigns; its row should be locked."""
    calls = await session.execute(
        select(Attempt.created_at, Attempt.outcome)
        .where(Attempt.number_id == number.id, Attempt.created_at > at - _LONGEST_CAP)
        .order_by(Attempt.created_at)
    )
    return NumberHistory(
        zone=ZoneInfo(number.zone) if number.zone else None,
        do_not_call=number.do_not_call,
        next_call_at=number.next_call_at,
        calls=tuple(created_at for created_at, outcome in calls if counts_against_caps(outcome)),
    )


def of_contact(contact: Contact, number: NumberHistory, last: Try | None = None) -> History:
    """The contact's past; `last` is the attempt that has just ended, if one has."""
    return History(
        number=number,
        tries=contact.tries,
        unfinished=contact.unfinished,
        last=last,
        expires_at=contact.expires_at,
    )
