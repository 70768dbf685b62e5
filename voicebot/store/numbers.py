"""Telephone numbers: rows for those of a list, and who must not be called."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

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
    ids, _ = rows_of(session, dict.fromkeys(first))
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


def rows_of(session: Session, zones: Mapping[str, str | None]) -> tuple[dict[str, int], set[int]]:
    """Ids by E.164 for numbers with their zones; and which of the ids were there before.

    Numbers that were not there are made, a zone that was not known is completed.
    """
    query = select(Number.e164, Number.id, Number.zone).where(bulk.among(session, Number.e164, zones))
    found = session.execute(query).all()
    known = {e164: number for e164, number, _ in found}
    completed = [{"id": number, "zone": zones[e164]} for e164, number, zone in found if not zone and zones[e164]]
    if completed:
        session.execute(update(Number), completed)
    missing = sorted(zones.keys() - known.keys())
    made = dict(zip(missing, bulk.reserve_ids(session, Number, len(missing)), strict=True))
    bulk.insert_rows(session, Number, _NEW, [(number, e164, zones[e164], False) for e164, number in made.items()])
    return known | made, set(known.values())


def give(session: Session, links: Iterable[tuple[int, int]], new: Container[int]) -> None:
    """Write who has which number: different pairs of ids, of a patient and a number; `new` patients have none yet."""
    ordered = sorted(links)
    bulk.insert_rows(session, PatientNumber, _LINK, [link for link in ordered if link[0] in new])
    bulk.insert_missing(session, PatientNumber, _LINK, [link for link in ordered if link[0] not in new])


def _why(by: str, reason: str) -> str:
    return f"{by}: {reason}" if reason else by
