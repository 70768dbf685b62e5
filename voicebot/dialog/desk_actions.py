"""Actions of the registry's desk: who is calling, which visits they have, which specialists receive."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.dialog.actions import Done, action
from voicebot.dialog.talk import Talk
from voicebot.language.speaking import say_specialty
from voicebot.store import appointments, patients
from voicebot.store.operations import OperationKey
from voicebot.store.tables import Doctor, Slot, SlotStatus

_NAMED = 7  # more specialists at a time nobody keeps in mind


@action("one", "unknown", needs=("birth_date",), gives=("patient",))
async def verify_caller(talk: Talk, key: OperationKey, arguments: Mapping[str, str]) -> Done:
    """Which of those whose number it is was born on `birth_date` (ISO)? Gives `patient` with `id` and `full_name`."""
    born = date.fromisoformat(arguments["birth_date"])
    async with talk.database.read() as session:
        found = await patients.find(session, number=talk.number, birth_date=born)
    if len(found) != 1:
        return Done(outcome="unknown")
    return Done(outcome="one", values={"patient": {"id": found[0].id, "full_name": found[0].full_name}})


@action("some", "none", needs=("patient",), gives=("visits",))
async def find_visits(talk: Talk, key: OperationKey, arguments: Mapping[str, str]) -> Done:
    """The visits to come of `patient`. Gives `visits`: each with `id`, `starts_at`, `specialty`, `doctor`, `place`."""
    async with talk.database.read() as session:
        found = await appointments.ahead(session, int(arguments["patient"]))
    visits = [
        {"id": one.id, "starts_at": one.starts_at, "specialty": one.specialty, "doctor": one.doctor, "place": one.place}
        for one in found
    ]
    return Done(outcome="some" if visits else "none", values={"visits": visits})


@action("some", "none", gives=("specialists",))
async def list_specialists(talk: Talk, key: OperationKey, arguments: Mapping[str, str]) -> Done:
    """Who has free times. Gives `specialists`: their titles, as they are said."""
    async with talk.database.read() as session:
        titles = [say_specialty(one) for one in await _receiving(session, talk)]
    return Done(outcome="some" if titles else "none", values={"specialists": ", ".join(titles[:_NAMED])})


async def _receiving(session: AsyncSession, talk: Talk) -> list[Any]:
    query = (
        select(Doctor.specialty)
        .join(Slot, Slot.doctor_id == Doctor.id)
        .where(Slot.status == SlotStatus.FREE, Slot.starts_at > talk.clock.now())
        .distinct()
        .order_by(Doctor.specialty)
    )
    return list(await session.scalars(query))
