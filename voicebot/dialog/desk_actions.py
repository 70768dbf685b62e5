"""Actions of the registry's desk: who is calling, who serves them, which visits they have, who receives."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.dialog.actions import Done, action
from voicebot.dialog.talk import Talk
from voicebot.language.speaking import say_specialty
from voicebot.store import appointments, patients, policies
from voicebot.store.operations import OperationKey
from voicebot.store.tables import Doctor, Slot, SlotStatus

_VIP, _INSURED = "10", "5"  # of Asterisk's queue: the greater is served first
_NAMED = 7  # more specialists at a time nobody keeps in mind


@action("one", "unknown", needs=("birth_date",), gives=("patient", "verified"))
async def verify_caller(talk: Talk, key: OperationKey, arguments: Mapping[str, str]) -> Done:
    """Which of those whose number it is was born on `birth_date` (ISO)?

    Gives `patient` with `id` and `full_name`, and `verified`, the same id: `identify_caller` gives no such proof.
    """
    born = date.fromisoformat(arguments["birth_date"])
    async with talk.database.read() as session:
        found = await patients.find(session, number=talk.number, birth_date=born)
    if len(found) != 1:
        return Done(outcome="unknown")
    patient = {"id": found[0].id, "full_name": found[0].full_name}
    return Done(outcome="one", values={"patient": patient, "verified": patient["id"]})


@action("done", gives=("group", "priority"))
async def choose_group(talk: Talk, key: OperationKey, arguments: Mapping[str, str]) -> Done:
    """Which operators serve this number, and how soon. Gives `group` (child, regional, adult) and `priority`.

    `child`: all whose number it is are under 18. `regional`: in another time zone than the clinic. Whoever has a VIP's
    policy is served before all others, other insured people before those without one.
    """
    at = talk.clock.now()
    async with talk.database.read() as session:
        people = await patients.of_number(session, talk.number)
        covered = await policies.of_patients(session, [one.id for one in people], at.date())
        zones = {one.zone for person in people for one in await patients.numbers(session, person.id) if one.zone}
    group = "adult"
    if people and all(one.birth_date is not None and one.birth_date > _grown_up(at.date()) for one in people):
        group = "child"
    elif zones and all(at.astimezone(ZoneInfo(zone)).utcoffset() != at.utcoffset() for zone in zones):
        group = "regional"
    priority = _VIP if any(policy.vip for policy in covered) else _INSURED if covered else ""
    return Done(values={"group": group, "priority": priority})


def _grown_up(today: date) -> date:
    """Whoever was born after this day is under 18."""
    return date(today.year - 18, today.month, min(today.day, 28))  # 29 February is none in most years


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
