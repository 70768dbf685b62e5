"""Listens along in a dialled call, and tells when it is a machine that has answered."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from types import TracebackType
from typing import Self

from voicebot.dialog import machine
from voicebot.dialog.machine import Judge, Verdict
from voicebot.language.grammar import phrases
from voicebot.language.reading import Kind, Question
from voicebot.speech.audio import Samples, level_db
from voicebot.speech.beep import Beep, BeepDetector
from voicebot.speech.ear import Ears
from voicebot.speech.pace import Silences

_PAUSE = 0.7  # seconds of silence that end what a machine says
_WINDOW = 25.0  # seconds after the answer; who has not shown by then that it is a machine is none
_LONGEST = 4.5  # seconds; decoding grows slower with the length of what is decoded


class Watch:
    """async with Watch(ears) as watch: … and every frame of the call to `hear`."""

    def __init__(self, ears: Ears) -> None:
        every = (*phrases(Kind.ANSWER, Question.PLAIN), *phrases(Kind.ANSWER, Question.IDENTITY), *machine.phrases())
        unknown = set(ears.unknown_words(every))
        self._ears = ears
        self._grammar = [one for one in dict.fromkeys(every) if unknown.isdisjoint(one.split())]
        self._tones = BeepDetector()
        self._judge = Judge()
        self._began: float | None = None
        self.beeps = 0  #: so far
        self._records = asyncio.Event()
        self._decided = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._ear = self._ears.open(self._grammar, silences=Silences(open=_PAUSE), max_length=_LONGEST)
        self._listener = asyncio.create_task(self._listen(), name="machine watch")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ear.close()
        await self._listener

    def hear(self, samples: Samples, at: float, robot_speaks: bool) -> None:
        """Take 20 ms of the other side, which ended at the instant `at`; returns at once."""
        self._began = at if self._began is None else self._began
        if self.verdict is None and (self._judge.is_person or at - self._began > _WINDOW):
            self._ear.close()
            return
        if tone := self._tones.hear(samples, at):
            self.beeps += isinstance(tone, Beep)
            self._judge.take(tone)
        self._ear.feed(samples, at)
        self._judge.frame(at, level_db(samples), robot_speaks)
        self._tell()

    @property
    def verdict(self) -> Verdict | None:
        """None: nothing says that it is a machine, so far."""
        return self._judge.verdict

    @property
    def decoding(self) -> bool:
        """Whether words of what was fed are still to come."""
        return self._ear.decoding

    async def machine(self) -> Verdict:
        """Wait until it is sure."""
        await self._decided.wait()
        assert self._judge.verdict
        return self._judge.verdict

    async def records(self, limit: timedelta) -> bool:
        """Wait until the machine would keep a message; False when it does not in time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(limit.total_seconds()):
                await self._records.wait()
        return self._records.is_set()

    async def _listen(self) -> None:
        async for event in self._ear:
            self._judge.take(event)
            self._tell()

    def _tell(self) -> None:
        if self._judge.verdict:
            self._decided.set()
            if self._judge.records:
                self._records.set()
