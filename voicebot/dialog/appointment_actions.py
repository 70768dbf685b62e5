"""Actions on the appointment that the call is about."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.dialog.actions import Done, action
from voicebot.dialog.talk import Talk
from voicebot.outcomes import Result
from voicebot.store import appointments
from voicebot.store.appointments import Change
from voicebot.store.operations import OperationKey

_SO_NOW = (Change.DONE, Change.ALREADY)


@action("done", "gone", needs=("appointment",))
async def confirm_appointment(talk: Talk, key: OperationKey, arguments: Mapping[str, str]) -> Done:
    """The patient will come. `appointment`: its id. `gone`: it was cancelled or moved meanwhile."""

    async def effect(session: AsyncSession) -> dict[str, Any]:
        change = await appointments.confirm(session, int(arguments["appointment"]), by=talk.by)
        if change not in _SO_NOW:
            return {"outcome": "gone"}
        await talk.record(session, Result.CONFIRMED)
        return {"outcome": "done"}

    return Done(**await talk.once(key, "confirm_appointment", effect))


@action("done", "gone", needs=("appointment",), takes=("reason",))
async def cancel_appointment(talk: Talk, key: OperationKey, arguments: Mapping[str, str]) -> Done:
    """The patient will not come. `appointment`: its id, `reason`: in the patient's words; the slot becomes free."""

    async def effect(session: AsyncSession) -> dict[str, Any]:
        reason = arguments.get("reason", "")
        change = await appointments.cancel(session, int(arguments["appointment"]), reason=reason, by=talk.by)
        if change not in _SO_NOW:
            return {"outcome": "gone"}
        await talk.record(session, Result.CANCELLED, reason=reason)
        return {"outcome": "done"}

    return Done(**await talk.once(key, "cancel_appointment", effect))


@action("done", needs=("appointment", "reason"))
async def note_reason(talk: Talk, key: OperationKey, arguments: Mapping[str, str]) -> Done:
    """Why the patient does not come, in the patient's words. `appointment`, `reason`."""

    async def effect(session: AsyncSession) -> dict[str, Any]:
        appointment = int(arguments["appointment"])
        await appointments.note_reason(session, appointment, reason=arguments["reason"], by=talk.by)
        return {}

    return Done(**await talk.once(key, "note_reason", effect))
