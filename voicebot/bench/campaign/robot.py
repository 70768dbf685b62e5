"""One robot of a simulated campaign: the real dispatcher, queue and recovery over virtual time and telephones."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, Self
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.bench.campaign.network import Event, Invite, What
from voicebot.bench.campaign.virtual_time import VirtualTime
from voicebot.bench.campaign.watched_store import WatchedDatabase, settled
from voicebot.config import Trunk
from voicebot.errors import CityError
from voicebot.outbound import recovery
from voicebot.outbound.dispatcher import Dispatcher
from voicebot.outbound.ports import DialEnd, Dialling
from voicebot.outbound.recovery import OpenAttempt
from voicebot.outcomes import Outcome, Result
from voicebot.store import nodes, numbers, results, talks
from voicebot.store.tables import Attempt, AttemptContact, Campaign, Direction

_CALLED = (
    select(AttemptContact.contact_id, Campaign.name, Campaign.scenario)
    .join(Attempt, Attempt.id == AttemptContact.attempt_id)
    .join(Campaign, Campaign.id == Attempt.campaign_id)
    .where(Attempt.id == bindparam("attempt"))
    .order_by(AttemptContact.contact_id)
)
_PATIENCE = timedelta(minutes=1)  # real time: nodes of a simulation share two processors with their database


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What a robot is started with; goes to its process as JSON."""

    node: str
    url: str
    zone: str
    start: datetime
    trunk: Trunk

    def as_json(self) -> dict[str, Any]:
        """For a process of its own."""
        plain = {"node": self.node, "url": self.url, "zone": self.zone, "start": self.start.isoformat()}
        return plain | {"trunk": self.trunk.model_dump(mode="json")}

    @classmethod
    def from_json(cls, setting: Mapping[str, Any]) -> Self:
        """What `as_json` made."""
        start, trunk = datetime.fromisoformat(setting["start"]), Trunk.model_validate(setting["trunk"])
        return cls(node=setting["node"], url=setting["url"], zone=setting["zone"], start=start, trunk=trunk)


class Wire(Protocol):
    """The way to the telephone network."""

    def invite(self, invite: Invite, at: datetime) -> None:
        """Dial, at this moment."""

    def told(self, attempt: str) -> None:
        """What was said in this call is in the store."""

    async def evidence(self, attempt: str) -> Outcome:
        """What became of a call that is over."""


@dataclass(frozen=True)
class _Attempt:
    contacts: tuple[int, ...]
    campaign: str
    scenario: str


class VirtualDialler:
    """Dials on the wire, and writes down what a talk would."""

    def __init__(self, database: WatchedDatabase, time: VirtualTime, wire: Wire) -> None:
        self._database = database
        self._time = time
        self._wire = wire
        self._events: dict[str, asyncio.Queue[Event]] = {}

    def hear(self, event: Event) -> None:
        """The network tells something of a call."""
        self._events[event.attempt].put_nowait(event)

    async def dial(self, dialling: Dialling) -> DialEnd:
        """Until the network has ended the call."""
        attempt = await self._attempt(dialling.attempt_id)
        events = self._events[dialling.attempt_id] = asyncio.Queue()
        started_at = self._time.now()
        self._time.is_busy()
        self._wire.invite(
            Invite(
                attempt=dialling.attempt_id,
                number=dialling.number,
                campaign=attempt.campaign,
                contacts=attempt.contacts,
                longest_ring=dialling.ring_timeout.total_seconds(),
            ),
            started_at,
        )
        answered_at = None
        try:
            while (event := await events.get()).what is not What.ENDED:
                if event.what is What.ANSWERED:
                    answered_at = self._time.now()
                    await self._write(self._open(dialling, attempt, started_at, answered_at))
                else:
                    await self._write(self._record(dialling, event))
                    self._wire.told(dialling.attempt_id)
        finally:
            del self._events[dialling.attempt_id]
        return DialEnd(outcome=event.outcome, ended_at=self._time.now(), answered_at=answered_at)

    async def _attempt(self, attempt_id: str) -> _Attempt:
        """The attempt is committed before it is dialled: it can be read here."""
        async with self._database.read() as session:
            rows = (await session.execute(_CALLED, {"attempt": attempt_id})).all()
        return _Attempt(tuple(row.contact_id for row in rows), rows[0].name, rows[0].scenario)

    async def _write(self, change: Callable[[AsyncSession], Awaitable[None]]) -> None:
        async with self._database.write() as session:
            await change(session)

    def _open(
        self, dialling: Dialling, attempt: _Attempt, started_at: datetime, answered_at: datetime
    ) -> Callable[[AsyncSession], Awaitable[None]]:
        async def change(session: AsyncSession) -> None:
            await talks.open_call(
                session,
                call_id=dialling.attempt_id,
                direction=Direction.OUTBOUND,
                number=dialling.number,
                dialled=dialling.number,
                attempt_id=dialling.attempt_id,
                scenario=attempt.scenario,
                started_at=started_at,
            )
            await talks.answered(session, dialling.attempt_id, answered_at)

        return change

    def _record(self, dialling: Dialling, event: Event) -> Callable[[AsyncSession], Awaitable[None]]:
        async def change(session: AsyncSession) -> None:
            for contact, result in event.said.items():
                await results.record(
                    session,
                    call_id=event.attempt,
                    attempt_id=event.attempt,
                    contact_id=contact,
                    result=result,
                    detail={},
                    callback_at=event.callback_at,
                )
            if Result.REFUSED in event.said.values():
                await numbers.do_not_call(session, dialling.number, by=f"call:{event.attempt}")

        return change


class Robot:
    """Works only while `step` runs."""

    def __init__(self, setting: Setting, wire: Wire) -> None:
        self._setting = setting
        self._wire = wire
        self._time = VirtualTime(setting.start, ZoneInfo(setting.zone))
        self._database = WatchedDatabase(setting.url, timeout=_PATIENCE, clock=self._time.now)
        self._dialler = VirtualDialler(self._database, self._time, wire)
        self._calling: asyncio.Task[None] | None = None
        self._asking = 0  # questions for evidence that are not answered yet

    @property
    def wakes_at(self) -> datetime | None:
        """When it means to do something of its own accord; None: only when a call tells it something."""
        return self._time.wakes_at

    async def start(self) -> None:
        """Recover what a predecessor of this name left open, and begin to call."""
        self._calling = asyncio.create_task(self._call(), name=f"robot {self._setting.node}")
        await self._settle(self._calling)

    async def step(self, moment: datetime, events: Sequence[Event]) -> None:
        """Do everything that there is to do at this moment."""
        assert self._calling is not None
        self._time.move(moment)
        for event in events:
            self._dialler.hear(event)
        await self._settle(self._calling)

    async def close(self) -> None:
        """Stop calling; calls under way are cut off."""
        if self._calling is not None:
            self._calling.cancel()
            with suppress(asyncio.CancelledError):
                await self._calling
        await self._database.close()

    async def _settle(self, calling: asyncio.Task[None]) -> None:
        def waits() -> bool:
            return calling.done() or (self._time.wakes_at is not None and not self._asking)

        await settled(self._database, waits)
        if calling.done():
            await calling  # raises what it died of
            raise CityError("the dispatcher stopped by itself", place=self._setting.node)

    async def _call(self) -> None:
        setting = self._setting
        await recovery.recover(self._database, self._time, node=setting.node, evidence=self._evidence)
        async with self._database.write() as session:
            await nodes.started(session, setting.node)
        await Dispatcher(
            self._database,
            self._dialler,
            self._time,
            node=setting.node,
            trunks=[setting.trunk],
            evidence=self._evidence,
            sleep=self._time.sleep,
        ).run()

    async def _evidence(self, attempt: OpenAttempt) -> Outcome | None:
        """Of its own calls only: another node's event log lies beside that node's Asterisk."""
        if attempt.node != self._setting.node:
            return None
        self._asking += 1
        try:
            return await self._wire.evidence(attempt.id)
        finally:
            self._asking -= 1
