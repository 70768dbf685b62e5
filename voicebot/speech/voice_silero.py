"""Silero voices through torch.package, in processes of their own."""

import importlib.util
import inspect
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voicebot import config
from voicebot.errors import ModelMissing, SpeechError
from voicebot.speech import models
from voicebot.speech.audio import RATE, Samples
from voicebot.speech.sound import even, to_telephone, trim

# Stress and the letter ё are placed by the model where it can; which of these it takes differs between versions.
_FLAGS = ("put_accent", "put_yo", "put_stress_homo", "put_yo_homo")


class SileroVoice:
    """Rendered in `threads` processes with one torch thread each (v5 uses no more), so that the robot's own stays free.

    May be used from several threads.
    """

    def __init__(self, file: Path, speaker: str, threads: int) -> None:
        self.name = f"silero:{file.stem}:{speaker}"
        self._file, self._speaker = file, speaker
        self._pool = ProcessPoolExecutor(threads, mp_context=multiprocessing.get_context("spawn"))

    @classmethod
    def open(cls, speaker: str, settings: config.Speech, *, model: str = "") -> "SileroVoice":
        """Load an installed Silero model and check the speaker; takes some seconds.

        Args:
            speaker: one of the model's speakers; empty for the catalogue's choice.
            settings: for the number of processes.
            model: its name; empty for the first that is installed.

        Raises:
            ModelMissing: no such model or speaker, or torch is not installed.
            SpeechError: the file is not a Silero model.
        """
        if not has_torch():
            raise ModelMissing("Silero needs torch", mend="Run: pip install -c constraints.txt 'voicebot[silero]'.")
        entry = models.entry(model) if model else next(iter(installed()), None)
        if entry is None or not file_of(entry).is_file():
            what = f"the Silero model {model or 'for this voice'} is not installed"
            raise ModelMissing(what, mend="Run: voicebot models install v5_cis_base.")
        voice = cls(file_of(entry), speaker or entry.speaker, settings.synthesis_threads)
        known = voice._in_pool(_speakers, voice._file)
        if voice._speaker not in known:
            voice.close()
            some = ", ".join(known[:12])
            raise ModelMissing(
                f"{entry.name} has no speaker {voice._speaker}", place="speech.voice", mend=f"It has: {some}."
            )
        return voice

    def render(self, text: str) -> Samples:
        """See `Voice.render`."""
        wave = self._in_pool(_speak, self._file, self._speaker, text)
        return trim(even(to_telephone(wave, RATE)))

    def close(self) -> None:
        """End the processes."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _in_pool(self, work: Any, *arguments: Any) -> Any:
        try:
            return self._pool.submit(work, *arguments).result()
        except BrokenProcessPool as error:
            mend = "Is there memory enough? Choose another [speech] voice."
            raise SpeechError("the synthesis process died", place=str(self._file), mend=mend) from error


def installed() -> list[models.Entry]:
    """The Silero models whose files are there, in the catalogue's order."""
    silero = [entry for entry in models.catalogue().values() if entry.kind is models.Kind.SILERO]
    return [entry for entry in silero if file_of(entry).is_file()]


def file_of(entry: models.Entry) -> Path:
    """Where its one file lies, installed or not."""
    return models.folder(entry.name) / f"{entry.name}.pt"


def has_torch() -> bool:
    """Whether torch can be imported, without the two seconds of importing it."""
    return importlib.util.find_spec("torch") is not None


@cache
def _model(file: Path) -> Any:
    import torch  # only here: an optional dependency, and slow to import
    from torch.package.package_importer import PackageImporter

    torch.set_num_threads(1)
    try:
        model = PackageImporter(file).load_pickle("tts_models", "model")
    except Exception as error:  # torch raises RuntimeError, the unpickler anything
        mend = f"Run: voicebot models install {file.stem} --upgrade."
        raise SpeechError("this is not a Silero model", place=str(file), mend=mend) from error
    model.to(torch.device("cpu"))
    return model


def _speakers(file: Path) -> list[str]:
    return list(_model(file).speakers)


def _speak(file: Path, speaker: str, text: str) -> NDArray[np.float32]:
    """Runs in a synthesis process; -1…1 at RATE."""
    model = _model(file)
    accepted = inspect.signature(model.apply_tts).parameters
    flags = {flag: True for flag in _FLAGS if flag in accepted}
    try:
        wave = model.apply_tts(text=text, speaker=speaker, sample_rate=RATE, **flags)
    except ValueError as error:
        mend = "Write numbers and foreign words as Russian words."
        raise SpeechError("Silero cannot say a character of a phrase", place=str(file), mend=mend) from error
    return np.asarray(wave.numpy(), dtype=np.float32)
