"""What is said while an action takes its time."""

import asyncio
from collections.abc import Sequence

import pytest

from voicebot.dialog import filler
from voicebot.dialog.ports import Prompt
from voicebot.errors import HungUp, StoreError

TEXTS = ("Секундочку.", "Ещё минутку.")


class Line:
    """Ends the work after so many fillers."""

    call_id = "c1"

    def __init__(self, *, ends_after: int = 9, speaks: int = 0, hangs_up: bool = False) -> None:
        self.said: list[str] = []
        self.work_ends = asyncio.Event()
        self._ends_after, self._speaks, self._hangs_up = ends_after, speaks, hangs_up

    def is_speaking(self) -> bool:
        self._speaks -= 1
        return self._speaks >= 0

    async def say(self, prompt: Prompt) -> float | None:
        assert self._speaks < 0, "it spoke into the caller's speech"
        self.said.append(prompt.text)
        if len(self.said) == self._ends_after or self._hangs_up:
            asyncio.get_running_loop().call_later(0.05, self.work_ends.set)
        if self._hangs_up:
            raise HungUp("gone")
        return None

    async def work(self) -> str:
        await self.work_ends.wait()
        await asyncio.sleep(0)
        self.said.append("done")
        return "free"


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filler, "AFTER", 0.01)
    monkeypatch.setattr(filler, "AGAIN", 0.01)


async def covered(line: Line, texts: Sequence[str] = TEXTS) -> str:
    return await filler.covered(line.work(), line, texts)  # type: ignore[arg-type]


async def test_other_words_are_said_each_time_and_no_more_than_there_are() -> None:
    line = Line(ends_after=2)
    assert await covered(line) == "free"
    assert line.said == [*TEXTS, "done"]


async def test_what_is_done_at_once_needs_no_filler() -> None:
    line = Line()
    line.work_ends.set()
    assert await covered(line) == "free"
    assert line.said == ["done"]


async def test_who_speaks_is_not_spoken_into() -> None:
    line = Line(ends_after=1, speaks=3)
    assert await covered(line, TEXTS[:1]) == "free"
    assert line.said == [TEXTS[0], "done"]


async def test_work_is_finished_though_the_caller_hangs_up() -> None:
    line = Line(hangs_up=True)
    with pytest.raises(HungUp):
        await covered(line)
    assert line.said == [TEXTS[0], "done"]


async def test_a_store_that_does_not_answer_is_told_of() -> None:
    async def fails() -> None:
        raise StoreError("away")

    with pytest.raises(StoreError):
        await filler.covered(fails(), Line(), TEXTS)  # type: ignore[arg-type]
