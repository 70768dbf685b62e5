"""A robot whose synthesis takes as long as it is told to: `python -m voicebot.bench.costly SECONDS_PER_SECOND`."""

import sys
import time

from voicebot import config, logs
from voicebot.app import service
from voicebot.speech.audio import RATE, Samples
from voicebot.speech.voice_espeak import EspeakVoice


def main() -> None:
    """Slow the voice down, then serve."""
    cost, speak = float(sys.argv[1]), EspeakVoice.render

    def render(self: EspeakVoice, text: str) -> Samples:
        began = time.monotonic()
        sound = speak(self, text)
        time.sleep(max(0.0, cost * len(sound) / RATE - (time.monotonic() - began)))
        return sound

    EspeakVoice.render = render  # type: ignore[method-assign]
    settings = config.load()
    logs.setup(settings.log_level)  # the bench reads there that it is ready
    service.run(settings)


if __name__ == "__main__":
    main()
