"""Everything that can be said of a scenario file before its first call."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from voicebot.dialog import asked, catalog, hearing
from voicebot.dialog.catalog import Sources
from voicebot.dialog.located import Located
from voicebot.dialog.scenario import Direction, Scenario, questions
from voicebot.dialog.steps import Ask, Do, Listens, Needs
from voicebot.errors import ScenarioError
from voicebot.language.reading import Kind
from voicebot.outbound import columns, policy
from voicebot.speech import models
from voicebot.speech.recogniser import Model

_FREE_SPEECH = (Kind.NAME,)  # no closed grammar can hold their words
_MEND_WORDS = "Teach it: voicebot models add-words FILE; or choose other words, or a bigger model."


@dataclass(frozen=True, kw_only=True)
class Review:
    """What was found in one file; each finding names file, line and mend."""

    file: Path
    faults: tuple[ScenarioError, ...]  #: no call may be made with it
    warnings: tuple[ScenarioError, ...]  #: it works, but not everything will be heard


def review(file: Path, model: Model | None) -> Review:
    """Look at the file; with a speech model also at the words that it cannot hear. Blocks."""
    inspection = catalog.inspect(file)
    faults = list(inspection.faults)
    sources = inspection.sources
    if sources is not None and sources.scenario.direction is Direction.OUTBOUND:
        faults += _sections(sources.scenario, sources.located[sources.scenario.name])
    if sources is not None:
        faults += _successors(sources)
    warnings = _unheard(sources, model) if model and sources and not faults else ()
    return Review(file=file, faults=tuple(faults), warnings=tuple(warnings))


def _successors(sources: Sources) -> Iterator[ScenarioError]:
    """Scenarios that the talk is handed over to, which are not there or cannot begin in the middle."""
    for dialogue in sources.scenario.dialogues:
        for name, step in dialogue.steps.items():
            if not isinstance(step, Do) or step.do != "go_over":
                continue
            other = step.arguments.get("scenario", "")
            place = sources.located[dialogue.called].place(("steps", name, "with"))
            if other not in catalog.names():
                yield ScenarioError(f"there is no scenario {other!r}", place=place, mend="See: voicebot scenario list.")
            elif not catalog.find(other).further:
                mend = "Name there the step at which it begins when it is not the first."
                yield ScenarioError(f"{other} has no `further`", place=place, mend=mend)


def _sections(scenario: Scenario, source: Located) -> Iterator[ScenarioError]:
    for read, key, section in ((columns.read, "list", scenario.list), (policy.read, "policy", scenario.policy)):
        try:
            read(section, place=source.place((key,)))
        except ScenarioError as error:
            yield error


def _unheard(sources: Sources, model: Model) -> Iterator[ScenarioError]:
    """Words of the questions' own phrases, words that every such question listens for, and free speech."""
    for dialogue in sources.scenario.dialogues:
        source = sources.located[dialogue.called]
        for path, question in questions(dialogue):
            own = model.unknown_words(hearing.own_phrases(question))
            if own:
                key = "phrases" if question.phrases else "choices"
                what = f"{model.name} cannot hear: {', '.join(own)}"
                yield ScenarioError(what, place=source.place((*path, key)), mend=_MEND_WORDS)
            if not models.dictates(model.name) and _is_free(question):
                what = f"{model.name} takes no dictation, and this question's answers are free speech"
                mend = "List `phrases`, or say `needs: dictation` and a `fallback`; or install a model that dictates."
                yield ScenarioError(what, place=source.place(path), mend=mend)
    yield from _unheard_everywhere(sources, model)


def _is_free(question: Listens) -> bool:
    if isinstance(question, Ask) and question.needs is Needs.DICTATION:
        return False  # it goes elsewhere where the model takes none
    anything = isinstance(question, Ask) and "any" in question.on
    return question.hear in _FREE_SPEECH or (anything and not question.phrases)


def _unheard_everywhere(sources: Sources, model: Model) -> Iterator[ScenarioError]:
    """Words of the language's grammars, once for the whole scenario."""
    common: set[str] = set()
    own: set[str] = set()
    for question in asked.every(sources.scenario):
        common.update(model.unknown_words(hearing.grammar(question)))
        own.update(model.unknown_words(hearing.own_phrases(question.ask)))
        own.update(word for item in question.others.values() for word in model.unknown_words(hearing.own_phrases(item)))
    if common - own:
        what = f"{model.name} cannot hear: {', '.join(sorted(common - own))}"
        place = str(sources.located[sources.scenario.name].file)
        yield ScenarioError(what, place=place, mend=_MEND_WORDS)
