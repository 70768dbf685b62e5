"""The Vosk model, and one decoder per utterance that works on a pool of threads."""

import json
import logging
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Self

import vosk

from voicebot.errors import ModelMissing, SpeechError
from voicebot.speech import models, own_words
from voicebot.speech.audio import FRAME, RATE

log = logging.getLogger(__name__)

UNKNOWN = "[unk]"

# Settled text after the end of speech: 83 ms p95 (127 at most) with 12, 47 with 6, 183 as the model is shipped. No
# answer ends sooner than 250 ms after its last sound; and with 6 the same words cost half as much processor time again.
_FRAMES_PER_CHUNK = 12
# 20 ms frames that make one such chunk: Vosk computes nothing before, so more frequent jobs would only cost switches
# between threads.
_STEP = _FRAMES_PER_CHUNK * RATE // 100 // FRAME
# The voice detector ends answers. Vosk's own end-points would cut a slow speaker's answer into unrelated pieces.
_NEVER = 3600
_OVERRIDES = {
    "frames-per-chunk": str(_FRAMES_PER_CHUNK),
    # Alternatives serve the confidences alone. With the model's own 5.0, twenty seconds of music (all words alike bad)
    # took 36 s of processor time, one step of it 13 s; so they take 1.5 s, and of speech the same words are heard.
    "lattice-beam": "2.0",
    **{f"endpoint.rule{rule}.min-trailing-silence": str(_NEVER) for rule in range(1, 5)},
    "endpoint.rule5.min-utterance-length": str(_NEVER),
}
_AT_ONCE = 10  # frames a decoder takes in one go before other calls have their turn


@dataclass(frozen=True, kw_only=True)
class Word:
    """A recognised word; times in seconds from the first sample of the clip."""

    word: str
    start: float
    end: float
    confidence: float  #: 0…1


@dataclass(frozen=True, kw_only=True)
class Transcript:
    """What was heard; without the words that no grammar knows."""

    text: str = ""
    words: tuple[Word, ...] = ()

    @property
    def confidence(self) -> float:
        """Mean confidence of the words; 0 without words."""
        return sum(word.confidence for word in self.words) / len(self.words) if self.words else 0.0


class Model:
    """A Vosk model in memory, loaded once per process and shared by all threads."""

    @classmethod
    def named(cls, name: str) -> Self:
        """The model of that name, or in that folder, with the words that were added to it.

        Raises:
            ModelMissing, SpeechError: as below, or a graph with added words cannot be written.
        """
        folder = models.folder(name)
        return cls(folder, graph=own_words.graph(folder))

    def __init__(self, folder: Path, *, graph: Path | None = None) -> None:
        """Load it from `folder`, with the settings a dialogue needs in place of its own.

        Args:
            folder: of the model.
            graph: a folder with another decoding graph for it.

        Raises:
            ModelMissing: there is no Vosk model in the folder.
            SpeechError: the model is damaged.
        """
        if not (folder / "am/final.mdl").is_file() or not (folder / "conf/model.conf").is_file():
            mend = "Run: voicebot models list, then voicebot models install NAME; or set [speech] model to a folder."
            raise ModelMissing("no Vosk model here", place=str(folder), mend=mend)
        vosk.SetLogLevel(-1)
        self.name = folder.name
        self._known: dict[str, bool] = {}
        self.takes_grammar = not (folder / "graph/HCLG.fst").exists()  # a composed graph cannot be limited per turn
        with tempfile.TemporaryDirectory(prefix="voicebot-model-") as changed:
            _mirror(folder.resolve(), Path(changed), graph or folder / "graph")
            try:
                self._vosk = vosk.Model(changed)
            except Exception as error:  # vosk raises nothing more special
                mend = f"Run: voicebot models install {folder.name} --upgrade."
                raise SpeechError("Vosk cannot load this model", place=str(folder), mend=mend) from error

    def knows(self, word: str) -> bool:
        """Whether the word can be heard; remembered, because every turn asks for all words of its grammar."""
        if word not in self._known:
            self._known[word] = self._vosk.vosk_model_find_word(word) >= 0
        return self._known[word]

    def unknown_words(self, phrases: Iterable[str]) -> list[str]:
        """The words that the model cannot hear, sorted."""
        words = {word for phrase in phrases for word in phrase.split()}
        return sorted(word for word in words if word != UNKNOWN and not self.knows(word))

    def recogniser(self, grammar: Sequence[str] | None) -> Any:
        """A `vosk.KaldiRecognizer` limited to the phrases, or free when there is no grammar."""
        if grammar is not None and self.takes_grammar:
            phrases = json.dumps([*grammar, UNKNOWN], ensure_ascii=False)
            recogniser = vosk.KaldiRecognizer(self._vosk, RATE, phrases)
        else:
            recogniser = vosk.KaldiRecognizer(self._vosk, RATE)
        recogniser.SetWords(True)
        return recogniser


class Decoder:
    """One utterance on its way through Vosk: sound in from the event loop, text out on a worker thread.

    Its frames are decoded in order and by one thread at a time; after `_AT_ONCE` frames it goes to the end of the
    pool's queue, so a long backlog of one call does not hold up the others.
    """

    def __init__(
        self,
        pool: Executor,
        model: Model,
        grammar: Sequence[str] | None,
        *,
        on_partial: Callable[["Decoder", str], None],
        on_end: Callable[["Decoder", Transcript], None],
        on_error: Callable[["Decoder", Exception], None],
    ) -> None:
        """The three `on_…` are called on a worker thread."""
        self._pool, self._model, self._grammar = pool, model, grammar
        self._on_partial, self._on_end, self._on_error = on_partial, on_end, on_error
        self._waiting: deque[bytes] = deque()
        self._lock = Lock()
        self._scheduled = self._ending = self._dropped = False
        self._recogniser: Any = None
        self._partial = ""

    def feed(self, sound: bytes) -> None:
        """Take 20 ms more (at first any length); returns at once.

        What waits is bounded by the caller's limit on an answer's length.
        """
        with self._lock:
            if not self._dropped:
                self._waiting.append(sound)
                self._schedule()

    def finish(self) -> None:
        """No more sound: `on_end` follows, with the text of all of it."""
        with self._lock:
            self._ending = True
            self._schedule()

    @property
    def working(self) -> bool:
        """Whether sound that was fed waits, or is being decoded."""
        return self._scheduled

    def drop(self) -> None:
        """Nobody wants the rest."""
        with self._lock:
            self._dropped = True
            self._waiting.clear()

    def _schedule(self) -> None:
        due = self._ending or len(self._waiting) >= _STEP
        if due and not self._scheduled and not self._dropped:
            self._scheduled = True
            self._pool.submit(self._work)

    def _work(self) -> None:
        try:
            self._decode_some()
        except Exception as error:
            self.drop()
            self._on_error(self, error)

    def _decode_some(self) -> None:
        with self._lock:
            batch = [self._waiting.popleft() for _ in range(min(_AT_ONCE, len(self._waiting)))]
        if self._recogniser is None:
            self._recogniser = self._model.recogniser(self._grammar)
        if batch:
            self._recogniser.AcceptWaveform(b"".join(batch))
            self._tell_partial()
        with self._lock:  # from here on another thread may take the next frames
            last = self._ending and not self._waiting and not self._dropped
            self._scheduled = False
            if not last:
                self._schedule()
        if last:
            self._on_end(self, transcript(self._recogniser.FinalResult()))

    def _tell_partial(self) -> None:
        text = _known(json.loads(self._recogniser.PartialResult())["partial"].split())
        if text != self._partial:
            self._partial = text
            self._on_partial(self, text)


def transcript(result: str) -> Transcript:
    """Vosk's JSON of a finished utterance."""
    raw = json.loads(result)
    words = tuple(
        Word(word=item["word"], start=item["start"], end=item["end"], confidence=item["conf"])
        for item in raw.get("result", ())
        if item["word"] != UNKNOWN
    )
    return Transcript(text=_known(raw["text"].split()), words=words)


def _known(words: Iterable[str]) -> str:
    return " ".join(word for word in words if word != UNKNOWN)


def _mirror(folder: Path, changed: Path, graph: Path) -> None:
    """Links to all of a model's files, but for a model.conf of our own: the publisher's files stay as they are."""
    for entry in folder.iterdir():
        if entry.name not in ("conf", "graph"):
            (changed / entry.name).symlink_to(entry)
    (changed / "graph").symlink_to(graph.resolve())
    conf = changed / "conf"
    conf.mkdir()
    for entry in (folder / "conf").iterdir():
        if entry.name != "model.conf":
            (conf / entry.name).symlink_to(entry)
    kept = [
        line
        for line in (folder / "conf/model.conf").read_text(encoding="utf-8").splitlines()
        if line.strip().removeprefix("--").partition("=")[0] not in _OVERRIDES
    ]
    lines = kept + [f"--{key}={value}" for key, value in _OVERRIDES.items()]
    (conf / "model.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")
