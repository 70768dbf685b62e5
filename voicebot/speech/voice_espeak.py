"""espeak-ng: small, quick and robotic; the voice that is always there."""

import re
import subprocess
from functools import cached_property

import numpy as np

from voicebot import debian
from voicebot.errors import ModelMissing, SpeechError
from voicebot.speech.audio import Samples
from voicebot.speech.espeak_sounds import VERSION, spoken
from voicebot.speech.sound import even, to_telephone, trim

_RATE = 22050
_HEADER = 44  # bytes of a WAV header that knows no length, because it was written to a pipe
_TIMEOUT = 20  # seconds for one phrase; a second of speech takes some 10 ms

# The variant and speed that a recogniser understands best (docs/speech.md, "Intelligibility").
_VARIANT = "steph2"
_WORDS_PER_MINUTE = 145

_SPEAKABLE = re.compile(r"[а-яё0-9]", re.IGNORECASE)


class EspeakVoice:
    """One process per phrase; may be used from several threads."""

    def __init__(self, program: debian.Program, variant: str) -> None:
        self.name = f"espeak:{variant}:{_WORDS_PER_MINUTE}:{VERSION}"
        self._program, self._variant = program, variant

    @classmethod
    def open(cls, variant: str) -> "EspeakVoice":
        """The machine's espeak-ng, else the private prefix's; an empty variant is the most intelligible one.

        Raises:
            ProgramMissing: there is no espeak-ng.
            ModelMissing: it has no such variant; names some.
        """
        voice = cls(debian.program("espeak-ng"), variant or _VARIANT)
        if voice._variant not in voice._variants:
            some = ", ".join(sorted(voice._variants)[:12])
            raise ModelMissing(f"espeak-ng has no variant {variant!r}", place="speech.voice", mend=f"Some: {some}.")
        return voice

    def render(self, text: str) -> Samples:
        """See `Voice.render`."""
        text = text.replace("+", "")
        if not _SPEAKABLE.search(text):
            raise SpeechError("nothing in this text can be spoken", mend="Write Russian words.")
        raw = self._run(
            "-v", f"ru+{self._variant}", "-s", str(_WORDS_PER_MINUTE), "--stdin", "--stdout", text=spoken(text)
        )
        wave = np.frombuffer(raw[_HEADER:], dtype="<i2")
        return trim(even(to_telephone(wave, _RATE)))

    def close(self) -> None:
        """Nothing runs between phrases."""

    @cached_property
    def _variants(self) -> set[str]:
        listing = self._run("--voices=variant").decode()
        return {line.split("!v/")[1].split()[0] for line in listing.splitlines() if "!v/" in line}

    def _run(self, *arguments: str, text: str = "") -> bytes:
        """The text goes by standard input: a command line, which any user of the machine may read, holds no names."""
        try:
            done = subprocess.run(
                self._program.command(*arguments),
                env=self._program.env,
                input=text.encode(),
                capture_output=True,
                timeout=_TIMEOUT,
                check=True,
            )
        except (OSError, subprocess.SubprocessError) as error:
            mend = "Run: voicebot asterisk install."
            raise SpeechError(f"espeak-ng failed ({type(error).__name__})", mend=mend) from error
        return done.stdout
