"""What the talks of a scenario prove: which fail, which ways nobody goes, which faults nobody would notice."""

import asyncio
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from voicebot.app.trial import Shown, Trials
from voicebot.config import Settings
from voicebot.dialog import catalog, talkfile
from voicebot.dialog.catalog import Sources
from voicebot.dialog.mutants import Mutant, mutants
from voicebot.dialog.scenario import Edge
from voicebot.errors import ScenarioError


@dataclass(frozen=True, kw_only=True)
class Proof:
    """How much of one file its talks prove."""

    name: str
    edges: Sequence[Edge]
    missed: Sequence[Edge]  #: ways that no talk goes
    mutants: Sequence[Mutant]
    survivors: Sequence[Mutant]  #: faults that no talk notices


@dataclass(frozen=True, kw_only=True)
class Report:
    """The talks of one scenario."""

    name: str
    sources: Sources
    shown: Sequence[Shown]
    mutants: Sequence[Mutant] = ()
    survivors: Sequence[Mutant] = ()

    @property
    def failed(self) -> list[tuple[Shown, list[str]]]:
        """Talks that came to something else than is written."""
        return [(one, faults) for one in self.shown if (faults := list(one.faults()))]

    @property
    def alike(self) -> Iterator[tuple[str, str]]:
        """Talks that go the same ways: one of them shows nothing new."""
        seen: dict[tuple[Edge, ...], str] = {}
        for one in self.shown:
            first = seen.setdefault(tuple(one.path), one.case.talk)
            if first != one.case.talk:
                yield first, one.case.talk

    def place(self, edge: Edge) -> str:
        """File and line."""
        return self.sources.located[edge.dialogue].place(edge.path)


def proofs(reports: Sequence[Report]) -> list[Proof]:
    """Of every scenario, then of the sub-dialogues that they share: all talks together prove those."""
    names = dict.fromkeys(one.name for one in reports)
    names |= dict.fromkeys(name for one in reports for name in one.sources.scenario.shared)
    return [_proof(name, [one for one in reports if name in one.sources.located]) for name in names]


def _proof(name: str, reports: Sequence[Report]) -> Proof:
    dialogue = next(one for one in reports[0].sources.scenario.dialogues if one.called == name)
    edges = [edge for edge, _ in dialogue.edges()]
    gone = {edge for report in reports for one in report.shown for edge in one.path}
    noticed = {_key(one) for report in reports for one in report.mutants} - {
        key for key in map(_key, reports[0].survivors) if all(key in map(_key, one.survivors) for one in reports)
    }
    mutants_ = [one for one in reports[0].mutants if one.edges[0].dialogue == name]
    return Proof(
        name=name,
        edges=edges,
        missed=[edge for edge in edges if edge not in gone],
        mutants=mutants_,
        survivors=[one for one in mutants_ if _key(one) not in noticed],
    )


def _key(mutant: Mutant) -> tuple[str, str]:
    return mutant.place, mutant.what


async def report(file: Path, settings: Settings, *, mutate: bool = False, only: str = "") -> Report:
    """Hold the talks that stand beside a scenario; `only`: those whose name holds it.

    Raises:
        ScenarioError: the scenario or its talks cannot be used, or there are none.
    """
    inspection = await asyncio.to_thread(catalog.inspect, file)
    if inspection.faults or inspection.sources is None:
        raise inspection.faults[0]
    sources = inspection.sources
    beside = catalog.talks_of(file)
    if not beside.is_file():
        mend = "Write some: docs/scenarios.md."
        raise ScenarioError(f"there are no talks of {file.stem}", place=str(beside), mend=mend)
    talks = await asyncio.to_thread(talkfile.load, beside)
    with tempfile.TemporaryDirectory(prefix="voicebot-talks-") as folder:
        trials = await asyncio.to_thread(Trials, Path(folder), settings)
        chosen = [case for case in talks.talks if only in case.talk]
        shown = [await trials.hold(sources.scenario, talks, case) for case in chosen]
        made = list(mutants(sources)) if mutate else []
        survivors = [one for one in made if not await _noticed(trials, talks, one, shown)]
    return Report(name=sources.scenario.name, sources=sources, shown=shown, mutants=made, survivors=survivors)


async def _noticed(trials: Trials, talks: talkfile.TalkFile, mutant: Mutant, shown: Sequence[Shown]) -> bool:
    """Whether some talk that goes one of the mutant's ways comes to something else with it."""
    near = sorted((one for one in shown if not set(mutant.edges).isdisjoint(one.path)), key=lambda one: len(one.path))
    for one in near:
        with_fault = await trials.hold(mutant.scenario, talks, one.case)
        if any(with_fault.faults()):
            return True
    return False
