"""The store stands still in the middle of a talk: what was said is kept, what was not done is not said to be."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from voicebot.bench import postgresql
from voicebot.bench.postgresql import Server
from voicebot.demo.stage import Stage
from voicebot.outcomes import Outcome
from voicebot.store.tables import Appointment, Fact, Task, Turn

from .street import begin, ended, over, street

pytestmark = [pytest.mark.asterisk, pytest.mark.slow]


async def first_turn(on: Stage) -> str:
    """Wait until something was said and is stored; gives the call."""
    async with asyncio.timeout(60):
        while True:
            async with on.database.read() as session:
                if call := await session.scalar(select(Turn.call_id)):
                    return call
            await asyncio.sleep(0.05)


async def until(holds: Callable[[], bool], seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 (the city tells nobody)
            await asyncio.sleep(0.1)


@contextmanager
def standing_still(server: Server) -> Iterator[None]:
    server.signal(signal.SIGSTOP)
    try:
        yield
    finally:
        server.signal(signal.SIGCONT)


async def test_a_talk_goes_on_without_the_store_and_all_of_it_is_there_when_the_store_answers_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with postgresql.running() as server:
        monkeypatch.setenv("VOICEBOT_STORE__URL", server.url(server.create()))
        async with street(tmp_path, ["confirms"], lines=1) as (on, _):
            await begin(on, lines=1)
            call = await first_turn(on)
            with standing_still(server):
                await until(lambda: any(one.ended_at for one in on.city.witnesses()), 90)
            await over(on, timedelta(minutes=2))
            folder = on.settings.journal_dir
            await until(lambda: not folder.exists() or not list(folder.glob("*.jsonl")), 60)
            async with on.database.read() as session:
                turns = (await session.scalars(select(Turn.prompt).where(Turn.call_id == call).order_by(Turn.no))).all()
                facts = (
                    await session.scalars(select(Fact.field).where(Fact.call_id == call).order_by(Fact.turn))
                ).all()
                tasks = (await session.scalars(select(Task.kind).where(Task.call_id == call))).all()
                confirmed = (await session.scalars(select(Appointment.confirmed_at))).all()
            [ends] = (await ended(on)).values()
            heard = " ".join(part.text for one in on.city.witnesses() for said in one.heard for part in said.parts)
    assert len(turns) == 2 and "Вы сможете прийти" in turns[1]
    assert facts == ["identity", "attendance"]
    assert (tasks, confirmed) == (["call_back"], [None])
    assert "перезвон" in heard and "подтверждена" not in heard
    assert [one.outcome for one in ends] == [Outcome.ANSWERED]
