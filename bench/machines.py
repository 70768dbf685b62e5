"""How surely machines are told from people: `python bench/machines.py [--set tuning|...|tenth] [--show]`.

Machines and people of `bench/machine_personas` speak with espeak-ng's voices; what they say goes through the codec of a
telephone, in frames of 20 ms, into the judge that listens along in every dialled call. A robot greets them as soon as
they pause, and asks on. The sets share neither texts nor voices. The judge's rules and weights were chosen on the first
nine; `tenth` was written by somebody who had not read the judge. docs/campaigns.md has the figures, first sights too.
Prints how many machines were found and how many people taken for one, with 95 % Wilson intervals, and how long it took;
told to fit: at least 95 % and at most 1 %.
"""

import argparse
import asyncio
import json
import time
from dataclasses import dataclass, field
from math import sqrt
from typing import Any

from machine_scenes import VARIANTS, Scene, scenes, sound_of

from voicebot import resources
from voicebot.dialog.machine import Verdict
from voicebot.dialog.machine_watch import Watch
from voicebot.simulator.voices import Studio
from voicebot.speech.audio import Samples
from voicebot.speech.ear import Ears
from voicebot.speech.endpoint import Endpoint, VoiceStarted, VoiceStopped
from voicebot.speech.recogniser import Model
from voicebot.speech.vad import NoiseGate

AT_ONCE = 3
#: The robot in the bench: greets after a pause of so long, or after so long a silence; then speaks, and asks again.
PAUSE, NOBODY, GREETING, PATIENCE, REPEAT = 0.25, 1.2, 6.0, 6.0, 4.0


@dataclass
class Robot:
    """When the robot of the bench speaks; it understands nothing, it only waits for pauses."""

    vad: NoiseGate = field(default_factory=NoiseGate)
    endpoint: Endpoint = field(default_factory=Endpoint)
    until: float = 0.0  # speaks until then
    heard_at: float | None = None  # last voice after its prompt
    speaking: bool = False
    ends: list[float] = field(default_factory=list)  # of what it says

    def hear(self, frame: Samples, at: float) -> None:
        event = self.endpoint.hear(self.vad.voiced(frame), at)
        if isinstance(event, VoiceStarted | VoiceStopped) and at >= self.until:
            self.heard_at = at
        self.speaking = at < self.until
        if self.speaking or self.endpoint.speaking:
            return
        quiet = at - max(self.until, self.endpoint.ended)
        first = not self.ends
        pause = (PAUSE if self.heard_at else NOBODY) if first else (0.5 if self.heard_at else PATIENCE)
        if quiet >= pause:
            self.until = at + (GREETING if first else REPEAT)
            self.ends.append(self.until)
            self.heard_at = None


async def judged(scene: Scene, ears: Ears, studio: Studio, seed: int) -> Verdict | None:
    sound, robot = await sound_of(scene, studio, seed), Robot()
    async with Watch(ears) as watch:
        for frame, at in sound.frames(robot):
            robot.hear(frame, at)
            watch.hear(frame, at, robot.speaking)
            while watch.decoding:  # noqa: ASYNC110 (threads decode: there is no event to wait for)
                await asyncio.sleep(0.002)
            if round(at / 0.02) % 10 == 0:
                await asyncio.sleep(0)
            if watch.verdict:
                break
        return watch.verdict


def wilson(hits: int, of: int) -> tuple[float, float]:
    """95 % interval of a share."""
    z, share = 1.96, hits / of
    middle, spread = share + z * z / (2 * of), z * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return (middle - spread) / (1 + z * z / of), (middle + spread) / (1 + z * z / of)


async def measure(which: str, show: bool, share: int) -> dict[str, Any]:
    ears = Ears(Model(resources.models() / "tiny-ru"), dictates=False, threads=2)
    studio, gate = Studio(), asyncio.Semaphore(AT_ONCE)
    rows: list[tuple[Scene, Verdict | None]] = []

    async def one(scene: Scene, seed: int) -> None:
        async with gate:
            verdict = await judged(scene, ears, studio, seed)
        rows.append((scene, verdict))
        if show:
            print(told(scene, verdict), flush=True)

    async with asyncio.TaskGroup() as tasks:
        for seed, scene in enumerate(scenes(which)[::share]):
            tasks.create_task(one(scene, seed))
    ears.close()
    studio.close()
    return figures(which, rows)


def told(scene: Scene, verdict: Verdict | None) -> str:
    right = "right" if scene.is_machine == (verdict is not None) else "WRONG"
    who = f"{'machine' if scene.is_machine else 'person'} {scene.no} {scene.voice.variant} {scene.noise_db}"
    why = f"{verdict.after:.1f} s: {', '.join(verdict.signs)}" if verdict else "a person"
    return f"{right} {who}: {why} | {' | '.join(scene.parts)} {scene.behind}"


def figures(which: str, rows: list[tuple[Scene, Verdict | None]]) -> dict[str, Any]:
    machines = [verdict for scene, verdict in rows if scene.is_machine]
    people = [verdict for scene, verdict in rows if not scene.is_machine]
    found, taken = sum(map(bool, machines)), sum(map(bool, people))
    after = sorted(verdict.after for verdict in machines if verdict)
    return {
        "set": which,
        "machines": len(machines),
        "found": found,
        "found_interval": wilson(found, len(machines)),
        "people": len(people),
        "taken_for_machines": taken,
        "taken_interval": wilson(taken, len(people)),
        "found_after_p50_s": after[len(after) // 2] if after else None,
        "found_after_p95_s": after[len(after) * 95 // 100] if after else None,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--set", choices=tuple(VARIANTS), default="eighth")
    parser.add_argument("--share", type=int, default=1, help="every so manyth call only")
    parser.add_argument("--show", action="store_true", help="every call")
    parser.add_argument("--json", action="store_true", help="print JSON")
    wanted = parser.parse_args()
    began = time.perf_counter()
    told = asyncio.run(measure(wanted.set, wanted.show, wanted.share))
    if wanted.json:
        print(json.dumps(told))
        return
    for kind, hits, of, bounds in (
        ("machines found", told["found"], told["machines"], told["found_interval"]),
        ("people taken for machines", told["taken_for_machines"], told["people"], told["taken_interval"]),
    ):
        print(f"{kind}: {hits} of {of} = {hits / of:.2%} (95 %: {bounds[0]:.2%} to {bounds[1]:.2%})")
    print(f"found after the answer, s: p50 {told['found_after_p50_s']:.1f}, p95 {told['found_after_p95_s']:.1f}")
    print(f"{time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
