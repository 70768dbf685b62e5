"""The dispatcher: takes numbers from the queue, has them dialled, writes down how it ended."""

import asyncio
import logging
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from voicebot.config import Trunk
from voicebot.dialog.ports import Clock
from voicebot.errors import StoreError
from voicebot.logs import call_context
from voicebot.outbound import campaigns, queue, recovery
from voicebot.outbound.campaigns import CampaignView
from voicebot.outbound.ports import DialEnd, Dialler, Dialling
from voicebot.outbound.queue import Claim
from voicebot.outcomes import Outcome
from voicebot.store.database import Database

_log = logging.getLogger(__name__)

_POLL = 0.5  # seconds; how soon the queue notices what other programs did: started, paused, loaded
_STORE_PAUSE = 2.0  # seconds between trials while the store does not answer
_LAST_WORDS = 5.0  # seconds for writing down that calls were cut off, when the dispatcher is cancelled


class Dispatcher:
    """Calls the contacts of all running campaigns over this node's trunks.

    `sleep` is `asyncio.sleep`; a simulation gives its own.
    """

    def __init__(
        self,
        database: Database,
        dialler: Dialler,
        clock: Clock,
        *,
        node: str,
        trunks: Sequence[Trunk],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._database = database
        self._dialler = dialler
        self._clock = clock
        self._node = node
        self._trunks = {trunk.name: trunk for trunk in trunks}
        self._sleep = sleep
        self._on_trunk: Counter[str] = Counter()
        self._on_campaign: Counter[int] = Counter()
        self._pace = _Pace()
        self._doubtful: set[str] = set()  # attempts whose commit got no answer: they were never dialled
        self._stopping = False

    @property
    def calls(self) -> int:
        """Attempts under way."""
        return self._on_trunk.total()

    def stop(self) -> None:
        """No new calls; `run` returns when those under way have ended."""
        self._stopping = True

    async def run(self) -> None:
        """Call until stopped. Cancelling hangs up what is under way and writes that down.

        While the store does not answer, nobody is called.
        """
        async with asyncio.TaskGroup() as group:
            while not self._stopping:
                try:
                    await self._settle_doubts()
                    await self._fill_lines(group)
                except StoreError as error:
                    _log.warning("no new calls: %s", error)
                    await self._sleep(_STORE_PAUSE)
                await self._sleep(_POLL)

    async def _fill_lines(self, group: asyncio.TaskGroup) -> None:
        """Start calls while lines are free and somebody is due; campaigns take turns."""
        async with self._database.read() as session:
            due = await campaigns.running(session)
        while due and not self._stopping:
            for campaign in tuple(due):
                trunk = self._free_trunk(campaign)
                if trunk is None or not await self._start_call(group, campaign, trunk):
                    due.remove(campaign)

    async def _settle_doubts(self) -> None:
        """An attempt that may have been committed while the store fell silent would block its number for ever."""
        for attempt_id in tuple(self._doubtful):
            async with self._database.write() as session:
                end = DialEnd(outcome=Outcome.NOT_DIALLED, ended_at=self._clock.now())
                await queue.finish(session, attempt_id, end)
            self._doubtful.discard(attempt_id)

    def _free_trunk(self, campaign: CampaignView) -> Trunk | None:
        if self._on_campaign[campaign.id] >= campaign.policy.lines:
            return None
        return next((trunk for trunk in self._trunks.values() if self._on_trunk[trunk.name] < trunk.lines), None)

    async def _start_call(self, group: asyncio.TaskGroup, campaign: CampaignView, trunk: Trunk) -> bool:
        """Claim a number and dial it, if it is time for another call and anybody is due."""
        at = self._clock.now()
        rates = {
            f"trunk {trunk.name}": trunk.calls_per_second,
            f"campaign {campaign.name}": campaign.policy.calls_per_second,
        }
        if not self._pace.allows(rates, at.timestamp()):
            return False
        attempt_id = uuid.uuid4().hex
        try:
            async with self._database.write() as session:
                claim = await queue.claim(
                    session, campaign, attempt_id=attempt_id, node=self._node, trunk=trunk.name, at=at
                )
        except StoreError:
            self._doubtful.add(attempt_id)
            raise
        if claim is None:
            return False
        self._pace.started(rates, at.timestamp())
        self._on_trunk[trunk.name] += 1
        self._on_campaign[campaign.id] += 1
        group.create_task(self._call(claim, campaign, trunk), name=f"attempt {claim.attempt_id}")
        return True

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
                end = await self._dial(dialling)
                await self._write_end(claim, end)
        except asyncio.CancelledError:
            end = end or DialEnd(outcome=Outcome.CANCELLED, ended_at=self._clock.now())
            with suppress(TimeoutError):  # then recovery ends it when the robot starts again
                async with asyncio.timeout(_LAST_WORDS):
                    await self._write_end(claim, end)
            raise
        finally:
            self._on_trunk[trunk.name] -= 1
            self._on_campaign[campaign.id] -= 1

    async def _dial(self, dialling: Dialling) -> DialEnd:
        """The boundary of one call: whatever goes wrong in it ends this attempt, not the dispatcher."""
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


class _Pace:
    """Calls per second: between two calls of one campaign, or on one trunk, lies the inverse of its rate."""

    def __init__(self) -> None:
        self._last: dict[str, float] = {}

    def allows(self, rates: dict[str, float], at: float) -> bool:
        # A clock that was set back must not stop the calls.
        return not any(0 <= at - self._last.get(name, float("-inf")) < 1 / rate for name, rate in rates.items())

    def started(self, rates: dict[str, float], at: float) -> None:
        self._last.update(dict.fromkeys(rates, at))
