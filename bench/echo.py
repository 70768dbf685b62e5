"""How well the robot's own echo is told from callers: `python bench/echo.py`.

The robot says the benchmarks' questions without end; its echo comes back over a line with noise, through A-law and GSM,
or a caller talks meanwhile, or both. What was played is known to the gate one frame too early or too late by chance, as
it is in calls. Prints after how many seconds of the robot's voice the echo was known, how many frames of echo pass for
voice without the gate and with it (once there was time to learn), and how many of the caller's it lowers.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from voicebot.bench.workload import Workload
from voicebot.simulator.line import Line
from voicebot.simulator.voices import HELD_OUT, Studio, Voice
from voicebot.speech.audio import FRAME, RATE, Samples, rms, silence
from voicebot.speech.codec import ALAW
from voicebot.speech.echo import EchoGate
from voicebot.speech.vad import NoiseGate

_ROBOT = "steph2"
_BEGINS = 0.4  # seconds before the robot's first word
_LEARNT = 75  # frames
_CALLER, _NOBODY = 1500.0, 50.0  # RMS of a frame in which the caller speaks, and in which not
_REPEATS = 3


@dataclass(frozen=True, kw_only=True)
class Case:
    echo_db: float | None
    late: float = 0.1  #: seconds
    noise_db: float = -45.0
    caller_db: float | None = None
    caller_from: float = 0.0  #: seconds
    gsm: bool = False
    seconds: int = 12


@dataclass(frozen=True, kw_only=True)
class Outcome:
    learnt: float | None  #: seconds of the robot's voice
    voiced_before: int
    voiced_after: int
    spoken: int  #: the caller's frames
    lowered: int  #: of them


def run(case: Case, robot: Sequence[Samples], callers: Sequence[Samples], dice: np.random.Generator) -> Outcome:
    """One call."""
    size = case.seconds * RATE
    said = _talk(robot, size, round(_BEGINS * RATE), dice)
    caller = np.zeros(size)
    if case.caller_db is not None:
        caller = _talk(callers, size, round(case.caller_from * RATE), dice) * 10 ** (case.caller_db / 20)
    echo = np.zeros(size)
    if case.echo_db is not None:
        echo = np.pad(said, (round(case.late * RATE), 0))[:size] * 10 ** (case.echo_db / 20)
    noise = 32767 * 10 ** (case.noise_db / 20) * dice.standard_normal(size)
    came = (echo + caller + noise).clip(-32768, 32767).astype(np.int16)
    came = ALAW.decode(ALAW.encode(Line(gsm=case.gsm).carry(came)))
    gate, without, behind = EchoGate(), NoiseGate(), NoiseGate()
    learnt, before, after, spoken, lowered = None, 0, 0, 0, 0
    frames = [slice(start, start + FRAME) for start in range(0, size, FRAME)]
    for place, frame in enumerate(frames):
        known = frames[int(np.clip(place + dice.integers(-1, 2), 0, len(frames) - 1))]
        passed = gate.passed(came[frame], rms(said[known].astype(np.int16)))
        voiced = without.voiced(came[frame]), behind.voiced(passed)
        if learnt is None and gate.gain:
            learnt = place * FRAME / RATE - _BEGINS
        loudness = rms(caller[frame].astype(np.int16))
        if place > _LEARNT and loudness > _CALLER:
            spoken, lowered = spoken + 1, lowered + bool((passed != came[frame]).any())
        elif place > _LEARNT and loudness < _NOBODY:
            before, after = before + voiced[0], after + voiced[1]
    return Outcome(learnt=learnt, voiced_before=before, voiced_after=after, spoken=spoken, lowered=lowered)


def _talk(phrases: Sequence[Samples], size: int, begins: int, dice: np.random.Generator) -> np.ndarray:
    parts, length = [np.zeros(begins, dtype=np.int16)], begins
    while length < size:
        parts += [phrases[int(dice.integers(len(phrases)))], silence(dice.uniform(0.2, 1.5))]
        length += len(parts[-1]) + len(parts[-2])
    return np.concatenate(parts)[:size].astype(float)


async def _phrases() -> tuple[list[Samples], list[Samples]]:
    questions = list(Workload.load().questions.values())
    studio = Studio()
    try:
        robot = [await studio.phrase(Voice(variant=_ROBOT), one.ask) for one in questions]
        said = [(Voice(variant=name), " ".join(one.answers)) for name in HELD_OUT for one in questions]
        return robot, [await studio.phrase(voice, text) for voice, text in said]
    finally:
        studio.close()


def main() -> None:
    robot, callers = asyncio.run(_phrases())
    dice = np.random.default_rng(0)
    lines = [(late, noise, gsm) for late in (0.06, 0.1, 0.3) for noise in (-60.0, -45.0) for gsm in (False, True)]
    groups = {
        f"echo {decibels} dB": [
            Case(echo_db=decibels, late=late, noise_db=noise, gsm=gsm) for late, noise, gsm in lines * _REPEATS
        ]
        for decibels in (-12.0, -20.0, -25.0)
    }
    both = [Case(echo_db=None, caller_db=louder, seconds=20) for louder in (0.0, -12.0)] * 30
    groups["a caller, no echo"] = both
    for decibels in (-12.0, -25.0):
        for louder in (0.0, -6.0, -12.0):
            case = Case(echo_db=decibels, caller_db=louder, caller_from=3.0, seconds=20)
            groups[f"echo {decibels} dB, a caller {louder} dB"] = [case] * 4
    began, frames = time.process_time(), 0
    for name, cases in groups.items():
        found = [run(case, robot, callers, dice) for case in cases]
        frames += sum(case.seconds * RATE // FRAME for case in cases)
        known = sorted(one.learnt for one in found if one.learnt is not None)
        when = f"known in {len(known)} of {len(found)} calls" + (
            f", after {known[len(known) // 2]:.1f} s, at most {known[-1]:.1f}" if known else ""
        )
        voiced = f"{sum(one.voiced_before for one in found)} → {sum(one.voiced_after for one in found)}"
        hushed = f"{sum(one.lowered for one in found)} of {sum(one.spoken for one in found)}"
        print(f"{name}: {when}; frames of echo taken for voice {voiced}; of the caller's lowered {hushed}")
    print(f"{1e6 * (time.process_time() - began) / frames:.0f} µs a frame, the bench's own work included")


if __name__ == "__main__":
    main()
