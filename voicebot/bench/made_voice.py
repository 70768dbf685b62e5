"""A voice of a named cost, made as the publisher of Silero makes one: a torch package with the same interface.

Where no Silero model can be had it takes the model's place: what it says is noise, but it takes as much processor time
for a second of speech as it is told to, in the same processes and through the same code.
"""

import os
import subprocess
import sys
from pathlib import Path

from voicebot.errors import ModelMissing, SpeechError
from voicebot.speech import voice_silero
from voicebot.speech.voice_silero import SileroVoice

_SPEAKER = "made"
_MODEL = """
import time
import torch

class Model:
    speakers = ["{speaker}"]
    def to(self, device):
        pass
    def apply_tts(self, text=None, speaker=None, sample_rate=48000):
        samples = int(0.065 * len(text) * sample_rate)
        until = time.process_time() + {cost} * samples / sample_rate
        while time.process_time() < until:
            torch.sin(torch.arange(2000))
        return 0.2 * torch.randn(samples)
"""
_PUBLISH = """
import publisher
from torch.package import PackageExporter

with PackageExporter({file!r}) as package:
    package.intern("publisher")
    package.extern(["torch", "time"])
    package.save_pickle("tts_models", "model", publisher.Model())
"""


def make(folder: Path, cost: float, *, threads: int) -> SileroVoice:
    """A voice that takes `cost` seconds of one processor for a second of speech; blocks some seconds.

    Raises:
        ModelMissing: torch is not installed.
        SpeechError: the package cannot be made.
    """
    if not voice_silero.has_torch():
        raise ModelMissing(
            "a voice like Silero needs torch", mend="Run: pip install -c constraints.txt 'voicebot[silero]'."
        )
    file = folder / f"made-{cost:g}.pt"
    (folder / "publisher.py").write_text(_MODEL.format(speaker=_SPEAKER, cost=cost), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", _PUBLISH.format(file=str(file))],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise SpeechError(
            f"no package was made: {done.stderr.decode(errors='replace').strip()[-200:]}", place=str(file)
        )
    voice = SileroVoice(file, _SPEAKER, threads)
    voice.render("раз")  # its processes load torch with the first phrase
    return voice
