"""What was said in a call, put into the case that it opened: nothing that was said must be asked again."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.store import cases
from voicebot.store.cases import Request
from voicebot.store.tables import Case, Fact


async def gather(session: AsyncSession, call_id: str) -> Case | None:
    """Take what the call's facts tell into its case, and lock it; None: it has none."""
    query = select(Case).where(Case.call_id == call_id).with_for_update()
    case = await session.scalar(query.execution_options(populate_existing=True))
    if case is None:
        return None
    facts = await session.scalars(select(Fact).where(Fact.call_id == call_id).order_by(Fact.turn, Fact.id))
    request = told({fact.field: (fact.value, fact.words) for fact in facts})
    known = request.known()
    data = {**case.data, **known.pop("data", {})}
    if data != case.data or any(getattr(case, name) != value for name, value in known.items()):
        await cases.learn(session, case.id, request, by=f"call:{call_id}")
    return case


def told(facts: Mapping[str, tuple[Any, str]]) -> Request:
    """Facts by field as (value, words); what a case has no column for goes into its `data`.

    Known are `complaint`, `insured` (a name), `birth_date`, `policy`, `place` and `town` (places, or words), `phone`.
    """
    values = {field: value for field, (value, _) in facts.items()}
    words = {field: said for field, (_, said) in facts.items()}
    place, town = _place(values.get("place")), _place(values.get("town"))
    known: dict[str, Any] = {
        "complaint": words.get("complaint") or None,
        "insured": _name(values.get("insured")) or None,
        "birth_date": _day(values.get("birth_date")),
        "policy_number": _policy(values.get("policy")),
        "country": place.get("country") or town.get("country"),
        "place": town.get("city") or place.get("city") or words.get("town") or None,
        "number": values.get("phone"),
    }
    others = {field: value for field, value in values.items() if field not in _COLUMNS and value not in ("", None)}
    if isinstance(values.get("insured"), str) and values["insured"]:
        others["insured"] = values["insured"]  # words in which no name was understood are no name
    return Request(**known, data=others or None)


_COLUMNS = frozenset({"complaint", "insured", "birth_date", "policy", "place", "town", "phone"})


def _place(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _name(value: Any) -> str:
    """The parts of a name that was understood as one."""
    parts = value if isinstance(value, dict) else {}
    return " ".join(part for key in ("surname", "name", "patronymic") if (part := parts.get(key)))


def _day(value: Any) -> date | None:
    """None where the question was answered otherwise: "не помню"."""
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        return None


def _policy(value: Any) -> str | None:
    """None where the question was answered otherwise."""
    return value if isinstance(value, str) and any(character.isdecimal() for character in value) else None
