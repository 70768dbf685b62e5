"""Running the programs that speak."""

import subprocess

from voicebot import debian
from voicebot.errors import SpeechError

_TIMEOUT = 600  # seconds; a batch of festival's


def run(program: debian.Program, *arguments: str, text: str = "") -> bytes:
    """What a program prints.

    Raises:
        SpeechError: it failed.
    """
    try:
        done = subprocess.run(
            program.command(*arguments),
            env=program.env,
            input=text.encode(),
            capture_output=True,
            check=True,
            timeout=_TIMEOUT,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise SpeechError(f"{program.name} failed: {error}", mend="Run: voicebot asterisk install.") from error
    return done.stdout
