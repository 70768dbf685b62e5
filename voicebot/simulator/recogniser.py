"""The subscribers' ear for words: a small Vosk model, whole parts of a phrase at a time, in threads of its own."""

import asyncio
import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import vosk

from voicebot.errors import ModelMissing
from voicebot.speech.audio import RATE, Samples, silence

_UNKNOWN = "[unk]"
_LEAD, _TAIL = silence(0.1), silence(0.3)  #: decoding wants a little quiet on both sides


@dataclass(frozen=True, kw_only=True)
class Grammar:
    """What a recogniser may hear, as Vosk wants it."""

    json: str


class Recogniser:
    """Decodes parts of phrases off the event loop."""

    def __init__(self, folder: Path, threads: int = 1) -> None:
        """Load the model (0.02 s for tiny-ru).

        Raises:
            ModelMissing: there is no Vosk model in that folder.
        """
        if not (folder / "conf").is_dir():
            raise ModelMissing("no Vosk model for the city's ear", place=str(folder), mend="Restore models/tiny-ru.")
        vosk.SetLogLevel(-1)
        self._model = vosk.Model(str(folder))
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="city-ear")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown()

    def grammar(self, phrases: Iterable[str]) -> Grammar:
        """Phrases of which the model knows every word; the rest will be heard as nothing.

        A phrase that stands there several times is so much likelier.
        """
        known = [phrase for phrase in phrases if all(map(self.knows, phrase.split()))]
        return Grammar(json=json.dumps([*known, _UNKNOWN], ensure_ascii=False))

    def knows(self, word: str) -> bool:
        return bool(self._model.vosk_model_find_word(word) >= 0)

    async def words(self, samples: Samples, grammar: Grammar) -> str:
        """The words of a stretch of speech, unknown ones left out."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._decode, samples, grammar)

    def _decode(self, samples: Samples, grammar: Grammar) -> str:
        decoder = vosk.KaldiRecognizer(self._model, RATE, grammar.json)
        decoder.AcceptWaveform(np.concatenate((_LEAD, samples, _TAIL)).tobytes())
        text: str = json.loads(decoder.FinalResult())["text"]
        return " ".join(word for word in text.split() if word != _UNKNOWN)
