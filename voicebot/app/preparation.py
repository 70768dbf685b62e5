"""A dialler that has the phrases ready before the number is dialled."""

import logging
from dataclasses import replace

from voicebot.app.clock import RobotClock
from voicebot.app.talks import Talks
from voicebot.errors import SpeechError
from voicebot.outbound.ports import DialEnd, Dialler, Dialling

_log = logging.getLogger(__name__)


class Prepared:
    """Implements `Dialler` around another one."""

    def __init__(self, dialler: Dialler, talks: Talks, clock: RobotClock) -> None:
        self._dialler = dialler
        self._clock = clock
        self._talks = talks

    async def dial(self, dialling: Dialling) -> DialEnd:
        """Prepare, then dial; phrases that could not be prepared are rendered during the call.

        Telephony tells the machine's time; what is written is the robot's.
        """
        try:
            await self._talks.prepare(dialling.attempt_id)
        except SpeechError as error:
            _log.warning("phrases are not ready: %s", error)
        end = await self._dialler.dial(dialling)
        answered_at = self._clock.at(end.answered_at) if end.answered_at else None
        return replace(end, ended_at=self._clock.at(end.ended_at), answered_at=answered_at)
