"""The figures that every model is judged by: what it hears, what it rejects, what it costs."""

import itertools
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from voicebot.bench.speech import corpus, spoken
from voicebot.bench.speech.corpus import OUTSIDE, Half, Recording
from voicebot.bench.speech.cost import Cost, measure_cost
from voicebot.bench.speech.line import LINES, Line, load, noisy, on_line
from voicebot.bench.speech.spoken import Said, Speakers
from voicebot.language.grammar import phrases
from voicebot.language.inflection import Case, Gender, cardinal, ordinal
from voicebot.language.reading import Kind, Question
from voicebot.shares import Share
from voicebot.speech import models, own_words
from voicebot.speech.audio import RATE, Samples
from voicebot.speech.graph.build import build
from voicebot.speech.graph.lexicon import FILE, Lexicon
from voicebot.speech.recogniser import Model
from voicebot.speech.transcribe import decoded

_JOINED = 40  #: dates and numbers made of single human words, each
_GAP = 0.06  # seconds between them
_EACH = 100  #: synthetic utterances of a step's grammar
_CHANNEL = 300  #: of them through every line


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One line of the table."""

    name: str
    share: Share
    missed: tuple[str, ...] = ()  #: "said → heard"

    def as_json(self) -> dict[str, Any]:
        return {"name": self.name, **self.share.as_json(), "missed": list(self.missed)}


@dataclass(frozen=True, kw_only=True)
class Measured:
    """All of it."""

    model: str
    half: Half
    figures: tuple[Figure, ...]
    word_errors: Share  #: of free decoding: wrong, missing and added words, of those that were said
    real_time_factor: float  #: processor time per second of sound, in 20 ms pieces, as the ear's recogniser is set
    cost: Cost

    def as_json(self) -> dict[str, Any]:
        return {
            "model": self.model,
            "half": self.half.value,
            "figures": [one.as_json() for one in self.figures],
            "free_word_errors": {"hits": self.word_errors.hits, "of": self.word_errors.of},
            "real_time_factor": round(self.real_time_factor, 4),
            **asdict(self.cost),
        }


@dataclass
class _Ear:
    """Listens, and sums up what that takes."""

    model: Model
    random: np.random.Generator = field(default_factory=lambda: np.random.default_rng(1))
    seconds: float = 0.0
    busy: float = 0.0
    _known: dict[tuple[str, ...], list[str]] = field(default_factory=dict)

    def heard(self, sound: Samples, grammar: Sequence[str], line: Line = on_line) -> str:
        samples, grammar = line(sound, self.random), self._without_unknown(tuple(grammar))
        began = time.thread_time()
        text = decoded(self.model, samples, grammar).text
        self.busy += time.thread_time() - began
        self.seconds += len(samples) / RATE
        return text

    def _without_unknown(self, grammar: tuple[str, ...]) -> list[str]:
        """As the dialogues' ear does, which leaves out whole phrases."""
        if grammar not in self._known:
            self._known[grammar] = [one for one in grammar if not self.model.unknown_words([one])]
        return self._known[grammar]


def measure(name: str, half: Half, folder: Path) -> Measured:
    """Measure a model on one half. Blocks for some minutes; the first time it fetches and renders what it listens to.

    Args:
        name: of a model, or its folder.
        folder: for recordings and synthetic speech; kept from run to run.

    Raises:
        ModelMissing, ProgramMissing, SpeechError: model, packages or voices are not to be had.
    """
    found = corpus.recordings(corpus.fetch(folder), half)
    speakers = Speakers(half, folder)
    with _taught(name, [*_said("things"), *spoken.people(half)]) as model:
        ear = _Ear(model)
        figures = (*_human(ear, found), *_synthetic(ear, speakers, half))
        word_errors = _dictation(ear, speakers)
    return Measured(
        model=model.name,
        half=half,
        figures=figures,
        word_errors=word_errors,
        real_time_factor=ear.busy / ear.seconds,
        cost=measure_cost(name),
    )


@contextmanager
def _taught(name: str, texts: Iterable[str]) -> Iterator[Model]:
    """The model as it was made (without an organisation's own words), taught what it lacks of the texts, by rule."""
    folder = models.folder(name)
    model = Model(folder)
    lacking = model.unknown_words(texts)
    if not lacking or not (folder / FILE).exists():
        yield model
        return
    lexicon = Lexicon.read(folder / FILE).with_words(
        {one.word: one.pronunciations for one in map(own_words.by_rule, lacking)}
    )
    with tempfile.TemporaryDirectory(prefix="voicebot-bench-") as work:
        build(folder, lexicon, Path(work))
        yield Model(folder, graph=Path(work))


def _human(ear: _Ear, found: Sequence[Recording]) -> Iterator[Figure]:
    sounds = {one.file: load(one.file) for one in found}
    inside = [one for one in found if one.texts]
    grammars = {group: _grammar(group) for group in {one.group for one in inside}}
    steps = [one for one in inside if one.source == "asterisk"]
    cases = [(sounds[one.file], one.texts, grammars[one.group]) for one in steps]
    joined = list(_joined(steps, sounds))
    yield _right(ear, "human words, step grammars", [*cases, *joined])
    yield _right(ear, "human words, 10 dB noise", [*cases, *joined], noisy)
    for group in ("letters", "syllables", "things"):
        some = [(sounds[one.file], one.texts, grammars[group]) for one in inside if one.group == group]
        yield _right(ear, f"human {group}", some)
        if group == "things":
            yield _rejected(ear, "human words outside a grammar of 7", [sound for sound, _, _ in some], _few())
    outside = [sounds[one.file] for one in found if one.group == OUTSIDE]
    yield _rejected(ear, "human sentences and syllables outside a grammar of 7", outside, _few())
    other = [sounds[one.file] for one in found if one.group in (OUTSIDE, "things")]
    yield _rejected(ear, "human speech outside a step of 100 phrases", other, _yes_no_step())


def _synthetic(ear: _Ear, speakers: Speakers, half: Half) -> Iterator[Figure]:
    texts = list(spoken.step_phrases(ear.model, half, _EACH))
    said = list(spoken.utterances(speakers, texts))
    yield _right(ear, "foreign voices, step grammars", map(_case, said))
    some = [said[place] for place in np.random.default_rng(5).choice(len(said), _CHANNEL, replace=False)]
    for name, line in LINES.items():
        yield _right(ear, f"foreign voices, {name}", map(_case, some), line)
    people = tuple(spoken.people(half))
    yield _right(
        ear,
        f"foreign voices, a list of {len(people)} people",
        map(_case, spoken.utterances(speakers, [(one, people) for one in people])),
    )


def _dictation(ear: _Ear, speakers: Speakers) -> Share:
    errors = said = 0
    for turn, text in enumerate(corpus.corpus()["sentences"]):
        heard = ear.heard(speakers.say(text, turn), ())
        errors += _distance(_plain(text).split(), _plain(heard).split())
        said += len(text.split())
    return Share(hits=errors, of=said)


def _right(
    ear: _Ear, name: str, cases: Iterable[tuple[Samples, Sequence[str], Sequence[str]]], line: Line = on_line
) -> Figure:
    """How many are heard exactly; е and ё are one letter."""
    missed, of = [], 0
    for sound, texts, grammar in cases:
        of += 1
        heard = ear.heard(sound, grammar, line)
        if _plain(heard) not in map(_plain, texts):
            missed.append(f"{texts[0]} → {heard}")
    return Figure(name=name, share=Share(hits=of - len(missed), of=of), missed=tuple(missed))


def _rejected(ear: _Ear, name: str, sounds: Sequence[Samples], grammar: Sequence[str]) -> Figure:
    """How many are taken for nothing of the grammar."""
    taken = [heard for sound in sounds if (heard := ear.heard(sound, grammar))]
    share = Share(hits=len(sounds) - len(taken), of=len(sounds))
    return Figure(name=name, share=share, missed=tuple(f"… → {heard}" for heard in taken))


def _grammar(group: str) -> tuple[str, ...]:
    """What a step hears that asks for things of this kind, and what may be said in any turn."""
    common = phrases(Kind.NAME)
    if group == "numbers":
        return phrases(Kind.NUMBER)
    if group == "letters":
        return phrases(Kind.POLICY)
    return tuple(dict.fromkeys((*common, *(_days() if group == "ordinals" else _said(group)))))


def _days() -> list[str]:
    return [ordinal(day, Case.NOMINATIVE, Gender.MALE) for day in range(1, 32)]


def _said(group: str) -> list[str]:
    """What is said in either half."""
    return [text for one in corpus.corpus()["sets"][group]["said"].values() for text in one.split("|")]


def _joined(
    steps: Sequence[Recording], sounds: dict[Path, Samples]
) -> Iterator[tuple[Samples, Sequence[str], Sequence[str]]]:
    """Numbers and dates put together out of this half's single words."""
    by_text = {one.texts[0]: sounds[one.file] for one in steps}
    tens, units = (_known(by_text, map(cardinal, numbers)) for numbers in (range(20, 100, 10), range(1, 10)))
    months = [one.texts[0] for one in steps if one.group == "months"]
    days = [one.texts[0] for one in steps if one.group == "ordinals"]
    dates = (*phrases(Kind.NAME), *(f"{day} {month}" for day in _days() for month in _said("months")))
    random = np.random.default_rng(3)
    for pairs, grammar in (((tens, units), phrases(Kind.NUMBER)), ((days, months), dates)):
        every = list(itertools.product(*pairs))
        for place in random.permutation(len(every))[:_JOINED].tolist():
            first, second = every[place]
            pause = np.zeros(round(_GAP * RATE), dtype=np.int16)
            yield np.concatenate([by_text[first], pause, by_text[second]]), (f"{first} {second}",), grammar


def _known(by_text: dict[str, Samples], texts: Iterable[str]) -> list[str]:
    return [text for text in texts if text in by_text]


def _case(said: Said) -> tuple[Samples, Sequence[str], Sequence[str]]:
    return said.sound, (said.text,), said.grammar


def _few() -> tuple[str, ...]:
    return tuple(corpus.corpus()["yes_no"])


def _yes_no_step() -> tuple[str, ...]:
    return phrases(Kind.ANSWER, Question.ATTENDANCE)


def _plain(text: str) -> str:
    return text.replace("ё", "е")


def _distance(said: Sequence[str], heard: Sequence[str]) -> int:
    """Words to change, add or leave out."""
    row = list(range(len(heard) + 1))
    for place, word in enumerate(said, 1):
        before, row[0] = row[0], place
        for column, other in enumerate(heard, 1):
            before, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, before + (word != other))
    return row[-1]
