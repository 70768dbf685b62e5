"""A voice: Russian text in, telephone sound out."""

import logging
from contextlib import suppress
from typing import Protocol

from voicebot import config
from voicebot.errors import ConfigError, ModelMissing, ProgramMissing
from voicebot.speech import voice_silero
from voicebot.speech.audio import Samples
from voicebot.speech.voice_espeak import EspeakVoice
from voicebot.speech.voice_festvox import FestvoxVoice
from voicebot.speech.voice_silero import SileroVoice

log = logging.getLogger(__name__)

_MEND = "Run: voicebot asterisk install (it brings espeak-ng), or voicebot models install voice-festvox."


class Voice(Protocol):
    """Something that speaks; may be used from several threads."""

    name: str  #: engine and speaker, for the log and the phrasebook's keys

    def render(self, text: str) -> Samples:
        """Speak plain Russian text; blocks (5-300 ms per second of speech), so never call it on the event loop.

        Numbers are words already (`language` writes them); a `+` stands before a stressed vowel or not at all.

        Raises:
            SpeechError: the engine cannot say this, or broke.
        """

    def close(self) -> None:
        """Stop what it runs; harmless when it has stopped."""


def open_voice(settings: config.Speech) -> Voice:
    """The voice that the settings name; `auto` takes the most natural one that is installed.

    Raises:
        ModelMissing: the named voice is not installed, or no voice at all.
        ConfigError: the setting names no known engine.
    """
    engine, _, speaker = settings.voice.partition(":")
    voice = _best(settings) if engine == "auto" else _named(engine, speaker, settings)
    log.info("voice ready", extra={"voice": voice.name})
    return voice


def _best(settings: config.Speech) -> Voice:
    if installed := voice_silero.installed():
        if voice_silero.has_torch():
            return SileroVoice.open("", settings)
        log.warning("a Silero voice waits for torch; taking another one", extra={"model": installed[0].name})
    for engine in (FestvoxVoice, EspeakVoice):
        with suppress(ProgramMissing):
            return engine.open("")
    raise ModelMissing("there is no voice to speak with", mend=_MEND)


def _named(engine: str, speaker: str, settings: config.Speech) -> Voice:
    try:
        match engine:
            case "silero":
                return SileroVoice.open(speaker, settings)
            case "festvox":
                return FestvoxVoice.open(speaker)
            case "espeak":
                return EspeakVoice.open(speaker)
    except ProgramMissing as error:
        raise ModelMissing(f"the voice {engine} is not installed", mend=_MEND) from error
    raise ConfigError(f"no voice engine is called {engine!r}", place="speech.voice", mend="See docs/settings.md.")
