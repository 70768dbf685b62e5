"""The robot's ear: 20 ms frames in, voice and words out."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

import numpy as np

from voicebot import config
from voicebot.errors import SpeechError
from voicebot.privacy import mask_name
from voicebot.speech import models
from voicebot.speech.audio import FRAME_SECONDS, Samples
from voicebot.speech.endpoint import Endpoint, VoiceStarted, VoiceStopped
from voicebot.speech.pace import PAUSE, Ending, Pace, Silences
from voicebot.speech.recogniser import Decoder, Model, Transcript, Word
from voicebot.speech.vad import NoiseGate, Vad
from voicebot.speech.workers import Workers

__all__ = ["Ear", "Ears", "Event", "Partial", "Utterance", "VoiceStarted", "VoiceStopped", "Word"]

log = logging.getLogger(__name__)

# Frames given to the recogniser from before the voice was confirmed. First consonants are quieter than that; but with
# 0.4 s or more of noise before it, "да" was lost in up to 9 of 20 trials, with 0.2-0.3 s in none.
_PRE_ROLL = 15
_CLICK = 0.1  # seconds; no word is shorter


@dataclass(frozen=True, kw_only=True)
class Partial:
    """The words of the grammar heard so far; told whenever they change, also when they turn out to be none."""

    text: str
    at: float


@dataclass(frozen=True, kw_only=True)
class Utterance:
    """One answer, from the first voiced sample to the decision that it has ended.

    Instants are `time.monotonic()` seconds. `text` is empty when no word of the grammar was heard.
    """

    text: str
    words: tuple[Word, ...]  #: times count from the clip's first sample
    confidence: float  #: mean of the words', 0…1
    clip: Samples  #: with 0.2 s of what was before it
    started: float  #: first voiced sample
    ended: float  #: last voiced sample
    decided: float  #: end of the answer decided, text settled

    @property
    def is_click(self) -> bool:
        """A false start: too short for a word, and none was recognised."""
        return not self.text and self.ended - self.started < _CLICK


Event: TypeAlias = VoiceStarted | VoiceStopped | Partial | Utterance
Told = TypeVar("Told")


class Ears:
    """One per process: the Vosk model and the threads that decode."""

    def __init__(self, model: Model, *, dictates: bool, threads: int) -> None:
        self.name = model.name
        self.dictates = dictates  #: whether an empty grammar gives free speech worth reading
        self._model = model
        self._pool = Workers(threads)
        self._reported: set[str] = set()

    @classmethod
    def load(cls, settings: config.Speech) -> "Ears":
        """Load the model that the settings name.

        Raises:
            ModelMissing: it is not installed.
        """
        model = Model.named(settings.model)
        ears = cls(model, dictates=models.dictates(model.name), threads=settings.threads)
        log.info("ear ready", extra={"model": ears.name, "dictates": ears.dictates, "threads": settings.threads})
        return ears

    def unknown_words(self, phrases: Iterable[str]) -> list[str]:
        """The words that the model cannot hear, sorted."""
        return self._model.unknown_words(phrases)

    def open(
        self,
        grammar: Sequence[str],
        *,
        silences: Silences,
        max_length: float,
        ending: Callable[[str], Ending] = lambda _: Ending.OPEN,
        pace: Pace | None = None,
        vad: Vad | None = None,
    ) -> "Ear":
        """An ear for one turn; call it on the event loop, and close it.

        Args:
            grammar: phrases to tell apart; empty for dictation. A phrase with a word that the model does not know is
                left out (a part of it could mean something else) and the word logged once, masked.
            silences: how long a silence ends an answer.
            max_length: seconds after which an answer ends in any case.
            ending: told the words so far, says whether more must follow.
            pace: of the call's caller; it learns from the answers.
            vad: of the call's line, which has heard its noise; None: a new one.
        """
        end = _End(silences=silences, max_length=max_length, ending=ending, pace=pace or Pace())
        return Ear(self._model, self._pool, vad or NoiseGate(), self._known(grammar), end)

    def delay(self) -> float:
        """Seconds that sound has waited for a thread to decode it: the longest of the last five seconds."""
        return self._pool.delay()

    def close(self) -> None:
        """Stop the threads; close all ears before."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _known(self, grammar: Sequence[str]) -> Sequence[str] | None:
        if not grammar:
            return None
        unknown = set(self._model.unknown_words(grammar))
        for word in sorted(unknown - self._reported):
            # Masked: it may be a patient's name. `unknown_words` tells a scenario's own words in full.
            extra = {"word": mask_name(word), "letters": len(word), "model": self.name}
            log.warning("the speech model cannot hear a word of the grammar", extra=extra)
        self._reported |= unknown
        return [phrase for phrase in grammar if unknown.isdisjoint(phrase.split())]


@dataclass(frozen=True, kw_only=True)
class _End:
    """When an answer has ended."""

    silences: Silences
    max_length: float
    ending: Callable[[str], Ending]
    pace: Pace


@dataclass
class _Answer:
    """The utterance that is being heard."""

    clip: list[Samples]
    started: float
    ended: float = 0.0
    ending: Ending = Ending.OPEN  #: by the words so far
    stopped: float | None = None  #: last voiced sample before the present pause
    pauses: list[tuple[float, float]] = field(default_factory=list)  #: (end in the clip, length), seconds

    @property
    def paused(self) -> bool:
        return any(length >= PAUSE for _, length in self.pauses)

    def hear(self, event: VoiceStarted | VoiceStopped | None) -> None:
        """The voice pauses, or goes on."""
        if isinstance(event, VoiceStopped):
            self.stopped = event.at
        elif event and self.stopped is not None:
            self.pauses.append((len(self.clip) * FRAME_SECONDS, event.at - self.stopped))

    def longest_pause(self, words: Sequence[Word]) -> float:
        """In seconds, of those that words follow; noises make pauses too."""
        last = words[-1].end if words else 0.0
        return max((length for end, length in self.pauses if end < last), default=0.0)


@dataclass(frozen=True, kw_only=True)
class _Held:
    """An answer that was ended too soon: by words that all of its sound turned into others, to which people add."""

    answer: _Answer
    heard: Transcript


class Ear:
    """One turn's ear: feed it frames, iterate over what it hears.

    Every answer gives `VoiceStarted`, then `VoiceStopped` and `VoiceStarted` for each of its pauses longer than
    100 ms, then `VoiceStopped` and exactly one `Utterance`. `Partial`s lie between. After an utterance the ear listens
    on for another one, until it is closed. A cough or a click is an utterance too: its text is empty.
    """

    def __init__(self, model: Model, pool: Executor, vad: Vad, grammar: Sequence[str] | None, end: _End) -> None:
        self._loop = asyncio.get_running_loop()
        self._model, self._pool, self._vad, self._grammar, self._end = model, pool, vad, grammar, end
        self._endpoint = Endpoint()
        self._pre_roll: deque[Samples] = deque(maxlen=_PRE_ROLL)
        self._current: Decoder | None = None
        self._answers: dict[Decoder, _Answer] = {}  # the current one, and those whose text is waited for
        self._held: _Held | None = None
        self._at = 0.0  # end of the last frame
        self._events: asyncio.Queue[Event | Exception | None] = asyncio.Queue()
        self._closed = False

    def feed(self, samples: Samples, at: float) -> None:
        """Take the next 20 ms, which ended at the instant `at` (`time.monotonic()`); returns at once."""
        if self._closed:
            return
        self._at = at
        event = self._endpoint.hear(self._vad.voiced(samples), at)
        if event:
            self._events.put_nowait(event)
        if self._held:
            self._wait_on(self._held, samples, event)
        elif self._current:
            self._answers[self._current].hear(event)
            self._answers[self._current].clip.append(samples)
            self._current.feed(samples.tobytes())
            self._end_if_over(self._current)
        else:
            self._pre_roll.append(samples)
            if isinstance(event, VoiceStarted):
                self._begin(event.at)

    @property
    def decoding(self) -> bool:
        """Whether words of what was fed are still to come; who feeds faster than time passes waits for them."""
        return not self._closed and any(one.working or one is not self._current for one in self._answers)

    async def __aiter__(self) -> AsyncIterator[Event]:
        """What is heard, until the ear is closed.

        Raises:
            SpeechError: the recogniser broke.
        """
        while (event := await self._events.get()) is not None:
            if isinstance(event, Exception):
                raise SpeechError(f"the recogniser broke: {event}", mend="See the log.") from event
            yield event

    def close(self) -> None:
        """End the turn; what is not decoded yet is dropped."""
        if not self._closed:
            self._closed = True
            for decoder in self._answers:
                decoder.drop()
            self._events.put_nowait(None)

    def _begin(self, started: float) -> None:
        self._decode(_Answer(clip=list(self._pre_roll), started=started))
        self._pre_roll.clear()

    def _decode(self, answer: _Answer) -> None:
        """From its beginning, and what will be fed."""
        self._current = Decoder(
            self._pool,
            self._model,
            self._grammar,
            on_partial=self._from_worker(self._heard),
            on_end=self._from_worker(self._settled),
            on_error=self._from_worker(self._broken),
        )
        self._answers[self._current] = answer
        self._current.feed(np.concatenate(answer.clip).tobytes())

    def _wait_on(self, held: _Held, samples: Samples, event: VoiceStarted | VoiceStopped | None) -> None:
        """Who goes on is heard from the beginning again; else the silence that was wanting ends the answer."""
        held.answer.hear(event)
        held.answer.clip.append(samples)
        if isinstance(event, VoiceStarted):
            self._held = None
            held.answer.ending = Ending.OPEN
            self._decode(held.answer)
        elif not self._endpoint.stirs and not self._lacks_silence(held.answer):
            self._held = None
            self._endpoint.end()
            self._tell(held.answer, held.heard)

    def _lacks_silence(self, answer: _Answer) -> bool:
        """Whether more may follow what its words are."""
        needed = self._end.pace.needed(self._end.silences, answer.ending, paused=answer.paused)
        return self._at - self._endpoint.ended < needed

    def _may_last(self, answer: _Answer) -> bool:
        return self._at - answer.started < self._end.max_length

    def _end_if_over(self, decoder: Decoder) -> None:
        answer = self._answers[decoder]
        if (self._endpoint.stirs or self._lacks_silence(answer)) and self._may_last(answer):
            return
        answer.ended = self._endpoint.ended
        if stopped := self._endpoint.end():
            self._events.put_nowait(stopped)
        decoder.finish()
        self._current = None

    def _from_worker(self, handler: Callable[[Decoder, Told], None]) -> Callable[[Decoder, Told], None]:
        def tell(decoder: Decoder, told: Told) -> None:
            # A call that ends while its last words are decoded may have taken the loop with it.
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(handler, decoder, told)

        return tell

    def _heard(self, decoder: Decoder, text: str) -> None:
        if not self._closed:
            self._answers[decoder].ending = self._end.ending(text) if text else Ending.OPEN
            self._events.put_nowait(Partial(text=text, at=time.monotonic()))

    def _settled(self, decoder: Decoder, heard: Transcript) -> None:
        answer = self._answers.pop(decoder)
        if self._closed:
            return
        if heard.text and not self._current and self._may_last(answer):
            answer.ending = self._end.ending(heard.text)
            if self._lacks_silence(answer):
                self._hold(answer, heard)
                return
        self._tell(answer, heard)

    def _hold(self, answer: _Answer, heard: Transcript) -> None:
        answer.clip += self._pre_roll
        self._pre_roll.clear()
        self._endpoint.resume()
        self._held = _Held(answer=answer, heard=heard)

    def _tell(self, answer: _Answer, heard: Transcript) -> None:
        utterance = Utterance(
            text=heard.text,
            words=heard.words,
            confidence=heard.confidence,
            clip=np.concatenate(answer.clip),
            started=answer.started,
            ended=answer.ended,
            decided=time.monotonic(),
        )
        if utterance.text:
            self._end.pace.answered(answer.started, answer.ended, answer.longest_pause(utterance.words))
        self._events.put_nowait(utterance)

    def _broken(self, _decoder: Decoder, error: Exception) -> None:
        self._events.put_nowait(error)
