"""What becomes of a caller who is given to a person."""

from collections.abc import Callable
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest

from voicebot.dialog import call_actions
from voicebot.dialog.talk import Talk
from voicebot.errors import HungUp
from voicebot.outcomes import Result
from voicebot.store import talks
from voicebot.store.database import Database
from voicebot.store.operations import OperationKey
from voicebot.store.tables import Call, Direction


@pytest.mark.parametrize(
    ("answers", "result"), [(True, Result.TRANSFERRED), (False, Result.HUNG_UP), (None, Result.HUNG_UP)]
)
async def test_only_who_rings_off_before_a_person_answers_was_not_served(
    database: Database, now: Callable[[], datetime], answers: bool | None, result: Result
) -> None:
    async def transfer(_: Any) -> bool:
        if answers is None:
            raise HungUp("gone")
        return answers

    about = {"direction": Direction.INBOUND, "number": "+79161234567", "dialled": "", "scenario": "hotline"}
    async with database.write() as session:
        await talks.open_call(session, call_id="c1", started_at=now(), **about)  # type: ignore[arg-type]
    line = SimpleNamespace(call_id="c1", transfer=transfer)
    talk = Talk(line=line, database=database, clock=SimpleNamespace(now=now), number="+79161234567")  # type: ignore[arg-type]
    key = OperationKey(call_id="c1", turn=1, action=0)
    if answers is None:
        with pytest.raises(HungUp):
            await call_actions.transfer(talk, key, {"reason": "wish"})
    else:
        await call_actions.transfer(talk, key, {"reason": "wish"})
    async with database.read() as session:
        assert (await session.get_one(Call, "c1")).result is result
