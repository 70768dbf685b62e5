"""Outbound calls through Asterisk: `outbound.ports.Dialler`."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from voicebot.config import Trunk
from voicebot.errors import AriError, ConfigError
from voicebot.outbound.ports import DialEnd, Dialling
from voicebot.outcomes import Outcome
from voicebot.privacy import mask_number
from voicebot.telephony.boundary import hold_talk
from voicebot.telephony.call import Call
from voicebot.telephony.causes import outcome_of
from voicebot.telephony.leg import Ending, Leg
from voicebot.telephony.switchboard import Switchboard

log = logging.getLogger(__name__)


class PbxDialler:
    """Dials through the trunks of the settings; the talk happens inside `dial`."""

    def __init__(self, board: Switchboard, talk: Callable[[Call, str], Awaitable[None]]) -> None:
        """
        Args:
            talk: what to do with an answered call; its second argument is the attempt's id.
        """
        self._board = board
        self._talk = talk
        self._trunks = {trunk.name: trunk for trunk in board.settings.trunks}

    async def dial(self, dialling: Dialling) -> DialEnd:
        """
        Raises:
            AriError: Asterisk is not there.
            ConfigError: no trunk of that name.
        """
        trunk = self._trunk(dialling.trunk)
        if not dialling.number.startswith(trunk.allowed_prefixes):
            log.warning("not an allowed destination", extra={"number": mask_number(dialling.number)})
            return DialEnd(outcome=Outcome.BLOCKED, ended_at=datetime.now(UTC))
        async with Leg(self._board.ari, dialling.attempt_id) as leg:
            try:
                return await self._follow(leg, trunk, dialling)
            except asyncio.CancelledError:
                await asyncio.shield(leg.hang_up())
                raise

    async def _follow(self, leg: Leg, trunk: Trunk, dialling: Dialling) -> DialEnd:
        try:
            await self._board.ari.originate(
                endpoint(trunk, dialling.number),
                channel_id=leg.channel_id,
                ring_timeout=dialling.ring_timeout.total_seconds(),
                caller_id=trunk.caller_id,
                arguments="outbound",
            )
        except AriError as error:
            if error.status is None:
                raise
            log.exception("Asterisk refuses to dial")
            return DialEnd(outcome=Outcome.FAILED, ended_at=datetime.now(UTC))
        await leg.until(lambda leg: leg.entered_at is not None)
        if leg.entered_at and not leg.ending:
            await hold_talk(self._board, leg, lambda call: self._talk(call, dialling.attempt_id))
        return _dial_end(leg, await leg.ended())

    def _trunk(self, name: str) -> Trunk:
        if trunk := self._trunks.get(name):
            return trunk
        raise ConfigError(f"no trunk is named {name!r}", place="trunks", mend="Add it to the settings.")


def endpoint(trunk: Trunk, number: str) -> str:
    """The dial string for an E.164 number."""
    return trunk.dial.format(number=number, digits=number.removeprefix("+"))


def _dial_end(leg: Leg, ending: Ending) -> DialEnd:
    answered = leg.entered_at is not None
    outcome = outcome_of(ending.cause, ending.tech_cause, answered=answered)
    if answered and leg.machine:
        outcome = Outcome.MACHINE
    elif ending.lost and not answered:
        outcome = Outcome.LOST
    return DialEnd(
        outcome=outcome,
        ended_at=ending.at,
        answered_at=leg.entered_at,
        cause=ending.cause,
        tech_cause=ending.tech_cause,
    )
