"""What Asterisk saw of a call whose robot died: evidence for the recovery."""

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from voicebot.app.clock import RobotClock
from voicebot.errors import AriError
from voicebot.outbound.recovery import OpenAttempt
from voicebot.outcomes import Outcome
from voicebot.telephony.ari import Ari
from voicebot.telephony.causes import outcome_of
from voicebot.telephony.cel import CelLog, Trace

_log = logging.getLogger(__name__)

_MARGIN = timedelta(seconds=2)  # between the machine's clock as Asterisk reads it and as the robot does
_ENDS_WITHIN = 3.0  # seconds; what rang for a dead robot has been hung up just now
_EVERY = 0.1


def _end_of(cause: int | None) -> Outcome:
    """The guard hangs up without a cause; every refusal of the network has one."""
    return outcome_of(cause) if cause else Outcome.CANCELLED


@dataclass(frozen=True, kw_only=True)
class AsteriskEvidence:
    """`outbound.recovery.Evidence` out of the event log of this node's own Asterisk."""

    log: CelLog
    ari: Ari
    clock: RobotClock
    node: str

    async def __call__(self, attempt: OpenAttempt) -> Outcome | None:
        """How the attempt ended, None where nothing is proven: another node's log lies elsewhere.

        Call it when the channels of the robot before have been released.
        """
        if attempt.node != self.node:
            return None
        trace = await self._settled(attempt)
        if trace is None:
            return None
        if trace.answered:
            return Outcome.ANSWERED
        if trace.started:
            # One that rang when Asterisk itself died has no end, and nobody knows whether it was answered after that.
            return _end_of(trace.cause) if trace.ended else None
        return Outcome.NOT_DIALLED if await self._has_run_since(attempt.created_at) else None

    async def _settled(self, attempt: OpenAttempt) -> Trace | None:
        """The trace, when the channel has ended or was answered, or is past hope."""
        limit = asyncio.get_running_loop().time() + _ENDS_WITHIN
        while True:
            trace = await self.log.trace(attempt.id, lambda at: self.clock.at(at + _MARGIN) < attempt.created_at)
            unsettled = trace and trace.started and not (trace.ended or trace.answered)
            if not unsettled or asyncio.get_running_loop().time() > limit:
                return trace
            await asyncio.sleep(_EVERY)

    async def _has_run_since(self, instant: datetime) -> bool:
        """Whether Asterisk is the same that it was then: one that was killed may not have written its last events."""
        try:
            return self.clock.at(await self.ari.running_since()) < instant
        except AriError as error:
            _log.warning("Asterisk does not say since when it runs: %s", error)
            return False
