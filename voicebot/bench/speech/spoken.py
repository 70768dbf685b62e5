"""Phrases of the dialogues' own grammars in synthetic voices that no model of ours was trained on."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from voicebot.bench.speech.corpus import Half, corpus
from voicebot.language.grammar import phrases
from voicebot.language.reading import Kind, Question
from voicebot.speech.audio import Samples
from voicebot.speech.recogniser import Model
from voicebot.speech.voice_espeak import EspeakVoice

STEPS = (
    *((Kind.ANSWER, question) for question in Question if question is not Question.PLAIN),
    *((kind, Question.PLAIN) for kind in (Kind.NUMBER, Kind.DATE, Kind.TIME, Kind.WHEN, Kind.SPECIALTY, Kind.PLACE)),
)
_TEMPI = (0.9, 1.0, 1.1)  #: a tape played slower or faster: another pitch, another length of the throat


@dataclass(frozen=True, kw_only=True)
class Said:
    """One utterance of a synthetic voice."""

    text: str
    grammar: tuple[str, ...]
    sound: Samples


class Speakers:
    """The voices of a half; what they have said is kept in a folder, because it takes them minutes."""

    def __init__(self, half: Half, folder: Path) -> None:
        """
        Raises:
            ProgramMissing: there is no espeak-ng.
            ModelMissing: it lacks a voice.
        """
        self._voices = [EspeakVoice.open(name) for name in corpus()["voices"][half.value]]
        self._folder = folder / "voices"
        self._folder.mkdir(parents=True, exist_ok=True)

    def say(self, text: str, turn: int) -> Samples:
        """In the voice and at the tempo whose turn it is."""
        voice = self._voices[turn % len(self._voices)]
        tempo = _TEMPI[turn // len(self._voices) % len(_TEMPI)]
        key = hashlib.sha256(f"{voice.name}|{text}".encode()).hexdigest()[:32]
        file = self._folder / f"{key}.npy"
        if not file.exists():
            draft = file.with_suffix(".new.npy")
            np.save(draft, voice.render(text))
            draft.replace(file)
        sound: Samples = np.load(file)
        at = np.arange(0, len(sound), tempo)
        played: Samples = np.interp(at, np.arange(len(sound)), sound).astype(np.int16)
        return played


def step_phrases(model: Model, half: Half, each: int) -> Iterator[tuple[str, tuple[str, ...]]]:
    """`each` phrases of every step's grammar that the model can hear, with the whole of that grammar."""
    random = np.random.default_rng(_seed(half))
    for kind, question in STEPS:
        grammar = tuple(one for one in phrases(kind, question) if not model.unknown_words([one]))
        for place in random.choice(len(grammar), each, replace=each > len(grammar)).tolist():
            yield grammar[place], grammar


def people(half: Half) -> list[str]:
    """200 full names, surname first, as a call's list may have them."""
    random = np.random.default_rng(_seed(half) + 1)
    names = corpus()["names"]
    every = [f"{surname} {man}" for surname in names["surnames"] for man in names["men"]]
    every += [f"{surname}а {woman}" for surname in names["surnames"] for woman in names["women"]]
    return [every[place].lower() for place in random.choice(len(every), 200, replace=False).tolist()]


def utterances(speakers: Speakers, texts: Sequence[tuple[str, tuple[str, ...]]]) -> Iterator[Said]:
    """The texts with their grammars, spoken by one voice after the other."""
    for turn, (text, grammar) in enumerate(texts):
        yield Said(text=text, grammar=grammar, sound=speakers.say(text, turn))


def _seed(half: Half) -> int:
    return 17 if half is Half.DEVELOPMENT else 71
