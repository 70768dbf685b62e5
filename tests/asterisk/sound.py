"""Tones, and how to find them in a recording."""

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from voicebot.speech.audio import FRAME, FRAME_SECONDS, RATE, Samples
from voicebot.telephony.local import LocalAsterisk


def tone(hertz: float, seconds: float, level: float = 0.3) -> Samples:
    """A sine of that loudness (1.0: full scale)."""
    at = np.arange(round(seconds * RATE)) / RATE
    return (32767 * level * np.sin(2 * np.pi * hertz * at)).astype(np.int16)


def strength(samples: Samples, hertz: float) -> float:
    """Share of the sound's energy within 20 Hz of a frequency."""
    if not np.any(samples):
        return 0.0
    power = np.abs(np.fft.rfft(samples.astype(float) * np.hanning(len(samples)))) ** 2
    frequencies = np.fft.rfftfreq(len(samples), 1 / RATE)
    return float(power[abs(frequencies - hertz) < 20].sum() / power.sum())


async def idle(asterisk: LocalAsterisk, within: float = 10) -> float:
    """Wait until it has no channel left; how many seconds that took."""
    began = time.monotonic()
    async with asyncio.timeout(within):
        while "0 active channels" not in await asterisk.command("core show channels count"):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    return time.monotonic() - began


async def recorded(asterisk: LocalAsterisk, name: str) -> Path:
    """A finished recording of an Asterisk whose calls end now."""
    file = asterisk.run_dir / "spool/monitor" / name
    await idle(asterisk)
    async with asyncio.timeout(5):
        size = -1
        while not file.is_file() or file.stat().st_size != size:
            size = file.stat().st_size if file.is_file() else -1
            await asyncio.sleep(0.1)
    return file


def own_pair(values: Mapping[str, Any] | None = None) -> pytest.MarkDecorator:
    """Two Asterisks for this test alone, the robot's with these values."""
    return pytest.mark.parametrize("pair", [values or {}], indirect=True, ids=["own"])


def frames(file: Path) -> list[Samples]:
    """A recording in frames of 20 ms."""
    samples, rate = soundfile.read(file, dtype="int16")
    assert rate == RATE
    return [samples[start : start + FRAME] for start in range(0, len(samples) - FRAME + 1, FRAME)]


def voiced(file: Path, hertz: float) -> float:
    """Seconds of a recording that hold the tone."""
    return FRAME_SECONDS * sum(bool(strength(part, hertz) > 0.5 and np.abs(part).max() > 2000) for part in frames(file))
