"""Scenario files: finding and loading them, with errors that name file, line and mend."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from voicebot import resources
from voicebot.dialog import check, located
from voicebot.dialog.scenario import Direction, Scenario
from voicebot.errors import ScenarioError


def load(file: Path) -> Scenario:
    """Read and check one scenario file; again only when it has changed. Blocks: never on the event loop.

    Raises:
        ScenarioError: names file, line, what is wrong and the mend.
    """
    return _load(file, file.stat().st_mtime_ns if file.is_file() else 0)


@lru_cache(maxsize=64)
def _load(file: Path, _changed: int) -> Scenario:
    scenario, faults = inspect(file)
    if faults or scenario is None:
        raise faults[0]
    return scenario


def inspect(file: Path) -> tuple[Scenario | None, list[ScenarioError]]:
    """The scenario, as far as its form can be understood, and everything that is wrong with it."""
    try:
        source = located.load(file)
    except ScenarioError as error:
        return None, [error]
    if not isinstance(source.value, dict):
        return None, [ScenarioError("not a scenario", place=str(file), mend="It must begin with `schema: 1`.")]
    try:
        scenario = Scenario.model_validate(source.value)
    except ValidationError as error:
        return None, _explain(error, source)
    problems = check.problems(scenario)
    return scenario, [ScenarioError(what, place=source.place(path), mend=mend) for path, what, mend in problems]


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
            if not file.name.endswith(".talk.yaml"):
                yield file.stem


def _explain(error: ValidationError, source: located.Located) -> list[ScenarioError]:
    """The errors in the file's own words: pydantic's paths have the union's class names in them."""
    # A step that fits none of the kinds gives errors for all three; those of the kind it looks like are meant.
    meant = [e for e in error.errors() if not _of_other_kind(e["loc"], source)] or error.errors()
    return [_in_words(one, source) for one in meant]


def _in_words(error: ErrorDetails, source: located.Located) -> ScenarioError:
    path = tuple(str(part) for part in error["loc"] if part not in ("Say", "Ask", "Do", "[key]"))
    reason = error["msg"].removeprefix("Value error, ")
    mend = "Mend this key."
    if error["type"] == "extra_forbidden":
        reason, mend = f"the key {path[-1]!r} is not known here", "Remove it or mend its spelling."
    elif error["type"] == "missing":
        reason, mend = f"the key {path[-1]!r} is missing", "Add it."
        path = path[:-1]
    return ScenarioError(reason, place=source.place(path), mend=mend)


def _of_other_kind(loc: tuple[int | str, ...], source: located.Located) -> bool:
    if len(loc) < 3 or loc[0] != "steps" or loc[2] not in ("Say", "Ask", "Do"):
        return False
    step = source.value["steps"][loc[1]]
    return isinstance(step, dict) and str(loc[2]).lower() not in step
