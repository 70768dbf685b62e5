"""The subscribers' voices: espeak-ng's variants that the small model was not trained on."""

import asyncio
import io
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from voicebot import debian
from voicebot.errors import CityError
from voicebot.speech.audio import Samples, silence
from voicebot.speech.espeak_sounds import spoken
from voicebot.speech.sound import even, to_telephone, trim

HELD_OUT = ("m7", "f4", "klatt4", "Andrea", "antonio")
_PAUSE = "…"  #: in a phrase: a pause of the speaker
_PAUSE_SECONDS = 0.45


@dataclass(frozen=True, kw_only=True)
class Voice:
    """How one subscriber sounds."""

    variant: str = "m7"  #: of espeak-ng
    words_per_minute: int = 150
    pitch: int = 50  #: 0–99
    noise_db: float | None = None  #: steady noise around the speaker, dB below full scale
    language: str = "ru"  #: as espeak-ng calls it

    @classmethod
    def numbered(cls, number: int) -> "Voice":
        """One of fifteen voices; neighbours differ in timbre. What the personas say in them was tried on the robot's
        grammars (docs/simulator.md): slower ones turn "да это я" into "да это жена".
        """
        rounds = number // len(HELD_OUT)
        return cls(
            variant=HELD_OUT[number % len(HELD_OUT)],
            words_per_minute=(150, 165, 157)[rounds % 3],
            pitch=(50, 42, 58)[(number + rounds) % 3],
        )


class Studio:
    """Renders phrases before the calls, in a thread of its own; each only once."""

    def __init__(self, prefix: Path | None = None) -> None:
        """
        Args:
            prefix: where espeak-ng was installed, None for the usual place.

        Raises:
            ProgramMissing: there is none.
        """
        self._program = debian.program("espeak-ng", prefix)
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="city-voice")
        self._rendered: dict[tuple[Voice, str], Samples] = {}

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)

    async def prepare(self, voice: Voice, texts: Sequence[str]) -> None:
        for text in texts:
            await self.phrase(voice, text)

    async def phrase(self, voice: Voice, text: str) -> Samples:
        """The phrase at telephone quality; "…" is a pause.

        Raises:
            CityError: espeak-ng gave no sound for it.
        """
        if (voice, text) not in self._rendered:
            loop = asyncio.get_running_loop()
            parts = [part.strip() for part in text.split(_PAUSE)]
            sounds = [await loop.run_in_executor(self._pool, self._render, voice, part) for part in parts if part]
            joined = [piece for sound in sounds for piece in (sound, silence(_PAUSE_SECONDS))][:-1]
            self._rendered[voice, text] = np.concatenate(joined)
        return self._rendered[voice, text]

    def _render(self, voice: Voice, text: str) -> Samples:
        command = self._program.command(
            *("-v", f"{voice.language}+{voice.variant}", "-s", str(voice.words_per_minute), "-p", str(voice.pitch)),
            "--stdout",
            spoken(text) if voice.language == "ru" else text,
        )
        done = subprocess.run(command, env=self._program.env, capture_output=True, check=False, timeout=30)
        if done.returncode or len(done.stdout) < 100:
            reason = done.stderr.decode(errors="replace").strip()
            raise CityError(f"espeak-ng gave no sound: {reason}", mend="Run: voicebot asterisk install.")
        wave, rate = soundfile.read(io.BytesIO(done.stdout), dtype="float32")
        return trim(even(to_telephone(wave, rate)))
