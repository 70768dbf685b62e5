"""Insurance policies: the local list that stands behind the insurer's own check."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.store.tables import Insurer, Patient, Policy


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


_TAIL = 4  #: last digits of a number, by which the database narrows the search


class Standing(StrEnum):
    """What a check of a policy found."""

    VALID = "valid"
    NOT_IN_FORCE = "not_in_force"  #: over, or not begun
    OUTSIDE = "outside"  #: not good in the country where the insured person is
    OTHER_PERSON = "other_person"  #: somebody with another birth date is insured by it
    OTHER_INSURER = "other_insurer"  #: an insurer that is not served here
    UNKNOWN = "unknown"  #: no such policy


@dataclass(frozen=True, kw_only=True)
class PolicyCheck:
    """What a check found; without a policy all but `standing` is empty."""

    standing: Standing
    certain: bool = False  #: the birth date agrees, so the holder is the insured person
    policy_id: int | None = None  #: in the local list
    insurer: str = ""
    holder: str = ""
    programme: str = ""
    deductible: float | None = None
    currency: str = ""
    vip: bool = False
    hints: str = ""


def judge(found: Sequence[PolicyView], *, birth_date: date | None, country: str, day: date) -> PolicyCheck:
    """Which of the policies of one number it is, and whether it is good on that day in that country (ISO code).

    An empty country or an unknown birth date excludes nothing.
    """
    same = [one for one in found if birth_date is not None and one.birth_date == birth_date]
    likely = same or [one for one in found if None in (birth_date, one.birth_date)]
    if not likely:
        return PolicyCheck(standing=Standing.OTHER_PERSON if found else Standing.UNKNOWN)
    one = min(likely, key=lambda policy: (not policy.is_valid(day), bool(country) and not policy.covers(country)))
    standing = Standing.VALID
    if not one.is_valid(day):
        standing = Standing.NOT_IN_FORCE
    elif country and not one.covers(country):
        standing = Standing.OUTSIDE
    return PolicyCheck(
        standing=standing,
        certain=bool(same),
        policy_id=one.id,
        insurer=one.insurer,
        holder=one.holder,
        programme=one.programme,
        deductible=one.deductible,
        currency=one.currency,
        vip=one.vip,
        hints=one.hints,
    )


def fold_number(number: str) -> str:
    """A policy's number for comparing: letters and digits joined, upper case."""
    return re.sub(r"[\W_]+", "", number).upper()


async def find(session: AsyncSession, number: str, *, birth_date: date | None = None) -> list[PolicyView]:
    """Policies of that number, written in any way; two insurers may use the same.

    Letters are often misheard, and a Latin one looks like a Cyrillic one: where no number is the same, those with the
    same digits are found whose holder has this birth date.
    """
    folded = fold_number(number)
    query = select(Policy, Insurer).join(Insurer, Insurer.id == Policy.insurer_id).order_by(Policy.valid_to.desc())
    found = [_view(*row) for row in await session.execute(query.where(Policy.number == folded))]
    digits = _digits(folded)
    if found or birth_date is None or not digits:
        return found
    ends = Policy.number.endswith(digits[-_TAIL:])
    alike = await session.execute(query.where(Policy.birth_date == birth_date, ends))
    return [_view(*row) for row in alike if _digits(row[0].number) == digits]


async def of_patients(session: AsyncSession, patients: Sequence[int], day: date) -> list[PolicyView]:
    """Policies that run on that day and are these patients': given so, or by the same name and birth date."""
    same = and_(Policy.name_key == Patient.name_key, Policy.birth_date == Patient.birth_date)
    query = (
        select(Policy, Insurer)
        .join(Insurer, Insurer.id == Policy.insurer_id)
        .join(Patient, or_(Policy.patient_id == Patient.id, same))
        .where(Patient.id.in_(patients), Policy.valid_from <= day, Policy.valid_to >= day)
    )
    return [_view(*row) for row in await session.execute(query)]


def _digits(number: str) -> str:
    return "".join(filter(str.isdecimal, number))


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
