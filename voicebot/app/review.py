"""Everything that can be said of a scenario file before its first call."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from voicebot.config import Turns
from voicebot.dialog import catalog, hearing, located
from voicebot.dialog.located import Located
from voicebot.dialog.scenario import Ask, Direction, Scenario
from voicebot.errors import ScenarioError
from voicebot.language.reading import Kind
from voicebot.outbound import columns, policy
from voicebot.speech import models
from voicebot.speech.recogniser import Model

_FREE_SPEECH = (Kind.NAME, Kind.PLACE)  # no closed grammar can hold their words
_MEND_WORDS = "Choose other words, or a bigger model: voicebot models list."


@dataclass(frozen=True, kw_only=True)
class Review:
    """What was found in one file; each finding names file, line and mend."""

    file: Path
    faults: tuple[ScenarioError, ...]  #: no call may be made with it
    warnings: tuple[ScenarioError, ...]  #: it works, but not everything will be heard


def review(file: Path, model: Model | None) -> Review:
    """Look at the file; with a speech model also at the words that it cannot hear. Blocks."""
    scenario, faults = catalog.inspect(file)
    if scenario is None:
        return Review(file=file, faults=tuple(faults), warnings=())
    source = located.load(file)
    if scenario.direction is Direction.OUTBOUND:
        faults += _sections(scenario, source)
    warnings = _unheard(scenario, source, model) if model and not faults else ()
    return Review(file=file, faults=tuple(faults), warnings=tuple(warnings))


def _sections(scenario: Scenario, source: Located) -> Iterator[ScenarioError]:
    for read, key, section in ((columns.read, "list", scenario.list), (policy.read, "policy", scenario.policy)):
        try:
            read(section, place=source.place((key,)))
        except ScenarioError as error:
            yield error


def _unheard(scenario: Scenario, source: Located, model: Model) -> Iterator[ScenarioError]:
    """Words of the steps' own phrases, words that every such question listens for, and free speech."""
    common: dict[str, list[str]] = {}
    for name, step in scenario.steps.items():
        if not isinstance(step, Ask):
            continue
        own = model.unknown_words(step.phrases)
        if own:
            place = source.place(("steps", name, "phrases"))
            yield ScenarioError(f"{model.name} cannot hear: {', '.join(own)}", place=place, mend=_MEND_WORDS)
        if not models.dictates(model.name) and (step.hear in _FREE_SPEECH or ("any" in step.on and not step.phrases)):
            what = f"{model.name} takes no dictation, and this question's answers are free speech"
            mend = "List `phrases`, or offer keys; or install a model that dictates: voicebot models list."
            yield ScenarioError(what, place=source.place(("steps", name)), mend=mend)
        grammar = hearing.listening(step, scenario, Turns(), datetime.now(UTC)).grammar
        for word in set(model.unknown_words(grammar)) - set(own):
            common.setdefault(word, []).append(name)
    if common:
        steps = sorted({step for names in common.values() for step in names})
        what = f"{model.name} cannot hear, at {', '.join(steps)}: {', '.join(sorted(common))}"
        yield ScenarioError(what, place=str(source.file), mend="Other words for it are heard, or take a bigger model.")
