"""Actions on the call itself and on what becomes of it."""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.dialog.actions import Done, action
from voicebot.dialog.ports import Handover
from voicebot.dialog.talk import Talk
from voicebot.errors import HungUp
from voicebot.language.instants import earliest
from voicebot.outcomes import Result
from voicebot.store import case_facts, numbers, tasks
from voicebot.store.operations import OperationKey


@action("done", needs=("result",))
async def finish(talk: Talk, key: OperationKey, arguments: Mapping[str, str]) -> Done:
    """Write the talk's result. `result`: one of the results."""

    async def effect(session: AsyncSession) -> dict[str, Any]:
        await talk.record(session, Result(arguments["result"]))
        return {}

    return Done(**await talk.once(key, "finish", effect))


@action("done", needs=("scenario",))
async def go_over(talk: Talk, key: OperationKey, arguments: Mapping[str, str]) -> Done:
    """When this talk ends another one goes on, at its `further`, with what was told so far. `scenario`: its name."""
    talk.goes_on_as = arguments["scenario"]
    return Done()


@action("done", takes=("at",))
async def call_back(talk: Talk, key: OperationKey, arguments: Mapping[str, str]) -> Done:
    """Call again later. `at`: a value of `Kind.WHEN` as JSON; without it the campaign's pause holds."""

    async def effect(session: AsyncSession) -> dict[str, Any]:
        wish = arguments.get("at", "")
        at = earliest(json.loads(wish), talk.clock.now()) if wish else None
        await talk.record(session, Result.CALLBACK_REQUESTED, callback_at=at)
        return {}

    return Done(**await talk.once(key, "call_back", effect))


@action("done")
async def report_wrong_person(talk: Talk, key: OperationKey, arguments: Mapping[str, str]) -> Done:
    """The number is not this person's: nothing was disclosed, somebody sorts it out."""

    async def effect(session: AsyncSession) -> dict[str, Any]:
        await talk.record(session, Result.WRONG_PERSON)
        await tasks.add(session, kind="wrong_number", about={"contact": talk.contact_id}, call_id=talk.call_id)
        return {}

    return Done(**await talk.once(key, "report_wrong_person", effect))


@action("done")
async def stop_calling(talk: Talk, key: OperationKey, arguments: Mapping[str, str]) -> Done:
    """The number asks never to be called again."""

    async def effect(session: AsyncSession) -> dict[str, Any]:
        await numbers.do_not_call(session, talk.number, by=talk.by)
        await talk.record(session, Result.REFUSED)
        return {}

    return Done(**await talk.once(key, "stop_calling", effect))


@action("done", needs=("kind",), takes=None)
async def make_task(talk: Talk, key: OperationKey, arguments: Mapping[str, str]) -> Done:
    """Something for a person to do. `kind`: what; `at`: when, a value of `Kind.WHEN` as JSON, or empty; the other
    arguments say what it is about.
    """

    async def effect(session: AsyncSession) -> dict[str, Any]:
        told = {name: value for name, value in arguments.items() if name not in ("kind", "at") and value}
        wish = arguments.get("at")
        due = earliest(json.loads(wish), talk.clock.now()) if wish else None
        about = {**told, "contact": talk.contact_id}
        await tasks.add(session, kind=arguments["kind"], about=about, call_id=talk.call_id, due_at=due)
        return {}

    return Done(**await talk.once(key, "make_task", effect))


@action("answered", "returned", needs=("reason",), takes=None, leaves_line=True)
async def transfer(talk: Talk, key: OperationKey, arguments: Mapping[str, str]) -> Done:
    """Give the caller to a person. `reason`; the other arguments are told to the operator.

    The result is written before: once the caller has left for the queue, the robot may never hear of the call again.
    Whoever rings off before a person answers was not served, and is called back. `returned`: nobody was free; the
    caller was not served either, unless the talk achieves something yet.
    Where the call has opened a case, the operator is told its number, and finds there all that was said.
    """

    async def effect(session: AsyncSession) -> dict[str, Any]:
        await talk.record(session, Result.TRANSFERRED, reason=arguments["reason"])
        case = await case_facts.gather(session, talk.call_id)
        return {"case": str(case.id)} if case else {}

    known = await talk.once(key, "transfer", effect)
    facts = {name: value for name, value in {**arguments, **known}.items() if name != "reason" and value}
    handover = Handover(call_id=talk.call_id, reason=arguments["reason"], facts=facts)

    async def not_served(session: AsyncSession) -> None:
        await talk.record(session, Result.HUNG_UP, waited_for=arguments["reason"])

    try:
        answered = await talk.line.transfer(handover)
    except HungUp:
        await talk.write(not_served)
        raise
    if not answered:
        await talk.write(not_served)
    return Done(outcome="answered" if answered else "returned")
