"""How soon the robot gives way: a caller speaks into a prompt, over real SIP, and listens to what becomes of it.

The prompt is a steady tone, so its loudness is known in every 20 ms: 10 dB less is ducked, nothing is silent. The
caller says a word of the step, or what must not stop the robot: "угу", coughs and street noise. Voices are held out
from the model's training; coughs are synthetic (three bursts of noise), for lack of recordings.
"""

import asyncio
import itertools
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np

from voicebot import config, resources
from voicebot.config import Recording, Settings
from voicebot.dialog.ports import Listening, Prompt
from voicebot.errors import HungUp
from voicebot.outbound.ports import Dialling
from voicebot.simulator.city import CONFIGURATION
from voicebot.simulator.connection import Connection
from voicebot.simulator.segments import voice_ends
from voicebot.simulator.voices import HELD_OUT, Studio, Voice
from voicebot.speech.audio import FRAME_SECONDS, RATE, Samples, level_db, silence
from voicebot.speech.ear import Ears
from voicebot.telephony.ami import Ami
from voicebot.telephony.ari import Ari
from voicebot.telephony.call import Call
from voicebot.telephony.dialler import PbxDialler
from voicebot.telephony.local import LocalAsterisk
from voicebot.telephony.media import Frame, Media
from voicebot.telephony.ports import LOOPBACK, Ports
from voicebot.telephony.switchboard import Switchboard

WORDS = ("да приду", "нет не приду", "перезвоните позже", "оператора")  #: of the step
NOISES = ("угу", "cough", "street")  #: must not stop the robot
_GRAMMAR = ("да", "нет", "да приду", "нет не приду", "не приду", "перезвоните позже", "оператора", "повторите")
_TONE_SECONDS, _TONE_HZ, _TONE_LEVEL = 4.5, 440.0, 0.3
_SPEAKS_AFTER = 1.0  # seconds of the prompt, and a bit that differs
_DUCKED_DB = 10.0
_SILENT_DB = -60.0
_QUIET = 0.5  # seconds of silence after which the next prompt is awaited
_STOPPED = 0.3  # seconds before its end at which a prompt that is silent was stopped


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One interruption; instants in seconds after the onset of the caller's voice, None where it did not happen."""

    what: str
    length: float  #: of the voice
    ducked: float | None
    silent: float | None


@dataclass(frozen=True, kw_only=True)
class BargeIn:
    """Of all trials."""

    trials: Sequence[Trial]

    def as_json(self) -> dict[str, Any]:
        """The shape of `voicebot bench barge-in --json`."""
        words = [one for one in self.trials if one.what in WORDS]
        others = [one for one in self.trials if one.what in NOISES]
        ducked = [one.ducked for one in words if one.ducked is not None]
        silent = [one.silent - one.length for one in words if one.silent is not None]
        return {
            "n": len(words),
            "duck_p95_ms": _p95_ms(ducked),
            "silent_p95_ms": _p95_ms(silent),
            "not_stopped": sum(one.silent is None for one in words),
            "false_n": len(others),
            "false_stops": sum(one.silent is not None for one in others),
            "false_ducks": sum(one.ducked is not None for one in others),
        }


class _Tone:
    """The robot's phrases: every one is the same tone."""

    async def speech(self, fragments: Sequence[str]) -> Samples:
        at = np.arange(round(_TONE_SECONDS * RATE)) / RATE
        return (32767 * _TONE_LEVEL * np.sin(2 * np.pi * _TONE_HZ * at)).astype(np.int16)


async def measure(folder: Path, *, repeats: int = 1) -> BargeIn:
    """Every word and noise `repeats` times in each voice, one call per voice.

    Raises:
        VoicebotError: something is missing on this machine, or does not start.
    """
    trials: list[Trial] = []
    async with _stage(folder) as (board, city):
        studio = Studio()
        try:
            for variant in HELD_OUT:
                voice = Voice(variant=variant)
                sounds = [(what, await _sound(studio, voice, what)) for what in (*WORDS, *NOISES)] * repeats
                trials += await _call(board, city, sounds)
        finally:
            studio.close()
    return BargeIn(trials=trials)


@asynccontextmanager
async def _stage(folder: Path) -> AsyncIterator[tuple[Switchboard, Ari]]:
    """A robot without store or scenario, and a telephone network."""
    robot_ports, city_ports = Ports.free(), Ports.free()
    async with AsyncExitStack() as stack:
        values = {"robot_host": LOOPBACK, "robot_port": robot_ports.sip}
        city = LocalAsterisk(
            folder / "city", conf_dirs=(resources.asterisk_conf(), CONFIGURATION), values=values, ports=city_ports
        )
        robot = LocalAsterisk(folder / "robot", values={"trunk_port": city_ports.sip}, ports=robot_ports)
        await stack.enter_async_context(city)
        await stack.enter_async_context(robot)
        settings = Settings(state_dir=folder, ari=robot.ari, ami=(robot.ami,), recording=Recording(enabled=False))
        ears = await asyncio.to_thread(Ears.load, config.Speech())
        stack.callback(ears.close)
        ari = await stack.enter_async_context(Ari(settings.ari))
        ami = await stack.enter_async_context(Ami(settings.ami[0]))
        theirs = await stack.enter_async_context(Ari(city.ari))
        yield Switchboard(ari=ari, ami=ami, settings=settings, phrases=_Tone(), ears=ears), theirs


async def _call(board: Switchboard, city: Ari, sounds: Sequence[tuple[str, Samples]]) -> list[Trial]:
    """One call with a prompt for each interruption."""
    over = asyncio.Event()

    async def talk(call: Call, _attempt: str) -> None:
        listening = Listening(grammar=_GRAMMAR, no_input=timedelta(seconds=0.3))
        try:
            while not over.is_set():
                await call.ask(Prompt(fragments=("тон",)), listening)
                await asyncio.sleep(2 * _QUIET)
        except HungUp:
            return

    dialling = Dialling(
        attempt_id=uuid.uuid4().hex, number="+79160000001", trunk="trunk", ring_timeout=timedelta(seconds=20)
    )
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(PbxDialler(board, talk).dial(dialling))
        start = await anext(city.arrivals())
        async with Connection(city, start["channel"]["id"]) as line:
            await line.answer()
            caller = _Caller(await line.sound(), sounds)
            await caller.run()
            over.set()
    return caller.trials


@dataclass
class _Caller:
    """Speaks into one prompt after the other, and hears what becomes of it."""

    media: Media
    sounds: Sequence[tuple[str, Samples]]
    trials: list[Trial] = field(default_factory=list)

    async def run(self) -> None:
        levels: list[tuple[float, float]] = []  # of the prompt: when each 20 ms came, how loud they were
        waiting = iter(self.sounds)
        what, sound = next(waiting)
        spoken = None
        async for heard in self.media:
            if not isinstance(heard, Frame):
                continue
            level = level_db(heard.samples)
            if not levels and level < _SILENT_DB:
                continue
            levels.append((heard.at, level))
            after = _SPEAKS_AFTER + 0.037 * len(self.trials) % 0.3  # never at the same place of a frame
            if spoken is None and heard.at - levels[0][0] > after:
                spoken = self.media.play(sound)
            if spoken is None or any(one > _SILENT_DB for _, one in levels[-round(_QUIET / FRAME_SECONDS) :]):
                continue
            assert spoken.first_frame_at
            self.trials.append(judge(what, sound, spoken.first_frame_at, levels))
            levels, spoken = [], None
            if (following := next(waiting, None)) is None:
                return
            what, sound = following


def judge(what: str, sound: Samples, spoken_at: float, levels: Sequence[tuple[float, float]]) -> Trial:
    """What became of one prompt.

    Args:
        spoken_at: when the first sample of the caller's sound was sent.
        levels: of the prompt and the silence after it: instant and loudness (dB) of every 20 ms.
    """
    begun, loud = levels[0][0], max(level for _, level in levels)
    onset = spoken_at + _voice_begins(sound)
    ducked = next((at for at, level in levels if at > onset and level < loud - _DUCKED_DB), None)
    ended = next(at for (at, level), (_, later) in itertools.pairwise(levels) if max(level, later) < _SILENT_DB)
    stopped = ended < begun + _TONE_SECONDS - _STOPPED
    return Trial(
        what=what,
        length=voice_ends(sound) - _voice_begins(sound),
        ducked=ducked - onset if ducked is not None and (stopped or ducked < ended - FRAME_SECONDS) else None,
        silent=ended - onset if stopped else None,
    )


def _voice_begins(sound: Samples) -> float:
    loud = np.flatnonzero(np.abs(sound.astype(np.int32)) > 0.05 * np.abs(sound.astype(np.int32)).max())
    return float(loud[0]) / RATE if len(loud) else 0.0


async def _sound(studio: Studio, voice: Voice, what: str) -> Samples:
    dice = np.random.default_rng(len(voice.variant))
    if what == "cough":
        burst = dice.standard_normal(round(0.09 * RATE)) * np.exp(-np.arange(round(0.09 * RATE)) / (0.03 * RATE))
        return np.concatenate(
            [*[np.concatenate(((9000 * burst).clip(-32768, 32767).astype(np.int16), silence(0.12)))] * 3]
        )
    if what == "street":
        brown = np.convolve(dice.standard_normal(round(2.0 * RATE) + 7), np.ones(8) / 8**0.5, mode="valid")
        return (32767 * 10 ** (-35 / 20) * brown).clip(-32768, 32767).astype(np.int16)
    return await studio.phrase(voice, what)


def _p95_ms(seconds: Sequence[float]) -> int:
    ordered = sorted(seconds)
    return round(1000 * ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]) if ordered else 0
