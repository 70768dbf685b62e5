"""Insurance policies: the local list that stands behind the insurer's own check."""

import re
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.store.tables import Insurer, Policy


@dataclass(frozen=True, kw_only=True)
class PolicyView:
    """A policy as a dialogue needs it."""

    id: int
    number: str
    insurer: str
    holder: str
    birth_date: date | None
    valid_from: date
    valid_to: date  #: the last day
    territory: frozenset[str]  #: ISO country codes; empty: everywhere
    programme: str
    deductible: float | None
    currency: str
    vip: bool
    hints: str  #: what an operator must know of the insurer's customers

    def is_valid(self, day: date) -> bool:
        """Whether it runs on that day."""
        return self.valid_from <= day <= self.valid_to

    def covers(self, country: str) -> bool:
        """Whether it is good in a country (ISO code)."""
        return not self.territory or country.upper() in self.territory


def fold_number(number: str) -> str:
    """A policy's number for comparing: letters and digits joined, upper case."""
    return re.sub(r"[\W_]+", "", number).upper()


async def find(session: AsyncSession, number: str) -> list[PolicyView]:
    """Policies of that number, written in any way; two insurers may use the same."""
    query = select(Policy, Insurer).join(Insurer, Insurer.id == Policy.insurer_id)
    found = await session.execute(query.where(Policy.number == fold_number(number)).order_by(Policy.valid_to.desc()))
    return [_view(policy, insurer) for policy, insurer in found]


def _view(policy: Policy, insurer: Insurer) -> PolicyView:
    return PolicyView(
        id=policy.id,
        number=policy.number,
        insurer=insurer.name,
        holder=policy.holder,
        birth_date=policy.birth_date,
        valid_from=policy.valid_from,
        valid_to=policy.valid_to,
        territory=frozenset(policy.territory.split()),
        programme=policy.programme,
        deductible=policy.deductible,
        currency=policy.currency,
        vip=policy.vip,
        hints=insurer.hints,
    )
