"""What the robot says: fragments rendered once, off the event loop, and joined into phrases."""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import soundfile

from voicebot import config
from voicebot.errors import SpeechError
from voicebot.language.pronunciation import pronounced
from voicebot.speech.audio import Samples, silence
from voicebot.speech.phrase_files import PhraseFiles
from voicebot.speech.sound import even, to_telephone, trim
from voicebot.speech.voice import Voice

_MEMORY = 64 * 2**20  # bytes of phrases kept at hand: more than an hour of speech

# Seconds after a fragment by its last character, as a reader of the whole sentence would pause.
_PAUSES = {".": 0.3, "!": 0.3, "?": 0.3, "…": 0.3, ",": 0.15, ";": 0.2, ":": 0.2, "—": 0.15}
_NO_MARK = 0.05


class Phrasebook:
    """Phrases of one voice; use it from one event loop."""

    def __init__(self, voice: Voice, folder: Path, settings: config.Speech) -> None:
        """Open the folder of prepared phrases; reads its index from the disk, so do it at start.

        Raises:
            SpeechError: the folder cannot be used.
        """
        self._voice = voice
        self._pronunciations = settings.pronunciations
        # Phrases that were rendered with another dictionary are other phrases.
        own = self._pronunciations.read_bytes() if self._pronunciations else b""
        self._dictionary = hashlib.sha256(own).hexdigest()
        self._files = PhraseFiles(folder, settings.phrasebook_megabytes * 2**20)
        self._threads = settings.synthesis_threads
        self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="mouth")
        self._memory = _Memory()
        self._under_way: dict[str, asyncio.Future[Samples]] = {}

    async def speech(self, fragments: Sequence[str]) -> Samples:
        """The phrase, at even loudness; at once when it was said or prepared before.

        What was not prepared is rendered now and kept in memory only: it may hold personal data that nobody purges.

        Raises:
            SpeechError: the voice cannot say a fragment.
        """
        texts = [text for text in map(_plain, fragments) if text]
        under_way = [self._fragment(text) for text in texts]  # all begin before the first is waited for
        return _joined(texts, [await asyncio.shield(part) for part in under_way])

    async def prepare(self, texts: Iterable[str], *, tag: str = "") -> None:
        """Render fragments that will be needed, and keep them on disk.

        Args:
            texts: fragments, as `speech` will be given them.
            tag: what they belong to (a campaign's id) when they hold personal data; `purge` erases them.

        Raises:
            SpeechError: the voice cannot say a fragment, or the disk is full.
        """
        waiting = [text for text in dict.fromkeys(map(_plain, texts)) if text]
        loop = asyncio.get_running_loop()
        # No more at a time than there are threads, so that a phrase wanted now waits for one other at most.
        for start in range(0, len(waiting), self._threads):
            some = waiting[start : start + self._threads]
            await asyncio.gather(*(loop.run_in_executor(self._pool, self._prepare, text, tag) for text in some))

    async def record(self, text: str, file: Path) -> None:
        """Let a recorded WAV be heard where this fragment would be: of any rate, brought to the telephone's.

        Raises:
            SpeechError: the file cannot be read, or the disk is full.
        """
        samples = await asyncio.get_running_loop().run_in_executor(self._pool, self._record, _plain(text), file)
        self._memory.put(self._name(_plain(text)), samples)

    async def purge(self, tag: str) -> None:
        """Erase what was prepared for a campaign."""
        self._memory.clear()
        await asyncio.get_running_loop().run_in_executor(self._pool, self._files.purge, tag)

    def close(self) -> None:
        """Stop rendering; the voice is closed by who opened it."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _fragment(self, text: str) -> asyncio.Future[Samples]:
        """The fragment, or the one rendering of it that all who want it wait for."""
        name = self._name(text)
        if name not in self._under_way:
            loop = asyncio.get_running_loop()
            if (samples := self._memory.get(name)) is not None:
                ready: asyncio.Future[Samples] = loop.create_future()
                ready.set_result(samples)
                return ready
            self._under_way[name] = loop.run_in_executor(self._pool, self._read_or_render, text)
            self._under_way[name].add_done_callback(lambda done: self._done(name, done))
        return self._under_way[name]

    def _done(self, name: str, rendered: asyncio.Future[Samples]) -> None:
        del self._under_way[name]
        if not rendered.cancelled() and rendered.exception() is None:
            self._memory.put(name, rendered.result())

    def _prepare(self, text: str, tag: str) -> None:
        name = self._name(text)
        if not self._files.has(name, tag):
            self._files.put(name, tag, self._render(text))

    def _record(self, text: str, file: Path) -> Samples:
        try:
            wave, rate = soundfile.read(file, always_2d=True)
        except (soundfile.LibsndfileError, OSError) as error:
            raise SpeechError("this recording cannot be read", place=str(file), mend="Save it as WAV.") from error
        samples = trim(even(to_telephone(wave.mean(axis=1), rate)))
        self._files.put(self._name(text), "", samples)
        return samples

    def _read_or_render(self, text: str) -> Samples:
        kept = self._files.get(self._name(text))
        return self._render(text) if kept is None else kept

    def _render(self, text: str) -> Samples:
        return self._voice.render(pronounced(text, self._pronunciations))

    def _name(self, text: str) -> str:
        return self._files.name(f"{self._voice.name}\n{self._dictionary}\n{text}")


class _Memory:
    """The phrases used last."""

    def __init__(self) -> None:
        self._phrases: OrderedDict[str, Samples] = OrderedDict()
        self._bytes = 0

    def get(self, name: str) -> Samples | None:
        if name in self._phrases:
            self._phrases.move_to_end(name)
        return self._phrases.get(name)

    def put(self, name: str, samples: Samples) -> None:
        before = self._phrases.pop(name, None)
        self._bytes += samples.nbytes - (before.nbytes if before is not None else 0)
        self._phrases[name] = samples
        while self._bytes > _MEMORY:
            _, oldest = self._phrases.popitem(last=False)
            self._bytes -= oldest.nbytes

    def clear(self) -> None:
        self._phrases.clear()
        self._bytes = 0


def _plain(text: str) -> str:
    return " ".join(text.split())


def _joined(texts: Sequence[str], parts: Sequence[Samples]) -> Samples:
    pieces: list[Samples] = []
    for text, part in zip(texts, parts, strict=True):
        pieces += [part, silence(_PAUSES.get(text[-1], _NO_MARK))]
    return np.concatenate(pieces[:-1]) if pieces else silence(0)
