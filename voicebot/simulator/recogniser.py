"""The subscribers' ear for words: a small Vosk model, whole parts of a phrase at a time, in threads of its own."""

import asyncio
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import vosk

from voicebot.errors import ModelMissing
from voicebot.speech.audio import RATE, Samples, silence

_UNKNOWN = "[unk]"
_LEAD, _TAIL = silence(0.1), silence(0.3)  #: decoding wants a little quiet on both sides


class Recogniser:
    """The model, shared by all calls."""

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

    def knows(self, word: str) -> bool:
        return bool(self._model.vosk_model_find_word(word) >= 0)

    async def open(self, phrases: Sequence[str]) -> "Decoder":
        """A decoder for one call that hears only these phrases; a phrase that stands there several times is so much
        likelier. Phrases with a word that the model does not know are left out: they will be heard as nothing.
        """
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._open, phrases)

    def _open(self, phrases: Sequence[str]) -> "Decoder":
        known = [phrase for phrase in phrases if all(map(self.knows, phrase.split()))]
        grammar = json.dumps([*known, _UNKNOWN], ensure_ascii=False)
        return Decoder(vosk.KaldiRecognizer(self._model, RATE, grammar), self._pool)


class Decoder:
    """Decodes the parts of one call's phrases off the event loop, one after another."""

    def __init__(self, decoder: vosk.KaldiRecognizer, pool: ThreadPoolExecutor) -> None:
        self._decoder = decoder
        self._pool = pool

    async def words(self, samples: Samples) -> str:
        """The words of a stretch of speech, unknown ones left out."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._decode, samples)

    def _decode(self, samples: Samples) -> str:
        self._decoder.Reset()
        self._decoder.AcceptWaveform(np.concatenate((_LEAD, samples, _TAIL)).tobytes())
        text: str = json.loads(self._decoder.FinalResult())["text"]
        return " ".join(word for word in text.split() if word != _UNKNOWN)
