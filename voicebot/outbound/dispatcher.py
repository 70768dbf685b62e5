"""The dispatcher: takes numbers from the queue, has them dialled, writes down how it ended."""

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from voicebot.config import Trunk
from voicebot.dialog.ports import Clock
from voicebot.errors import StoreError
from voicebot.logs import call_context
from voicebot.outbound import campaigns, lines, queue, recovery
from voicebot.outbound.board import Board
from voicebot.outbound.campaigns import CampaignView
from voicebot.outbound.lines import Hold, Idle, campaign_rate
from voicebot.outbound.ports import DialEnd, Dialler, Dialling
from voicebot.outbound.queue import LEASE, Claim
from voicebot.outbound.recovery import Evidence, nothing_proven
from voicebot.outbound.sharing import Share, next_in_turn
from voicebot.outbound.upkeep import Upkeep, clear_head
from voicebot.outcomes import Outcome
from voicebot.store import calls, nodes
from voicebot.store.database import Database

_log = logging.getLogger(__name__)

_POLL = 0.5  # seconds; how soon the queue notices what other programs did: started, paused, loaded
_STORE_PAUSE = 2.0  # seconds between trials while the store does not answer
_LAST_WORDS = 5.0  # seconds for writing down that calls were cut off, when the dispatcher is cancelled
_TIDY = timedelta(seconds=30)  # of the clock, between two looks at what changes for many contacts at once
_BITES = 20  # rounds of clearing a head in one go; then the rest of the work has its turn


def _always(_under_way: int) -> bool:
    return True


@dataclass(kw_only=True)
class _Call:
    """An attempt under way."""

    campaign_id: int
    task: asyncio.Task[None]
    is_stopped: bool = False


class Dispatcher:
    """Calls the contacts of all running campaigns over this node's trunks.

    `sleep` is `asyncio.sleep`, and `lease` some minutes of the clock; a simulation gives its own. `may_call` gets the
    number of attempts under way, and says whether this machine can carry one more.
    """

    def __init__(
        self,
        database: Database,
        dialler: Dialler,
        clock: Clock,
        *,
        node: str,
        trunks: Sequence[Trunk],
        evidence: Evidence = nothing_proven,
        lease: timedelta = LEASE,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        may_call: Callable[[int], bool] = _always,
    ) -> None:
        self._database = database
        self._dialler = dialler
        self._clock = clock
        self._node = node
        self._trunks = trunks
        self._evidence = evidence
        self._lease = lease
        self._sleep = sleep
        self._may_call = may_call
        self._calls: dict[str, _Call] = {}
        self._doubtful: set[str] = set()  # attempts whose commit got no answer: they were never dialled
        self._upkeep = Upkeep()
        self._untidy: set[int] = set()  # campaigns that the upkeep is not done with
        self._beat_at: datetime | None = None
        self._tidied_at: datetime | None = None
        self._wake = asyncio.Event()  # a line is free, or there is something else to do at once
        self._stopping = False
        self._known = False  # the store knows our trunks

    @property
    def calls(self) -> int:
        """Attempts under way."""
        return len(self._calls)

    def stop(self) -> None:
        """No new calls; `run` returns when those under way have ended."""
        self._stopping = True
        self._wake.set()

    async def run(self) -> None:
        """Call until stopped. Cancelling hangs up what is under way and writes that down.

        While the store does not answer, nobody is called.
        """
        async with asyncio.TaskGroup() as group:
            while not self._stopping or self._calls:
                self._wake.clear()
                pause = _POLL
                try:
                    await self._look_after()
                    board = await self._look()
                    await self._hang_up(board.stopped)
                    if not self._stopping:
                        pause = await self._fill_lines(group, board)
                except StoreError as error:
                    _log.warning("no new calls: %s", error)
                    pause = _STORE_PAUSE
                await self._rest(pause)

    async def _rest(self, seconds: float) -> None:
        """Sleep, but not longer than until a call has ended."""
        if self._wake.is_set():
            await asyncio.sleep(0)
            return
        resting = {
            asyncio.ensure_future(self._sleep(seconds)),
            asyncio.ensure_future(self._wake.wait()),
        }
        try:
            await asyncio.wait(resting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in resting:
                task.cancel()
            await asyncio.gather(*resting, return_exceptions=True)

    async def _look_after(self) -> None:
        """What is to be done beside calling."""
        if not self._known:
            async with self._database.write() as session:
                await lines.register(session, self._trunks)
            self._known = True
        await self._settle_doubts()
        at = self._clock.now()
        if _is_over(self._lease / 3, self._beat_at, at):
            await self._beat(at)
            self._beat_at = at
        if not self._stopping:
            await self._tidy(at)

    async def _look(self) -> Board:
        ours = {call.campaign_id for call in self._calls.values()}
        async with self._database.read() as session:
            return await Board.read(session, ours=ours, trunks=self._trunks, at=self._clock.now())

    async def _beat(self, at: datetime) -> None:
        """A sign of life; and the work of robots that give none."""
        async with self._database.write() as session:
            await nodes.beat(session, self._node)
            await recovery.extend(session, self._calls, at + self._lease)
        await recovery.take_over(self._database, self._clock, self._evidence, but=self._calls)

    async def _settle_doubts(self) -> None:
        """An attempt that may have been committed while the store fell silent would block its number for a while."""
        for attempt_id in tuple(self._doubtful):
            async with self._database.write() as session:
                end = DialEnd(outcome=Outcome.NOT_DIALLED, ended_at=self._clock.now())
                await queue.finish(session, attempt_id, end)
            self._doubtful.discard(attempt_id)

    async def _hang_up(self, stopped: Collection[int]) -> None:
        """Of campaigns that were stopped, calls that nobody has answered yet are cancelled; talks go on."""
        if not stopped:
            return
        async with self._database.read() as session:
            talking = await calls.answered(session, self._calls)
        for attempt_id, call in self._calls.items():
            if call.campaign_id in stopped and attempt_id not in talking and not call.is_stopped:
                call.is_stopped = True
                call.task.cancel()

    async def _fill_lines(self, group: asyncio.TaskGroup, board: Board) -> float:
        """Start calls while lines are free and somebody is due. Gives for how many seconds there is nothing to do."""
        running, seen, at = board.running, board.lines, self._clock.now()
        shares = {key: _share(campaign, seen.taken) for key, campaign in running.items() if board.anybody(key, at)}
        trunks, soon, bites = list(self._trunks), [timedelta(seconds=_POLL)], 0
        while trunks and self._may_begin() and (share := next_in_turn(shares.values())):
            campaign, trunk, at = running[share.campaign], trunks[0], self._clock.now()
            # No transaction of a writer for what the board tells already.
            idle = seen.hold(trunk, at) or campaign_rate(share.last_call_at, campaign.policy.calls_per_second, at)
            begun = idle or await self._begin(group, campaign, trunk, at)
            if isinstance(begun, Claim):
                shares[campaign.id] = replace(share, taken=share.taken + 1, last_call_at=at)
                seen = seen.begun(trunk, at)
                continue
            if begun.until is not None:
                soon.append(begun.until - at)
            if begun.why.of_trunk:
                trunks.pop(0)
            elif begun.why is Hold.HEAD and bites < _BITES:
                bites += 1
                async with self._database.write() as session:
                    await clear_head(session, campaign, at)
            else:
                del shares[campaign.id]
        return min(soon).total_seconds()

    def _may_begin(self) -> bool:
        return not self._stopping and self._may_call(len(self._calls))

    async def _tidy(self, at: datetime) -> None:
        """A bite of the upkeep for every campaign that needs it."""
        is_time = _is_over(_TIDY, self._tidied_at, at)
        if not is_time and not self._untidy:
            return
        async with self._database.read() as session:
            running = {campaign.id: campaign for campaign in await campaigns.running(session)}
        if is_time:
            self._untidy, self._tidied_at = set(running), at
        for campaign_id in self._untidy & running.keys():
            async with self._database.write() as session:
                if not await self._upkeep.tidy(session, running[campaign_id], at):
                    self._untidy.discard(campaign_id)

    async def _begin(
        self, group: asyncio.TaskGroup, campaign: CampaignView, trunk: Trunk, at: datetime
    ) -> Claim | Idle:
        """Claim a number and dial it, if that may be and anybody is due."""
        attempt_id = uuid.uuid4().hex
        try:
            async with self._database.write() as session:
                claim = await queue.claim(
                    session,
                    campaign,
                    attempt_id=attempt_id,
                    node=self._node,
                    trunk=trunk,
                    at=at,
                    lease=self._lease,
                )
        except StoreError:
            self._doubtful.add(attempt_id)
            raise
        if isinstance(claim, Claim):
            task = group.create_task(self._call(claim, campaign, trunk), name=f"attempt {attempt_id}")
            self._calls[attempt_id] = _Call(campaign_id=campaign.id, task=task)
            task.add_done_callback(lambda _: self._ended(attempt_id))
        return claim

    def _ended(self, attempt_id: str) -> None:
        del self._calls[attempt_id]
        self._wake.set()

    async def _call(self, claim: Claim, campaign: CampaignView, trunk: Trunk) -> None:
        """One attempt from its claim to its end in the store."""
        dialling = Dialling(
            attempt_id=claim.attempt_id,
            number=claim.number,
            trunk=trunk.name,
            ring_timeout=min(campaign.policy.ring_timeout, trunk.ring_timeout),
        )
        end: DialEnd | None = None
        try:
            with call_context(claim.attempt_id):
                end = await self._dial(dialling, claim.lease_until)
                await self._write_end(claim, end)
        except asyncio.CancelledError:
            end = end or DialEnd(outcome=Outcome.CANCELLED, ended_at=self._clock.now())
            with suppress(TimeoutError):  # then its lease runs out, or recovery ends it when the robot starts again
                async with asyncio.timeout(_LAST_WORDS):
                    await self._write_end(claim, end)
            raise

    async def _dial(self, dialling: Dialling, lease_until: datetime) -> DialEnd:
        """The boundary of one call: whatever goes wrong in it ends this attempt, not the dispatcher."""
        if (at := self._clock.now()) >= lease_until:  # we slept too long: another robot may have taken it over
            return DialEnd(outcome=Outcome.NOT_DIALLED, ended_at=at)
        try:
            return await self._dialler.dial(dialling)
        except Exception:
            _log.exception("an attempt failed")
            return DialEnd(outcome=Outcome.FAILED, ended_at=self._clock.now())

    async def _write_end(self, claim: Claim, end: DialEnd) -> None:
        """Close the attempt; its line stays taken until the store has it, for the next claim needs the store too."""
        while True:
            try:
                async with self._database.write() as session:
                    truth = await recovery.truthful_end(session, claim.attempt_id, end)
                    await queue.finish(session, claim.attempt_id, truth)
            except StoreError as error:
                _log.warning("the end of an attempt waits: %s", error)
                await self._sleep(_STORE_PAUSE)
            else:
                _log.info("attempt ended", extra={"outcome": truth.outcome, "contacts": len(claim.contacts)})
                return


def _is_over(pause: timedelta, since: datetime | None, at: datetime) -> bool:
    """A clock that was set back must not stop what is done again and again."""
    return since is None or abs(at - since) >= pause


def _share(campaign: CampaignView, taken: Mapping[int, int]) -> Share:
    return Share(
        campaign=campaign.id,
        lines=campaign.policy.lines,
        taken=taken.get(campaign.id, 0),
        last_call_at=campaign.last_call_at,
    )
