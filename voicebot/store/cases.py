"""Cases of medical assistance: opened by the intake, carried through stages, each with a deadline."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.errors import StoreError
from voicebot.store import outbox
from voicebot.store.database import now
from voicebot.store.tables import Case, CaseChange, CaseStage

_SERVICE = timedelta(hours=1)  # from the first contact to the service: the standard of the trade
#: How long a case may stay in a stage; service within the hour is watched on its own.
_LIMITS = {
    CaseStage.NEW: timedelta(minutes=5),
    CaseStage.REGISTERED: timedelta(minutes=10),
    CaseStage.ORGANISING: timedelta(minutes=45),
    CaseStage.PROVIDED: timedelta(days=3),
}
_AFTER = {
    CaseStage.NEW: {CaseStage.REGISTERED, CaseStage.CANCELLED},
    CaseStage.REGISTERED: {CaseStage.ORGANISING, CaseStage.CANCELLED},
    CaseStage.ORGANISING: {CaseStage.PROVIDED, CaseStage.CANCELLED},
    CaseStage.PROVIDED: {CaseStage.ORGANISING, CaseStage.CLOSED},
    CaseStage.CLOSED: {CaseStage.ORGANISING},
    CaseStage.CANCELLED: set(),
}


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is known of a request; what is None was not learnt."""

    patient_id: int | None = None
    policy_id: int | None = None
    insured: str | None = None
    birth_date: date | None = None
    policy_number: str | None = None
    country: str | None = None  #: ISO code
    place: str | None = None
    complaint: str | None = None  #: in the caller's words
    red_flag: bool | None = None
    number: str | None = None  #: E.164, whom to call back
    data: dict[str, Any] | None = None  #: what else was learnt, by field

    def known(self) -> dict[str, Any]:
        """What was learnt."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True, kw_only=True)
class CaseView:
    """A case as people see it."""

    id: int
    stage: CaseStage
    insured: str
    policy_number: str
    country: str
    place: str
    complaint: str
    number: str
    red_flag: bool
    created_at: datetime
    due_at: datetime | None
    serve_by: datetime


async def open_case(session: AsyncSession, request: Request, *, call_id: str | None, by: str) -> int:
    """A request comes in: gives the case's id; what is missing is learnt later with `learn`."""
    at = now(session)
    case = Case(
        call_id=call_id,
        stage=CaseStage.NEW,
        created_at=at,
        due_at=at + _LIMITS[CaseStage.NEW],
        serve_by=at + _SERVICE,
        **{"data": {}, **request.known()},
    )
    session.add(case)
    await session.flush()
    _note(session, case.id, by, "opened")
    await outbox.put(session, "case.opened", {"case_id": case.id})
    return case.id


async def learn(session: AsyncSession, case_id: int, request: Request, *, by: str) -> None:
    """More was understood; what was known before and is not said anew stays.

    Raises:
        StoreError: no such case.
    """
    case = await _locked(session, case_id)
    known = request.known()
    case.data = {**case.data, **known.pop("data", {})}
    for name, value in known.items():
        setattr(case, name, value)
    _note(session, case_id, by, "learnt", fields=sorted(known))
    await session.flush()


async def advance(session: AsyncSession, case_id: int, stage: CaseStage, *, by: str) -> None:
    """To the next stage; a case that is there already stays.

    Raises:
        StoreError: no such case, or no way leads there from its stage.
    """
    case = await _locked(session, case_id)
    if case.stage is stage:
        return
    if stage not in _AFTER[case.stage]:
        raise StoreError(f"a case that is {case.stage} cannot become {stage}", place=f"case {case_id}")
    at = now(session)
    case.stage = stage
    case.due_at = at + _LIMITS[stage] if stage in _LIMITS else None
    case.closed_at = at if stage in (CaseStage.CLOSED, CaseStage.CANCELLED) else None
    _note(session, case_id, by, stage.value)
    await outbox.put(session, f"case.{stage.value}", {"case_id": case_id})


async def listed(
    session: AsyncSession, *, stages: Sequence[CaseStage] = (), late_at: datetime | None = None, limit: int = 100
) -> list[CaseView]:
    """Cases, those with a red flag and the nearest deadline first; `late_at`: only those whose deadline has passed."""
    query = select(Case).order_by(Case.red_flag.desc(), Case.due_at, Case.id).limit(limit)
    if stages:
        query = query.where(Case.stage.in_(stages))
    if late_at is not None:
        query = query.where(Case.due_at < late_at)
    return [_view(case) for case in await session.scalars(query)]


async def get(session: AsyncSession, case_id: int) -> CaseView | None:
    """The case, or None."""
    case = await session.get(Case, case_id)
    return None if case is None else _view(case)


async def history(session: AsyncSession, case_id: int) -> list[tuple[datetime, str, str]]:
    """When, who and what, the first one first."""
    query = select(CaseChange).where(CaseChange.case_id == case_id).order_by(CaseChange.id)
    return [(change.at, change.by, change.what) for change in await session.scalars(query)]


async def _locked(session: AsyncSession, case_id: int) -> Case:
    case = await session.get(Case, case_id, with_for_update=True, populate_existing=True)
    if case is None:
        raise StoreError("no such case", place=f"case {case_id}", mend="`voicebot case list` shows all.")
    return case


def _note(session: AsyncSession, case_id: int, by: str, what: str, **detail: Any) -> None:
    session.add(CaseChange(case_id=case_id, at=now(session), by=by, what=what, detail=detail))


def _view(case: Case) -> CaseView:
    return CaseView(**{field.name: getattr(case, field.name) for field in fields(CaseView)})
