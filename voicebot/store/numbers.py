"""Telephone numbers: rows for those of a list, and who must not be called."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from voicebot.store import bulk, outbox
from voicebot.store.database import now
from voicebot.store.tables import Number, PatientNumber
from voicebot.store.upsert import insert_new

_NEW = ("id", "e164", "zone", "do_not_call")
_LINK = ("patient_id", "number_id")


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A number that must not be called."""

    number: str  #: E.164
    at: datetime | None
    why: str  #: who or what said so, and the reason if one was given


class NumberRow(NamedTuple):
    """A number in the store."""

    id: int
    zone: str | None
    is_new: bool  #: it was not there before, so nobody's


async def do_not_call(session: AsyncSession, e164: str, *, by: str, reason: str = "") -> bool:
    """Never call this number again, in any campaign; it need not be known.

    `by`: who or what says so (`call:ID`, `cli:USER`). False: it was so already, and its date and reason stay.
    """
    await session.execute(insert_new(session, Number).values(e164=e164, do_not_call=False))
    refuse = (
        update(Number)
        .where(Number.e164 == e164, Number.do_not_call.is_(False))
        .values(do_not_call=True, do_not_call_at=now(session), do_not_call_why=_why(by, reason))
        .returning(Number.id)
    )
    if await session.scalar(refuse) is None:
        return False
    await outbox.put(session, "number.do_not_call", {"number": e164})
    return True


async def may_call(session: AsyncSession, e164: str, *, by: str) -> bool:
    """Take the prohibition back; False: there was none."""
    allow = (
        update(Number)
        .where(Number.e164 == e164, Number.do_not_call)
        .values(do_not_call=False, do_not_call_at=None, do_not_call_why=None)
        .returning(Number.id)
    )
    if await session.scalar(allow) is None:
        return False
    await outbox.put(session, "number.may_call", {"number": e164, "by": by})
    return True


async def refusals(session: AsyncSession, *, number: str | None = None, limit: int = 100) -> list[Refusal]:
    """Who must not be called, the latest first; only this number (E.164), if one is given."""
    known = Number.e164.startswith("+")  # a forgotten one has no number any more
    query = select(Number).where(Number.do_not_call, known if number is None else Number.e164 == number)
    latest = query.order_by(Number.do_not_call_at.desc().nulls_last(), Number.id).limit(limit)
    return [
        Refusal(number=one.e164, at=one.do_not_call_at, why=one.do_not_call_why or "")
        for one in await session.scalars(latest)
    ]


def refuse_many(session: Session, refused: Sequence[tuple[str, datetime | None, str]], *, by: str) -> int:
    """`do_not_call` for many: number, since when (None: from now on), reason; gives how many were not so already."""
    first = {e164: (at, reason) for e164, at, reason in reversed(refused)}
    ids = {e164: row.id for e164, row in rows_of(session, dict.fromkeys(first)).items()}
    free = select(Number.id).where(bulk.among(session, Number.id, ids.values()), Number.do_not_call.is_(False))
    new = set(session.scalars(free))
    changes = [
        {
            "id": ids[e164],
            "do_not_call": True,
            "do_not_call_at": at or now(session),
            "do_not_call_why": _why(by, reason),
        }
        for e164, (at, reason) in first.items()
        if ids[e164] in new
    ]
    if changes:
        session.execute(update(Number), changes)
    return len(changes)


def rows_of(session: Session, zones: Mapping[str, str | None]) -> dict[str, NumberRow]:
    """The rows of numbers, by E.164, given with their zones.

    Numbers that were not there are made, with ids in the given order: where the store says who is called, a person's
    numbers are tried in the order of ids. A zone that was not known is completed.
    """
    known = _read(session, zones)
    completed = [{"id": row.id, "zone": zones[e164]} for e164, row in known.items() if row.zone is None and zones[e164]]
    if completed:
        session.execute(update(Number), completed)
        known |= {e164: row._replace(zone=row.zone or zones[e164]) for e164, row in known.items()}
    missing = [e164 for e164 in zones if e164 not in known]
    ids = bulk.reserve_ids(session, Number, len(missing))
    made = {e164: NumberRow(number, zones[e164], is_new=True) for e164, number in zip(missing, ids, strict=True)}
    rows = [(row.id, e164, row.zone, False) for e164, row in made.items()]
    if bulk.insert_hoped(session, Number, _NEW, rows) < len(rows):  # a talk has made one of them meanwhile
        made |= _read(session, made)
    return known | made


def _read(session: Session, wanted: Iterable[str]) -> dict[str, NumberRow]:
    query = select(Number.e164, Number.id, Number.zone).where(bulk.among(session, Number.e164, wanted))
    return {e164: NumberRow(number, zone, is_new=False) for e164, number, zone in session.execute(query)}


def give(session: Session, first: Sequence[tuple[int, int]], more: Collection[tuple[int, int]]) -> None:
    """Write who has which number, in pairs of ids, of a patient and a number.

    `first`: of patients who have none yet, each pair once; `more`: pairs that may be there already.
    """
    bulk.insert_rows(session, PatientNumber, _LINK, first)
    bulk.insert_missing(session, PatientNumber, _LINK, sorted(more))


def _why(by: str, reason: str) -> str:
    return f"{by}: {reason}" if reason else by
