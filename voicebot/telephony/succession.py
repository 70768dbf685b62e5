"""A robot that starts finds the calls of the one before it: they are ended or handed over, never resumed."""

import logging

from voicebot.errors import AriError
from voicebot.telephony.ari import Ari
from voicebot.telephony.inherited import BRIDGE, OWNER, Fate, Seen

log = logging.getLogger(__name__)


async def release_inherited(ari: Ari, context: str) -> list[str]:
    """Send callers of an earlier robot to the dialplan's context, hang up what rang for it, remove its bridges.

    Call it before the first call of our own. Gives the ids of the calls (not of media channels) that were found.
    """
    found = []
    for channel in await ari.channels():
        plan = channel["dialplan"]
        seen = Seen(
            channel_id=channel["id"],
            application=plan.get("app_name", ""),
            data=plan.get("app_data", ""),
        )
        try:
            if await _release(ari, seen, context):
                found.append(seen.channel_id)
        except AriError as error:
            log.info("an inherited channel has ended", extra={"channel": seen.channel_id, "reason": error.what})
    for bridge_id in await ari.bridges():
        if bridge_id.endswith(BRIDGE):
            await ari.destroy_bridge(bridge_id)
    if found:
        log.warning("calls of an earlier robot were released", extra={"calls": found})
    return found


async def _release(ari: Ari, seen: Seen, context: str) -> bool:
    fate = seen.fate(ari.app)
    if fate is Fate.RESCUE:
        await ari.continue_in_dialplan(seen.channel_id, context)
        return True
    if fate is Fate.HANG_UP:
        await ari.hang_up(seen.channel_id)
    elif fate is Fate.UNKNOWN and await ari.get_variable(seen.channel_id, OWNER) == ari.app:
        await ari.hang_up(seen.channel_id)
        return True
    return False
