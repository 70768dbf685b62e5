"""Actions of the waiting list: a freed time that is held for the patient is taken, or given back."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.dialog.actions import Done, action
from voicebot.dialog.talk import Talk
from voicebot.outcomes import Result
from voicebot.store import waitlist
from voicebot.store.operations import OperationKey
from voicebot.store.tables import Wait, WaitState


@action("done", "taken", needs=("wait", "slot"))
async def accept_offer(talk: Talk, key: OperationKey, arguments: Mapping[str, str]) -> Done:
    """The patient takes the time. `wait`: entry of the waiting list, `slot`: what it was called about.

    `taken`: it is not held any more, and the patient waits on.
    """

    async def effect(session: AsyncSession) -> dict[str, Any]:
        if not await _is_offered(session, arguments):
            return {"outcome": "taken"}
        if await waitlist.accept(session, int(arguments["wait"]), by=talk.by) is None:
            return {"outcome": "taken"}
        await talk.record(session, Result.BOOKED)
        return {"outcome": "done"}

    return Done(**await talk.once(key, "accept_offer", effect))


@action("done", needs=("wait", "slot", "keep_waiting"))
async def decline_offer(talk: Talk, key: OperationKey, arguments: Mapping[str, str]) -> Done:
    """The patient does not want this time; it is free for the next. `keep_waiting`: yes, or no: off the list."""

    async def effect(session: AsyncSession) -> dict[str, Any]:
        if await _is_offered(session, arguments):
            keep = arguments["keep_waiting"] == "yes"
            await waitlist.decline(session, int(arguments["wait"]), keep_waiting=keep)
        await talk.record(session, Result.COMPLETED, keep_waiting=arguments["keep_waiting"])
        return {}

    return Done(**await talk.once(key, "decline_offer", effect))


async def _is_offered(session: AsyncSession, arguments: Mapping[str, str]) -> bool:
    """Whether this time is still held for them: a call may come late."""
    wait = await session.get(Wait, int(arguments["wait"]), populate_existing=True)
    return wait is not None and wait.state is WaitState.OFFERED and wait.slot_id == int(arguments["slot"])
