"""Scenario files: finding and loading them, with errors that name file, line and mend."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from voicebot import resources
from voicebot.dialog import check, located
from voicebot.dialog.located import Located
from voicebot.dialog.scenario import Dialogue, Direction, Scenario, Shared, callees
from voicebot.dialog.steps import KINDS
from voicebot.errors import ScenarioError

_log = logging.getLogger(__name__)

SHARED = "shared"  #: folder of sub-dialogues
_TALKS = ".talk.yaml"

D = TypeVar("D", bound=Dialogue)


@dataclass(frozen=True, kw_only=True)
class Sources:
    """A scenario as it stands in its files."""

    scenario: Scenario
    located: Mapping[str, Located]  #: by the names of the dialogues


@dataclass(kw_only=True)
class Inspection:
    """A file, as far as its form can be understood, and everything that is wrong with it."""

    sources: Sources | None = None
    faults: list[ScenarioError] = field(default_factory=list)

    @property
    def scenario(self) -> Scenario | None:
        return self.sources.scenario if self.sources else None


#: What every file was when it could last be used: an unfinished edit must not stop calls.
_good: dict[Path, Scenario] = {}


def load(file: Path) -> Scenario:
    """Read and check one scenario file; again only when it or a shared one has changed.

    A file that could be used before and cannot now is used as it was, and the fault logged.
    Blocks: never on the event loop.

    Raises:
        ScenarioError: names file, line, what is wrong and the mend.
    """
    try:
        _good[file] = _load(file, _stamp(file))
    except ScenarioError as error:
        if file not in _good:
            raise
        _log.error(
            "a scenario was changed for the worse; calls go on with the last good one", extra={"why": str(error)}
        )
    return _good[file]


@lru_cache(maxsize=64)
def _load(file: Path, _stamp: tuple[int, ...]) -> Scenario:
    inspection = inspect(file)
    if inspection.faults or inspection.scenario is None:
        raise inspection.faults[0]
    return inspection.scenario


def _stamp(file: Path) -> tuple[int, ...]:
    """Changes when one of the files does."""
    files = (file, *(shared for folder in _shared_folders(file) for shared in sorted(folder.glob("*.yaml"))))
    return tuple(one.stat().st_mtime_ns if one.is_file() else 0 for one in files)


def inspect(file: Path) -> Inspection:
    """The scenario with its sub-dialogues, and all faults."""
    faults: list[ScenarioError] = []
    read = _read(file, Scenario, faults)
    if read is None:
        return Inspection(faults=faults)
    scenario, source = read
    found: dict[str, tuple[Shared, Located]] = {}
    _gather(scenario, source, file, found, faults)
    shared = {name: one for name, (one, _) in found.items()}
    sources = {scenario.name: source} | {name: located for name, (_, located) in found.items()}
    scenario.joined(shared)
    faults += [_calls_itself(name, found) for name in shared if name in _below(name, shared)]
    if not faults:
        for at, what, mend in check.problems(scenario):
            faults.append(ScenarioError(what, place=sources[at.dialogue].place(at.path), mend=mend))
    return Inspection(sources=Sources(scenario=scenario, located=sources), faults=faults)


def _gather(
    dialogue: Dialogue,
    source: Located,
    file: Path,
    found: dict[str, tuple[Shared, Located]],
    faults: list[ScenarioError],
) -> None:
    """The sub-dialogues that a dialogue calls, and those that they call."""
    for step, call in callees(dialogue):
        if call.call in found:
            continue
        path = next((p for folder in _shared_folders(file) if (p := folder / f"{call.call}.yaml").is_file()), None)
        if path is None:
            known = ", ".join(sorted(p.stem for folder in _shared_folders(file) for p in folder.glob("*.yaml")))
            place = source.place(("steps", step, "call"))
            what, mend = f"there is no sub-dialogue {call.call!r}", f"In {SHARED}/ there are: {known}."
            faults.append(ScenarioError(what, place=place, mend=mend))
        elif read := _read(path, Shared, faults):
            found[call.call] = read
            _gather(*read, file, found, faults)


def _below(name: str, shared: Mapping[str, Shared]) -> set[str]:
    """The sub-dialogues that one calls, directly or not."""
    front, seen = [name], set[str]()
    while front:
        below = {call.call for _, call in callees(shared[front.pop()]) if call.call in shared} - seen
        seen |= below
        front += below
    return seen


def _calls_itself(name: str, found: Mapping[str, tuple[Shared, Located]]) -> ScenarioError:
    place = str(found[name][1].file)
    return ScenarioError(f"the sub-dialogue {name!r} calls itself", place=place, mend="Lead back to one of its steps.")


def _shared_folders(file: Path) -> list[Path]:
    """Beside the scenario, beside its folder, and those that are shipped."""
    folders = [file.parent / SHARED, file.parent.parent / SHARED, resources.campaigns() / SHARED]
    return [folder for folder in dict.fromkeys(folders) if folder.is_dir()]


def _read(file: Path, model: type[D], faults: list[ScenarioError]) -> tuple[D, Located] | None:
    """The file's form; what is wrong with it is added to `faults`."""
    try:
        source = located.load(file)
    except ScenarioError as error:
        faults.append(error)
        return None
    if not isinstance(source.value, dict):
        faults.append(ScenarioError("not a scenario", place=str(file), mend="It must begin with `schema: 1`."))
        return None
    try:
        dialogue = model.model_validate(source.value)
    except ValidationError as error:
        faults += [_in_words(one, source) for one in error.errors()]
        return None
    dialogue.within(file.parent)
    return dialogue, source


def find(name: str) -> Scenario:
    """The scenario of that name in campaigns/, or the file itself if `name` is a path."""
    return load(file_of(name))


def file_of(name: str) -> Path:
    """The file of that scenario, or the file itself if `name` is a path.

    Raises:
        ScenarioError: there is none of that name.
    """
    if name.endswith((".yaml", ".yml")):
        return Path(name)
    for direction in Direction:
        file = resources.campaigns() / direction / f"{name}.yaml"
        if file.is_file():
            return file
    known = ", ".join(sorted(names()))
    raise ScenarioError(f"no scenario {name!r}", mend=f"There are: {known}; or give the path of a .yaml file.")


def names() -> Iterator[str]:
    """Names of the scenarios in campaigns/."""
    for direction in Direction:
        for file in sorted((resources.campaigns() / direction).glob("*.yaml")):
            if not file.name.endswith(_TALKS):
                yield file.stem


def talks_of(file: Path) -> Path:
    """Where the talks of a scenario stand: beside it."""
    return file.with_name(f"{file.stem}{_TALKS}")


def _in_words(error: ErrorDetails, source: Located) -> ScenarioError:
    """In the file's own words: pydantic's paths name the kind of each step too."""
    loc = [str(part) for part in error["loc"]]
    if len(loc) > 2 and loc[0] == "steps" and loc[2] in KINDS:
        del loc[2]
    path = tuple(part for part in loc if part != "[key]")
    reason = error["msg"].removeprefix("Value error, ")
    mend = "Mend this key."
    if error["type"] == "extra_forbidden":
        reason, mend = f"the key {path[-1]!r} is not known here", "Remove it or mend its spelling."
    elif error["type"] == "missing":
        reason, mend = f"the key {path[-1]!r} is missing", "Add it."
        path = path[:-1]
    return ScenarioError(reason, place=source.place(path), mend=mend)
