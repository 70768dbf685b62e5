"""Callers with the fixed workload phone a robot, so many at once: how soon it answers, whom it cuts off."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from voicebot.bench.answers import Answers, measure
from voicebot.bench.beginnings import Beginnings
from voicebot.bench.caller import Caller, Part, Sentence
from voicebot.bench.exchange import NUMBER, Exchange, exchange
from voicebot.bench.workload import GOODBYE, BadLine, Workload
from voicebot.dialog import template
from voicebot.simulator.voices import Studio
from voicebot.speech.audio import RATE, Samples
from voicebot.speech.phrasebook import Phrasebook
from voicebot.speech.voice import open_voice

_VOICE_DB = -20.0  # every voice is brought to it
_NOISE_SECONDS = 4
_GOOD = BadLine()


@dataclass(frozen=True, kw_only=True)
class Company:
    """Prepared callers; they may phone again and again."""

    workload: Workload
    order: Sequence[str]
    known: Beginnings
    parts: Sequence[Part]

    async def phone(self, on: Exchange, calls: int, at_once: int, *, apart: float) -> list[Caller]:
        """So many calls, begun `apart` seconds after each other and never more than `at_once` at a time."""
        gate = asyncio.Semaphore(at_once)
        callers = [Caller(part=self.parts[index % len(self.parts)], known=self.known) for index in range(calls)]

        async def one(index: int, caller: Caller) -> None:
            async with gate:
                await asyncio.sleep(apart * min(index, at_once - 1) if index < at_once else 0)
                await caller.call(on.sip_port, NUMBER)

        async with asyncio.TaskGroup() as tasks:
            for index, caller in enumerate(callers):
                tasks.create_task(one(index, caller))
        return callers


async def company(
    workload: Workload, order: Sequence[str], people: int, known: Beginnings, bad: BadLine = _GOOD
) -> Company:
    """Prepare what so many different people say, on good lines or bad ones."""
    studio = Studio()
    try:
        parts = [await _part(workload, order, index, studio, bad) for index in range(people)]
    finally:
        studio.close()
    return Company(workload=workload, order=order, known=known, parts=parts)


async def measure_turns(
    folder: Path, *, calls: int, at_once: int, line: str = "", live_cost: float | None = None
) -> Answers:
    """`calls` calls, in each of which every kind of answer is given as often.

    Args:
        line: one of the workload's bad lines; empty: all are good.
        live_cost: every question has a part that nobody has prepared, and the voice takes so many seconds for a second
            of speech; None: all is prepared.

    Raises:
        VoicebotError: something is missing on this machine, or does not start.
    """
    workload = Workload.load()
    order = workload.orders["turns"]
    async with robot(folder, workload, order, live_cost=live_cost) as (on, known):
        people = await company(workload, order, calls, known, workload.lines[line] if line else _GOOD)
        return measure(await people.phone(on, calls, at_once, apart=1.3), workload)


@asynccontextmanager
async def robot(
    folder: Path, workload: Workload, order: Sequence[str], *, live_cost: float | None = None
) -> AsyncIterator[tuple[Exchange, Beginnings]]:
    """A robot that asks these questions, and how they begin."""
    live = live_cost is not None
    program = ("voicebot.bench.costly", str(live_cost)) if live else ("voicebot", "serve")
    async with exchange(folder, workload.scenario(order, live=live), program=program) as on:
        yield on, Beginnings.of(await _sounds(on, workload))


async def _sounds(on: Exchange, workload: Workload) -> dict[str, Samples]:
    voice = await asyncio.to_thread(open_voice, on.settings.speech)
    book = Phrasebook(voice, on.folder / "sounds", on.settings.speech)
    try:
        texts = {name: question.ask for name, question in workload.questions.items()} | {"goodbye": GOODBYE}
        return {name: await book.speech(template.prompt(text, {}).fragments) for name, text in texts.items()}
    finally:
        book.close()
        voice.close()


async def _part(workload: Workload, order: Sequence[str], index: int, studio: Studio, bad: BadLine) -> Part:
    dice = random.Random(index)
    voice = workload.voice(index)
    texts = [workload.answer(name, index, turn) for turn, name in enumerate(order)]
    sounds = [bad.line.carry(await studio.phrase(voice, text), seed=turn) for turn, text in enumerate(texts)]
    return Part(
        number=f"+7916{index:07}",
        questions=order,
        answers=[Sentence.of(text, sound) for text, sound in zip(texts, sounds, strict=True)],
        thinking=lambda: dice.uniform(*workload.callers.thinking),
        noise=_noise(_VOICE_DB - (bad.snr_db or workload.callers.snr_db), index),
        slow=workload.is_slow(index),
        trouble=bad.trouble,
    )


def _noise(decibels: float, seed: int) -> Samples:
    """White, RMS so many dB below full scale."""
    white = np.random.default_rng(seed).standard_normal(_NOISE_SECONDS * RATE)
    return (32767 * 10 ** (decibels / 20) * white).clip(-32768, 32767).astype(np.int16)
