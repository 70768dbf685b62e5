"""How surely the talks of a scenario come to their right end, over the telephone: the success of dialogues."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from voicebot.demo import run, summary
from voicebot.demo.crowd import crowd
from voicebot.demo.stage import stage
from voicebot.demo.summary import Summary
from voicebot.demo.verdict import Verdict, judge
from voicebot.shares import Share

_LONGEST_CALL = 240.0  # seconds; who talks longer is stuck
_START = 60.0
#: Everybody is called once.
_ONCE = run.POLICY.model_copy(update={"max_attempts": 1, "pauses": {}})


@dataclass(frozen=True, kw_only=True)
class Success:
    """One scenario, in one round or in several."""

    verdicts: Sequence[Verdict]
    folders: tuple[Path, ...]
    faults: tuple[str, ...] = ()  #: of rounds that did not come to their end

    def __add__(self, other: "Success") -> "Success":
        return Success(
            verdicts=(*self.verdicts, *other.verdicts),
            folders=(*self.folders, *other.folders),
            faults=(*self.faults, *other.faults),
        )

    @property
    def summary(self) -> Summary:
        [figures] = summary.of(self.verdicts)
        return figures

    @property
    def is_right(self) -> bool:
        """Everybody was served, and nothing is written that is not so."""
        one = self.summary
        unserved = (one.cooperative.of - one.cooperative.hits) + (one.others.of - one.others.hits)
        return not (self.faults or unserved or one.wrong_facts)

    def as_json(self) -> dict[str, Any]:
        wrong = [one.as_json() for one in self.verdicts if one.faults]
        return {
            **self.summary.as_json(),
            "faults": list(self.faults),
            "folders": list(map(str, self.folders)),
            "wrong": wrong,
        }

    def told(self) -> Iterator[str]:
        """As lines for a terminal."""
        one = self.summary
        yield (
            f"{one.scenario}: {one.calls} talks; cooperative ended right {_share(one.cooperative)}; "
            f"others ended with a person, a task or a goodbye {_share(one.others)}; wrong facts {one.wrong_facts}; "
            f"with a person {one.to_person}, tasks {one.tasks}, misheard by the patient {one.misheard}"
        )
        yield from (f"  {fault}" for fault in self.faults)
        for verdict in self.verdicts:
            if verdict.faults:
                calls = ", ".join(str(call.recording) for call in verdict.witnesses if call.recording)
                yield f"  {verdict.member.persona}: {'; '.join(verdict.faults)} ({calls})"


async def measure(
    scenario: str, *, calls: int, lines: int, state_dir: Path, seed: int = 0, tell: Callable[[str], None]
) -> Success:
    """Hold so many talks of one scenario with virtual patients, so many at once.

    Raises:
        VoicebotError: something is missing on this machine, or does not start; nobody talks in this scenario.
    """
    people = crowd(scenario, calls, seed)
    folder = await asyncio.to_thread(run.new_folder, state_dir, f"dialogues-{scenario}")
    async with stage(folder, people, lines=lines, seed=seed, speed=1.0) as on:
        await run.load(on, people, _ONCE.model_copy(update={"lines": lines}))
        within = _START + _LONGEST_CALL * calls / lines
        fault = await run.call_all(on, people, tell, seed, lines=lines, patience=timedelta(0), within=within)
        await on.city.quiet()
        verdicts = await judge(on.database, people, on.city.witnesses(), on.settings.clinic.zone)
    return Success(verdicts=verdicts, folders=(folder,), faults=(fault,) if fault else ())


def _share(share: Share) -> str:
    if not share.of:
        return "–"
    low, high = share.interval
    return f"{share.hits} of {share.of} ({100 * low:.0f}–{100 * high:.0f} %)"
