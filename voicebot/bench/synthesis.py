"""How soon a phrase can be heard: rendered now, out of the files, out of memory; how loud it is, and what it blocks."""

import asyncio
import os
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from voicebot.app.lag import LoopLag
from voicebot.bench.answers import Waits
from voicebot.bench.workload import Workload
from voicebot.config import Speech
from voicebot.dialog import template
from voicebot.speech.audio import FRAME, RATE, Samples, level_db
from voicebot.speech.phrasebook import Phrasebook
from voicebot.speech.voice import Voice

_SILENT_DB = -45.0  # a frame of a phrase that is quieter is a pause


@dataclass(frozen=True, kw_only=True)
class Synthesis:
    """Of one voice."""

    voice: str
    seconds: float  #: of speech that were rendered
    live: Waits  #: a fragment that nobody has prepared: milliseconds to its first sample
    live_factor: float  #: seconds of rendering for a second of speech
    disk: Waits  #: one that was prepared before
    memory: Waits  #: one that was said before
    loudness_db: tuple[float, float, float]  #: of the voiced frames of a fragment: softest, mean, loudest
    loop_lag_p99_ms: float  #: while all were rendered
    load: float  #: of the machine before

    def as_json(self) -> dict[str, Any]:
        """One entry of `voicebot bench synthesis --json`."""
        return asdict(self)


async def measure_voice(voice: Voice, folder: Path, settings: Speech) -> Synthesis:
    """Say every fragment of the workload's questions three times: unknown, known to the files, known to memory.

    Raises:
        SpeechError: the voice cannot say something.
    """
    load, lag = os.getloadavg()[0], LoopLag()
    texts = _fragments()
    book = Phrasebook(voice, folder, settings)
    watching = asyncio.create_task(lag.watch())
    try:
        live = [await _timed(book, text) for text in texts]
        memory = [await _timed(book, text) for text in texts]
        await book.prepare(texts)
    finally:
        watching.cancel()
        book.close()
    later = Phrasebook(voice, folder, settings)
    try:
        disk = [await _timed(later, text) for text in texts]
    finally:
        later.close()
    seconds = sum(len(sound) for _, sound in live) / RATE
    loud = [_loudness(sound) for _, sound in live]
    return Synthesis(
        voice=voice.name,
        seconds=round(seconds, 1),
        live=_waits(live),
        live_factor=round(sum(took for took, _ in live) / seconds, 3),
        disk=_waits(disk),
        memory=_waits(memory),
        loudness_db=(round(min(loud), 1), round(sum(loud) / len(loud), 1), round(max(loud), 1)),
        loop_lag_p99_ms=round(lag.percentile_ms(0.99), 1),
        load=round(load, 1),
    )


def _fragments() -> list[str]:
    asked = (template.prompt(question.ask, {}).fragments for question in Workload.load().questions.values())
    return list(dict.fromkeys(fragment for fragments in asked for fragment in fragments))


async def _timed(book: Phrasebook, text: str) -> tuple[float, Samples]:
    began = time.monotonic()
    sound = await book.speech([text])
    return time.monotonic() - began, sound


def _waits(timed: Sequence[tuple[float, Samples]]) -> Waits:
    return Waits.of(round(1000 * took) for took, _ in timed)


def _loudness(sound: Samples) -> float:
    """RMS of its voiced frames, dB below full scale."""
    frames = sound[: len(sound) // FRAME * FRAME].reshape(-1, FRAME)
    voiced = [frame for frame in frames if level_db(frame) > _SILENT_DB]
    return level_db(np.concatenate(voiced)) if voiced else level_db(sound)
