"""A scripted world for the queue: time that stands until it is moved, telephones that do as they are told."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import select

from voicebot.config import Trunk
from voicebot.outbound import campaigns, queue
from voicebot.outbound.campaigns import CampaignView
from voicebot.outbound.dispatcher import Dispatcher
from voicebot.outbound.lines import Idle, register
from voicebot.outbound.policy import Policy, Priority
from voicebot.outbound.ports import DialEnd, Dialling
from voicebot.outbound.queue import Claim
from voicebot.outcomes import Outcome, Result
from voicebot.store import attempts, results, talks
from voicebot.store.database import Database
from voicebot.store.tables import Attempt, CampaignState, Contact, ContactState, Direction, Number, Patient

_POLL = 0.5  # seconds; of a dispatcher without anything to do


async def wait_for(condition: Callable[[], bool | Awaitable[bool]]) -> None:
    """Until it holds; a world that stands still fails its test instead of hanging it."""
    async with asyncio.timeout(300):
        while not (await held if isinstance(held := condition(), Awaitable) else held):  # noqa: ASYNC110
            await asyncio.sleep(0.002)


class Time:
    """Stands until a dispatcher sleeps; then goes to whatever comes next."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment
        self.step = timedelta(minutes=1)  # how far it goes when nothing happens sooner
        self._waiting: list[tuple[datetime, asyncio.Event]] = []

    def now(self) -> datetime:
        return self.moment

    async def sleep(self, seconds: float) -> None:
        """What a dispatcher sleeps by: while it looks for work, half a second is a whole step."""
        await asyncio.sleep(0.001)  # lets threads of the database answer
        step = self.step if seconds >= _POLL else timedelta(seconds=seconds)
        soonest = min((until for until, _ in self._waiting), default=self.moment + step)
        self.moment = max(self.moment, min(soonest, self.moment + step))
        for until, event in self._waiting:
            if until <= self.moment:
                event.set()
        self._waiting = [(until, event) for until, event in self._waiting if not event.is_set()]

    async def until(self, moment: datetime) -> None:
        event = asyncio.Event()
        self._waiting.append((moment, event))
        await event.wait()


@dataclass(frozen=True, kw_only=True)
class Does:
    """What a telephone does with one call."""

    outcome: Outcome = Outcome.ANSWERED
    result: Result | None = None  #: for every contact of the call
    callback: timedelta | None = None
    lasts: timedelta = timedelta(seconds=30)
    error: Exception | None = None


CONFIRMS = Does(result=Result.CONFIRMED, lasts=timedelta(minutes=1))
BUSY = Does(outcome=Outcome.BUSY, lasts=timedelta(seconds=2))
SILENT = Does(outcome=Outcome.NO_ANSWER)
HANGS_UP = Does(result=Result.HUNG_UP)


@dataclass(frozen=True, kw_only=True)
class Invite:
    """What the telephone network saw of one call."""

    number: str
    attempt_id: str
    contacts: tuple[int, ...]
    started: datetime
    ended: datetime


@dataclass
class Phones:
    """A dialler and its telephones; keeps its own record of every call, as a witness."""

    database: Database
    time: Time
    script: dict[str, Sequence[Does]] = field(default_factory=dict)
    invites: list[Invite] = field(default_factory=list)
    ringing: int = 0
    most_at_once: int = 0
    _calls: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    async def dial(self, dialling: Dialling) -> DialEnd:
        script = self.script.get(dialling.number, [CONFIRMS])
        does = script[min(self._calls[dialling.number], len(script) - 1)]
        self._calls[dialling.number] += 1
        started = self.time.now()
        self.ringing += 1
        self.most_at_once = max(self.most_at_once, self.ringing)
        async with self.database.read() as session:
            attempt = await attempts.get(session, dialling.attempt_id)  # committed before it is dialled
        try:
            await self.time.until(started + does.lasts)
            if does.error is not None:
                raise does.error
            if does.outcome is Outcome.ANSWERED:
                await self._talk(attempt, does, started)
        finally:
            self.ringing -= 1
            self.invites.append(
                Invite(
                    number=dialling.number,
                    attempt_id=dialling.attempt_id,
                    contacts=tuple(contact.id for contact in attempt.contacts),
                    started=started,
                    ended=self.time.now(),
                )
            )
        return DialEnd(outcome=does.outcome, ended_at=self.time.now())

    async def _talk(self, attempt: attempts.AttemptView, does: Does, started: datetime) -> None:
        async with self.database.write() as session:
            await open_call(session, attempt.id, attempt.number, started)
            for contact in attempt.contacts:
                if does.result is not None:
                    back = self.time.now() + does.callback if does.callback else None
                    await results.record(
                        session,
                        call_id=attempt.id,
                        attempt_id=attempt.id,
                        contact_id=contact.id,
                        result=does.result,
                        detail={},
                        callback_at=back,
                    )

    def calls_to(self, number: str) -> list[Invite]:
        return [invite for invite in self.invites if invite.number == number]

    def shortest_gap(self) -> timedelta:
        """Between the end of a call and the next one to the same number."""
        gaps = [
            later.started - earlier.ended
            for number in {invite.number for invite in self.invites}
            for earlier, later in pairwise(sorted(self.calls_to(number), key=lambda invite: invite.started))
        ]
        return min(gaps, default=timedelta.max)


async def open_call(session: Any, attempt_id: str, number: str, at: datetime) -> None:
    """What a talk does first."""
    await talks.open_call(
        session,
        call_id=attempt_id,
        direction=Direction.OUTBOUND,
        number=number,
        dialled=number,
        attempt_id=attempt_id,
        scenario="s",
        started_at=at,
    )
    await talks.answered(session, attempt_id, at)


@dataclass
class World:
    """A store, its campaigns, a dispatcher and the telephones."""

    database: Database
    time: Time
    phones: Phones

    async def campaign(
        self,
        numbers: Iterable[str],
        *,
        name: str = "c",
        policy: Policy | None = None,
        expires_at: datetime | None = None,
        zone: str | None = "Europe/Moscow",
    ) -> CampaignView:
        """A running campaign with one contact for every number given; a number given twice has two contacts."""
        async with self.database.write() as session:
            made = await campaigns.create(session, name, scenario="s", policy=policy or Policy())
        for no, e164 in enumerate(numbers):
            async with self.database.write() as session:  # for each: the store's time limit is not for long lists
                number = await session.scalar(select(Number).where(Number.e164 == e164))
                patient = Patient(surname=f"С{no}", name="И", name_key=f"с{no}", created_at=self.time.now())
                session.add(patient)
                if number is None:
                    number = Number(e164=e164, zone=zone)
                    session.add(number)
                await session.flush()
                session.add(
                    Contact(
                        campaign_id=made.id,
                        patient_id=patient.id,
                        number_id=number.id,
                        subject="",
                        data={},
                        state=ContactState.WAITING,
                        zone=number.zone,
                        priority=Priority.FIRST,
                        due_at=self.time.now(),
                        expires_at=expires_at,
                        why="first_pass",
                    )
                )
        async with self.database.write() as session:
            await campaigns.start(session, name)
            return await campaigns.find(session, name)

    def dispatcher(self, *, node: str = "n1", lines: int = 2, calls_per_second: float = 50) -> Dispatcher:
        trunk = Trunk(name="t", lines=lines, calls_per_second=calls_per_second)
        return Dispatcher(
            self.database,
            self.phones,
            self.time,
            node=node,
            trunks=[trunk],
            sleep=self.time.sleep,
            lease=timedelta(days=1),  # time goes by leaps here
        )

    async def claim(
        self, campaign: CampaignView, attempt_id: str = "a1", *, node: str = "n1", lines: int = 2
    ) -> Claim | Idle:
        """What a dispatcher does first; nobody is dialled."""
        trunk = Trunk(name="t", lines=lines, calls_per_second=50)
        async with self.database.write() as session:
            await register(session, [trunk])
            return await queue.claim(
                session, campaign, attempt_id=attempt_id, node=node, trunk=trunk, at=self.time.now()
            )

    async def run(self, dispatcher: Dispatcher | None = None, *, until: datetime | None = None) -> None:
        """Dispatch until every campaign has ended (or the time has come), then drain."""
        dispatcher = dispatcher or self.dispatcher()
        async with asyncio.TaskGroup() as group:
            group.create_task(dispatcher.run())
            await wait_for(self.has_ended if until is None else lambda: self._has_ended_or_come(until))
            dispatcher.stop()

    async def has_ended(self) -> bool:
        """No campaign is running."""
        async with self.database.read() as session:
            return not await campaigns.running(session)

    async def _has_ended_or_come(self, until: datetime) -> bool:
        return self.time.now() >= until or await self.has_ended()

    async def contacts(self) -> list[Contact]:
        async with self.database.read() as session:
            return list(await session.scalars(select(Contact).order_by(Contact.id)))

    async def attempts(self) -> list[Attempt]:
        async with self.database.read() as session:
            return list(await session.scalars(select(Attempt).order_by(Attempt.created_at)))

    async def state(self, name: str = "c") -> CampaignState:
        async with self.database.read() as session:
            return (await campaigns.find(session, name)).state
