"""A street of people for the whole robot to call: real processes, real SIP, the city as witness."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import time, timedelta
from pathlib import Path

from sqlalchemy import and_, exists, or_, select

from voicebot.demo import cast
from voicebot.demo.cast import Member, Patient, Visit
from voicebot.demo.stage import Stage, stage
from voicebot.dialog import catalog
from voicebot.outbound import campaigns, lists
from voicebot.outbound.holidays import HolidayRule
from voicebot.outbound.policy import Policy
from voicebot.outcomes import Outcome, Result
from voicebot.simulator.persona import Persona, Pickup, persona
from voicebot.simulator.subscriber import Subscriber
from voicebot.simulator.voices import Voice
from voicebot.simulator.witness import Witness
from voicebot.store.tables import Attempt, AttemptContact, Contact, ContactState, Line, Number

SCENARIO = "confirmation"
_LATER = timedelta(days=30)
#: Everybody is called once, at once. Outcomes that cost no try rest until long after the test.
ONCE = Policy(
    windows={"mon-sun": "00:00-24:00"},
    holidays=HolidayRule.IGNORE,
    max_attempts=1,
    max_unfinished=0,
    pauses=dict.fromkeys((Outcome.CONGESTION, Outcome.FAILED, Outcome.CANCELLED), _LATER),
)


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How an attempt ended."""

    outcome: Outcome | None
    result: Result | None


def refusing(status: int) -> Persona:
    """A telephone that answers every INVITE with this SIP status."""
    return persona("busy").model_copy(update={"key": f"refuses_{status}", "answers": (Pickup(refuse=status),)})


def people(who: Sequence[str | int]) -> tuple[list[Member], dict[str, Persona]]:
    """A patient and a number for each persona, or SIP status; and who really answers those that refuse."""
    named = [member.patient for member in cast.load() if member.visit]
    members, odd = [], {}
    for index, kind in enumerate(who):
        number = f"+7916{index:07}"
        key = kind if isinstance(kind, str) else "busy"
        if isinstance(kind, int):
            odd[number] = refusing(kind)
        members.append(Member(persona=key, number=number, patient=_patient(named, index), visit=_visit(index)))
    return members, odd


def _patient(named: Sequence[Patient], index: int) -> Patient:
    """Names that the city's ear knows, each combination once."""
    one, other = named[index % len(named)], named[(index + index // len(named)) % len(named)]
    return Patient(surname=one.surname, name=one.name, patronymic=other.patronymic)


def _visit(index: int) -> Visit:
    at = time(9 + index % 8, 30 * (index % 2))
    return Visit(in_days=2 + index % 6, at=at, specialty="терапевт", doctor="Лебедева Ольга Игоревна")


@asynccontextmanager
async def street(folder: Path, who: Sequence[str | int], *, lines: int) -> AsyncIterator[tuple[Stage, list[Member]]]:
    """Everything started, nobody called yet."""
    members, odd = people(who)
    async with stage(folder, members, lines=lines) as on:
        for number, who_answers in odd.items():
            await on.city.add(Subscriber(number=number, persona=who_answers, voice=Voice.numbered(0)))
        yield on, members


async def begin(on: Stage, name: str = "street", policy: Policy = ONCE, *, lines: int = 10) -> None:
    """Load the stage's list, and let the robot call."""
    wanted = policy.model_copy(update={"lines": lines, "calls_per_second": 5.0})
    async with on.database.write() as session:
        await campaigns.create(session, name, scenario=SCENARIO, policy=wanted)
    section = catalog.find(SCENARIO).list
    file = cast.list_of(on.folder, SCENARIO)
    loaded = await asyncio.to_thread(lists.load, on.database, name, file, section, clinic=on.settings.clinic)
    assert not loaded.rejected
    async with on.database.write() as session:
        await campaigns.start(session, name)


async def over(on: Stage, within: timedelta) -> None:
    """Wait until everybody has been called, and nobody is being called."""
    called = exists().where(AttemptContact.contact_id == Contact.id)
    waits = and_(Contact.state == ContactState.WAITING, ~called)
    left = select(Contact.id).where(or_(Contact.state == ContactState.CALLING, waits)).limit(1)
    async with asyncio.timeout(within.total_seconds()):
        while True:
            async with on.database.read() as session:
                if await session.scalar(left) is None:
                    return
            await asyncio.sleep(0.3)


async def ended(on: Stage) -> Mapping[str, list[Ended]]:
    """Attempts by number, in their order."""
    query = (
        select(Number.e164, Attempt.outcome, AttemptContact.result)
        .join(Attempt, Attempt.number_id == Number.id)
        .join(AttemptContact, AttemptContact.attempt_id == Attempt.id)
        .order_by(Attempt.created_at)
    )
    found: dict[str, list[Ended]] = {}
    async with on.database.read() as session:
        for number, outcome, result in await session.execute(query):
            found.setdefault(number, []).append(Ended(outcome=outcome, result=result))
    return found


async def taken_lines(on: Stage) -> int:
    async with on.database.read() as session:
        return len(list(await session.scalars(select(Line.attempt_id).where(Line.attempt_id.is_not(None)))))


def invites(on: Stage) -> dict[str, list[Witness]]:
    """What the city saw, by number."""
    seen: dict[str, list[Witness]] = {}
    for witness in on.city.witnesses():
        seen.setdefault(witness.number, []).append(witness)
    return seen
