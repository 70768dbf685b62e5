"""Actions that find free times, hold them while people talk, and take one."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.dialog.actions import Done, action
from voicebot.dialog.talk import Talk
from voicebot.outcomes import Result
from voicebot.store import appointments, booking, patients, slots
from voicebot.store.appointments import Change
from voicebot.store.operations import OperationKey
from voicebot.store.sheets import cells
from voicebot.store.slots import Query, SlotView

_OFFERED = 2  # more than two dates at a time nobody keeps in mind
_HELD = timedelta(minutes=15)


@action("two", "one", "nothing", takes=("specialty", "appointment", "wish"), gives=("offers", "fit"))
async def offer_times(talk: Talk, key: OperationKey, arguments: Mapping[str, str]) -> Done:
    """Free times, held until the talk is over. `specialty` (a key, or as a list names it), or `appointment` for its
    specialty; `wish`: a value of `Kind.WHEN` as JSON.

    Gives `offers`: a list of one or two, each with `id`, `starts_at`, `specialty`, `doctor`, `place`; and `fit`: how
    they answer the wish (`store.slots.Fit`).
    """

    async def effect(session: AsyncSession) -> dict[str, Any]:
        title = arguments.get("specialty")
        specialty = cells.specialty(title) if title else await _specialty(session, int(arguments["appointment"]))
        now = talk.clock.now()
        wish = json.loads(arguments.get("wish") or "null")
        query = Query(specialty=specialty)
        found = await slots.search(session, query, after=now, limit=_OFFERED, wish=wish, by=talk.by)
        held = [one for one in found.slots if await booking.hold(session, one.id, by=talk.by, until=now + _HELD)]
        values = {"offers": _told(held), "fit": found.fit.value}
        return {"outcome": ("nothing", "one", "two")[len(held)], "values": values}

    return Done(**await talk.once(key, "offer_times", effect))


@action("done", "taken", "gone", needs=("appointment", "slot"), gives=("booked",))
async def move_appointment(talk: Talk, key: OperationKey, arguments: Mapping[str, str]) -> Done:
    """The patient comes at another time. `appointment`, `slot`. Gives `booked`, the new time."""

    async def effect(session: AsyncSession) -> dict[str, Any]:
        slot = int(arguments["slot"])
        change = await appointments.move(session, int(arguments["appointment"]), slot, by=talk.by)
        if change not in (Change.DONE, Change.ALREADY):
            return {"outcome": "taken" if change is Change.TAKEN else "gone"}
        await talk.record(session, Result.RESCHEDULED)
        return await _booked(session, talk, slot)

    return Done(**await talk.once(key, "move_appointment", effect))


@action("done", "taken", needs=("patient", "slot"), gives=("booked",))
async def book_slot(talk: Talk, key: OperationKey, arguments: Mapping[str, str]) -> Done:
    """A new appointment. `patient`, `slot`: ids. Gives `booked`, its time."""

    async def effect(session: AsyncSession) -> dict[str, Any]:
        slot = int(arguments["slot"])
        if await booking.book(session, slot, patient_id=int(arguments["patient"]), by=talk.by) is None:
            return {"outcome": "taken"}
        await talk.record(session, Result.BOOKED)
        return await _booked(session, talk, slot)

    return Done(**await talk.once(key, "book_slot", effect))


@action("one", "several", "unknown", gives=("patient",))
async def identify_caller(talk: Talk, key: OperationKey, arguments: Mapping[str, str]) -> Done:
    """Whose number is this? Gives `patient` with `id` and `full_name` when it is one patient's."""
    async with talk.database.read() as session:
        found = await patients.of_number(session, talk.number)
    if len(found) != 1:
        return Done(outcome="several" if found else "unknown")
    return Done(outcome="one", values={"patient": {"id": found[0].id, "full_name": found[0].full_name}})


async def _specialty(session: AsyncSession, appointment_id: int) -> str | None:
    view = await appointments.get(session, appointment_id)
    return view.specialty if view else None


async def _booked(session: AsyncSession, talk: Talk, slot: int) -> dict[str, Any]:
    """What is told of the slot that was taken; the others that the talk holds are free again."""
    await booking.release(session, by=talk.by)
    taken = await slots.get(session, slot)
    return {"outcome": "done", "values": {"booked": _told([taken])[0] if taken else {}}}


def _told(found: Sequence[SlotView]) -> list[dict[str, Any]]:
    """As JSON: operations keep what they gave."""
    return [
        {
            "id": one.id,
            "starts_at": one.starts_at.isoformat(),
            "specialty": one.specialty,
            "doctor": one.doctor,
            "place": one.place,
        }
        for one in found
    ]
