"""Ear and mouth: which model and which voice, that they work, and what that means."""

import time

from voicebot import config
from voicebot.doctor.check import Check, failed, ok, warn
from voicebot.errors import VoicebotError
from voicebot.speech import models
from voicebot.speech.audio import RATE
from voicebot.speech.recogniser import Model
from voicebot.speech.voice import open_voice

_BETTER_MODEL = "For patients' free speech: voicebot models install vosk-model-small-ru-0.22, then [speech] model."
_BETTER_VOICE = "More natural: voicebot models install voice-festvox, or a Silero voice."
_TRIAL = "проверка связи"


def checks(settings: config.Speech) -> list[Check]:
    """Blocks: loads the model and renders a phrase."""
    return [_model(settings), _voice(settings)]


def _model(settings: config.Speech) -> Check:
    begin = time.perf_counter()
    try:
        model = Model.named(settings.model)
    except VoicebotError as error:
        return failed("speech model", error)
    loaded = f"{model.name}, loaded in {time.perf_counter() - begin:.1f} s"
    if model.name == models.EMBEDDED:
        what = f"{loaded}: for demo, tests and questions with closed answers only; it cannot take dictation"
        return warn("speech model", what, _BETTER_MODEL)
    if not model.takes_grammar:
        what = f"{loaded}: it cannot be limited to a question's answers, so it hears them worse"
        return warn("speech model", what, _BETTER_MODEL)
    return ok("speech model", f"{loaded}: grammars and dictation")


def _voice(settings: config.Speech) -> Check:
    try:
        voice = open_voice(settings)
    except VoicebotError as error:
        return failed("voice", error)
    try:
        begin = time.perf_counter()
        sound = voice.render(_TRIAL)
        took = time.perf_counter() - begin
    except VoicebotError as error:
        return failed("voice", error)
    finally:
        voice.close()
    speaks = f"{voice.name} speaks {len(sound) / RATE:.1f} s in {1000 * took:.0f} ms"
    if voice.name.startswith("espeak"):
        return warn("voice", f"{speaks}: understandable, but plainly a machine", _BETTER_VOICE)
    return ok("voice", speaks)
