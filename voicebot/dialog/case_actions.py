"""Actions of medical assistance: a case is opened with the first words, grows with the talk, and is registered."""

import logging
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

import phonenumbers
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.dialog import emergency
from voicebot.dialog.actions import Done, action
from voicebot.dialog.talk import Talk
from voicebot.errors import OutsideError
from voicebot.language import symptoms
from voicebot.language.reading import Context
from voicebot.outcomes import Result
from voicebot.store import case_facts, cases, consents, outbox, policies, tasks
from voicebot.store.cases import Request
from voicebot.store.database import now
from voicebot.store.operations import OperationKey
from voicebot.store.policies import PolicyCheck, Standing
from voicebot.store.tables import Case, CaseStage, ConsentKind

_log = logging.getLogger(__name__)
_LOOK_IN = timedelta(minutes=5)  # a person looks at every new case within this time, whatever became of the call


@action("red_flag", "known", "unclear", gives=("case",))
async def open_case(talk: Talk, key: OperationKey, arguments: Mapping[str, str]) -> Done:
    """Open the call's case with what was said so far, and a task for a person. Gives `case` with its `id`.

    `red_flag`: the complaint tells of danger to life; `unclear`: no complaint was understood in it.
    """

    async def effect(session: AsyncSession) -> dict[str, Any]:
        case = await _opened(session, talk)
        found = symptoms.parse(case.complaint, Context(now=talk.clock.now())).values
        outcome = "unclear" if not found else "red_flag" if found[0].value["red_flag"] else "known"
        return {"outcome": outcome, "values": {"case": {"id": case.id}}}

    return Done(**await talk.once(key, "open_case", effect))


@action("known", "unknown", gives=("emergency_number", "case"))
async def raise_alarm(talk: Talk, key: OperationKey, arguments: Mapping[str, str]) -> Done:
    """Somebody is in danger: the case gets its red flag, and a person a task at once.

    Gives `emergency_number`, as it is dialled in the country where they are. `unknown`: where that is was not told.
    """

    async def effect(session: AsyncSession) -> dict[str, Any]:
        case = await _opened(session, talk)
        if not case.red_flag:
            await cases.learn(session, case.id, Request(red_flag=True), by=talk.by)
            about = {"case": case.id}
            await tasks.add(session, kind="emergency", about=about, call_id=talk.call_id, due_at=now(session))
        values = {"emergency_number": emergency.number(case.country), "case": {"id": case.id}}
        return {"outcome": "known" if case.country else "unknown", "values": values}

    return Done(**await talk.once(key, "raise_alarm", effect))


@action("valid", "not_in_force", "outside", "unknown", needs=("number",), takes=("birth_date",), gives=("policy",))
async def check_policy(talk: Talk, key: OperationKey, arguments: Mapping[str, str]) -> Done:
    """Is the policy good today where the insured person is? The insurer is asked, else the local list.

    `number`: letters and digits; `birth_date`: ISO. Gives `policy`: `standing`, `certain` (the holder is surely the
    insured person), `insurer`, `holder`. What was found stands in the case, which says whether it is confirmed.
    """
    number = policies.fold_number(arguments["number"])
    birth_date = date.fromisoformat(born) if (born := arguments.get("birth_date")) else None
    asked = await _asked(talk, number, birth_date)

    async def effect(session: AsyncSession) -> dict[str, Any]:
        case = await _opened(session, talk)
        found = asked or policies.judge(
            await policies.find(session, number, birth_date=birth_date),
            birth_date=birth_date,
            country=case.country,
            day=talk.clock.now().date(),
        )
        request = Request(
            policy_id=found.policy_id,
            insured=found.holder if found.certain else None,
            data={"policy_check": {name: value for name, value in asdict(found).items() if name != "policy_id"}},
        )
        await cases.learn(session, case.id, request, by=talk.by)
        told = {"standing": found.standing, "certain": found.certain, "insurer": found.insurer, "holder": found.holder}
        return {"outcome": _OUTCOMES.get(found.standing, "unknown"), "values": {"policy": told}}

    return Done(**await talk.once(key, "check_policy", effect))


_OUTCOMES = {standing: standing.value for standing in (Standing.VALID, Standing.NOT_IN_FORCE, Standing.OUTSIDE)}


@action("known", "unknown", gives=("caller",))
async def caller_number(talk: Talk, key: OperationKey, arguments: Mapping[str, str]) -> Done:
    """Can the caller be called back where they call from? `unknown`: withheld, or a closed network's own number.

    Gives `caller`, E.164.
    """
    return Done(outcome="known", values={"caller": talk.number}) if _is_public(talk.number) else Done(outcome="unknown")


@action("confirmed", "not_confirmed", gives=("case",))
async def register_case(talk: Talk, key: OperationKey, arguments: Mapping[str, str]) -> Done:
    """All is told: the case goes to those who organise help, its number may be spoken. Gives `case` with its `id`.

    `not_confirmed`: no good policy was found; a person sorts that out while help is organised.
    """

    async def effect(session: AsyncSession) -> dict[str, Any]:
        case = await _opened(session, talk)
        confirmed = case.data.get("policy_check", {}).get("standing") == Standing.VALID
        await cases.learn(session, case.id, Request(data={"policy_confirmed": confirmed}), by=talk.by)
        await cases.advance(session, case.id, CaseStage.REGISTERED, by=talk.by)
        await talk.record(session, Result.COMPLETED, case=case.id)
        return {"outcome": "confirmed" if confirmed else "not_confirmed", "values": {"case": {"id": case.id}}}

    return Done(**await talk.once(key, "register_case", effect))


@action("done")
async def to_messenger(talk: Talk, key: OperationKey, arguments: Mapping[str, str]) -> Done:
    """The caller agreed to go on in the messenger: the consent with its proof, and a message that asks for the link."""

    async def effect(session: AsyncSession) -> dict[str, Any]:
        case = await case_facts.gather(session, talk.call_id)
        number = case.number if case and case.number else talk.number
        await consents.give(session, ConsentKind.MESSAGES, proof=talk.by, number=number)
        wish = {"call_id": talk.call_id, "case_id": case.id if case else None, "number": number}
        await outbox.put(session, "messenger.wanted", wish)
        return {}

    return Done(**await talk.once(key, "to_messenger", effect))


async def _opened(session: AsyncSession, talk: Talk) -> Case:
    """The call's case with all that was said; opened now if there is none."""
    if (case := await case_facts.gather(session, talk.call_id)) is not None:
        return case
    country = emergency.country_of(talk.number) or None
    number = talk.number if _is_public(talk.number) else None
    case_id = await cases.open_case(session, Request(country=country, number=number), call_id=talk.call_id, by=talk.by)
    due = now(session) + _LOOK_IN
    await tasks.add(session, kind="case", about={"case": case_id}, call_id=talk.call_id, due_at=due)
    case = await case_facts.gather(session, talk.call_id)
    if case is None:
        raise LookupError(f"case {case_id} is gone")  # it was written in this transaction
    return case


async def _country(session: AsyncSession, talk: Talk) -> str:
    return (await _opened(session, talk)).country


async def _asked(talk: Talk, number: str, birth_date: date | None) -> PolicyCheck | None:
    """The insurer's answer; None: there is none to be had."""
    if talk.insurers is None:
        return None
    country = await talk.write(lambda session: _country(session, talk))
    try:
        return await talk.insurers.check(number, birth_date=birth_date, country=country)
    except OutsideError as error:
        _log.warning("the insurer was not reached, the local list is used: %s", error)
        return None


def _is_public(number: str) -> bool:
    """Whether anybody could dial it."""
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return False
