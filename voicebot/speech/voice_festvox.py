"""festival with festvox-ru: one recorded man, the most natural voice that comes out of packages."""

import re
import subprocess
import tempfile
import time
from pathlib import Path
from threading import Lock

import soundfile

from voicebot import debian
from voicebot.errors import ProgramMissing, SpeechError
from voicebot.speech.audio import Samples
from voicebot.speech.sound import even, to_telephone, trim

_VOICE = "msu_ru_nsh_clunits"
_TIMEOUT = 20.0  # seconds for one phrase; it takes 7-40 ms per second of speech
_POLL = 0.003
# Anything else aborts festival: digits, Latin, «», and a quote would end the string it is sent in.
_UNKNOWN = re.compile(r"[^а-яё ,.!?:;\-]", re.IGNORECASE)
_SPEAKABLE = re.compile(r"[а-яё]", re.IGNORECASE)


class FestvoxVoice:
    """One festival process; phrases take turns. It is started anew when it dies."""

    name = "festvox"

    def __init__(self, program: debian.Program) -> None:
        self._program = program
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    def open(cls, speaker: str) -> "FestvoxVoice":
        """The machine's festival, else the private prefix's; there is one speaker, so none need be named.

        Raises:
            ProgramMissing: there is no festival, or not its Russian voice.
        """
        voice = cls(debian.program("festival"))
        if speaker or not voice.folder.is_dir():
            what = "the voice festvox-ru is not installed" if not speaker else f"festvox has one speaker, not {speaker}"
            raise ProgramMissing(what, mend="Run: voicebot models install voice-festvox.")
        return voice

    @property
    def folder(self) -> Path:
        """Where the Russian voice lies, or would lie."""
        return self._program.root / "usr/share/festival/voices/russian" / _VOICE

    def render(self, text: str) -> Samples:
        """See `Voice.render`."""
        text = _UNKNOWN.sub(" ", text.replace("+", ""))
        if not _SPEAKABLE.search(text):
            raise SpeechError("nothing in this text can be spoken", mend="Write Russian words, numbers too.")
        with self._lock, tempfile.TemporaryDirectory(prefix="voicebot-festival-") as folder:
            sound, done = Path(folder, "phrase.wav"), Path(folder, "done")
            # At once: both go to one process, which may die of the first.
            speak = f'(utt.save.wave (utt.synth (Utterance Text "{text}")) "{sound}" \'riff)'
            self._send(f'{speak}\n(fclose (fopen "{done}" "w"))\n')
            self._wait_for(done)
            if not sound.is_file():
                raise SpeechError("festival cannot speak a phrase", mend="Choose another [speech] voice.")
            wave, rate = soundfile.read(sound, dtype="int16")
        return trim(even(to_telephone(wave, rate)))

    def close(self) -> None:
        """End the festival process."""
        with self._lock:
            self._stop()

    def _send(self, command: str) -> None:
        process = self._process
        if process is None or process.poll() is not None:
            # --pipe, never --server: that listens on all addresses.
            process = self._process = subprocess.Popen(
                self._program.command("--pipe"),
                env=self._program.env,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            command = f"(voice_{_VOICE})\n" + command
        assert process.stdin is not None
        try:
            process.stdin.write(command.encode())
            process.stdin.flush()
        except OSError as error:
            self._fail(error)

    def _wait_for(self, done: Path) -> None:
        """festival's answers on standard output cannot be told apart, so a file says that it has finished."""
        limit = time.monotonic() + _TIMEOUT
        while not done.exists():
            if time.monotonic() > limit or self._process is None or self._process.poll() is not None:
                self._fail(None)
            time.sleep(_POLL)

    def _fail(self, error: OSError | None) -> None:
        self._stop()
        raise SpeechError("festival died or hangs", mend="Choose another [speech] voice.") from error

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process:
            process.kill()
            process.communicate()
