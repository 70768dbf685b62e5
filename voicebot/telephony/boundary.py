"""The one place per call where failures of a talk end: logged, and the caller handed over."""

import logging
from collections.abc import Awaitable, Callable

from voicebot.errors import AriError, HungUp, TelephonyError
from voicebot.logs import call_context
from voicebot.telephony.call import Call, open_call
from voicebot.telephony.leg import Leg
from voicebot.telephony.switchboard import Switchboard

log = logging.getLogger(__name__)


async def hold_talk(board: Switchboard, leg: Leg, talk: Callable[[Call], Awaitable[None]]) -> None:
    """Hold the talk on a leg that has been answered; afterwards the call is hung up or with a person."""
    with call_context(leg.channel_id):
        try:
            async with open_call(board, leg) as call:
                try:
                    await talk(call)
                except HungUp:
                    log.info("the other side hung up")
                await call.hang_up()
        except Exception as error:  # whatever it was: the caller must not sit in silence
            if leg.ending and isinstance(error, TelephonyError):
                log.info("the call ended meanwhile", extra={"reason": error.what})
            else:
                log.exception("the talk failed; the caller is handed over")
                await hand_over(board, leg)


async def hand_over(board: Switchboard, leg: Leg) -> None:
    """An apology and the operators, as when the robot dies."""
    if leg.ending or not leg.in_app:
        return
    try:
        await board.ari.continue_in_dialplan(leg.channel_id, board.settings.guard.context)
    except AriError:
        log.exception("the caller could not be handed over")
        await leg.hang_up()
