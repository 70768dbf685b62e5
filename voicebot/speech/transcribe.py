"""Recordings to text, outside a call."""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import soundfile

from voicebot.errors import SpeechError
from voicebot.speech.audio import FRAME, RATE, Samples
from voicebot.speech.recogniser import Model, Transcript, Word, transcript
from voicebot.speech.sound import to_telephone


@dataclass(frozen=True, kw_only=True)
class Transcription:
    """One file's text."""

    file: Path
    text: str
    words: tuple[Word, ...]  #: times in seconds from the file's beginning
    seconds: float  #: length of the recording
    decode_seconds: float


def transcribe(model: Model, jobs: Iterable[tuple[Path, Sequence[str]]]) -> Iterator[Transcription]:
    """Recognise whole files as the ear would: at 8 kHz, in pieces of 20 ms.

    Args:
        model: loaded once for all files.
        jobs: file and grammar (phrases; empty for dictation), any format and rate that libsndfile reads; of several
            channels the first is taken, which in the robot's recordings is the caller.

    Raises:
        SpeechError: a file cannot be read, or a phrase has a word that the model does not know; names it.
    """
    for file, grammar in jobs:
        if unknown := model.unknown_words(grammar):
            mend = "Teach it: voicebot models add-words FILE; or leave them out."
            raise SpeechError(f"{model.name} does not know: {', '.join(unknown)}", place=str(file), mend=mend)
        samples = _telephone_sound(file)
        begin = time.perf_counter()
        heard = decoded(model, samples, grammar)
        yield Transcription(
            file=file,
            text=heard.text,
            words=heard.words,
            seconds=len(samples) / RATE,
            decode_seconds=time.perf_counter() - begin,
        )


def decoded(model: Model, samples: Samples, grammar: Sequence[str]) -> Transcript:
    """What is heard in a whole sound, fed in pieces of 20 ms; an empty grammar is dictation."""
    recogniser = model.recogniser(grammar or None)
    for start in range(0, len(samples), FRAME):
        recogniser.AcceptWaveform(samples[start : start + FRAME].tobytes())
    return transcript(recogniser.FinalResult())


def batch(listing: Path) -> list[tuple[Path, list[str]]]:
    """Jobs out of a file of lines `PATH<TAB>comma-separated grammar` (or nothing after the tab).

    Raises:
        SpeechError: the listing cannot be read.
    """
    try:
        lines = listing.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SpeechError(f"cannot be read: {error}", place=str(listing), mend="Give a UTF-8 text file.") from error
    rows = (line.partition("\t") for line in lines if line.strip())
    return [(Path(file), phrases(grammar)) for file, _, grammar in rows]


def phrases(grammar: str) -> list[str]:
    """`"да, нет"` → `["да", "нет"]`."""
    return [phrase for part in grammar.split(",") if (phrase := " ".join(part.lower().split()))]


def _telephone_sound(file: Path) -> Samples:
    try:
        sound, rate = soundfile.read(file, dtype="int16", always_2d=True)
    except (OSError, soundfile.LibsndfileError) as error:
        mend = "Give a WAV, FLAC or OGG file that exists."
        raise SpeechError("cannot be read as sound", place=str(file), mend=mend) from error
    caller: Samples = sound[:, 0]
    if rate == RATE:
        return caller.copy()  # a channel of two lies in memory with gaps
    resampled: Samples = (to_telephone(caller, rate) * 32767).clip(-32768, 32767).astype("int16")
    return resampled
