"""A dialler that has the phrases ready before the number is dialled."""

import logging

from voicebot.app.talks import Talks
from voicebot.errors import SpeechError
from voicebot.outbound.ports import DialEnd, Dialler, Dialling

_log = logging.getLogger(__name__)


class Prepared:
    """Implements `Dialler` around another one."""

    def __init__(self, dialler: Dialler, talks: Talks) -> None:
        self._dialler = dialler
        self._talks = talks

    async def dial(self, dialling: Dialling) -> DialEnd:
        """Prepare, then dial; phrases that could not be prepared are rendered during the call."""
        try:
            await self._talks.prepare(dialling.attempt_id)
        except SpeechError as error:
            _log.warning("phrases are not ready: %s", error)
        return await self._dialler.dial(dialling)
