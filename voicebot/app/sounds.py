"""What the dialplan says when the robot is not there."""

import asyncio

import yaml

from voicebot import resources
from voicebot.config import Settings
from voicebot.language.fragments import fragments
from voicebot.speech.audio import Samples
from voicebot.speech.phrasebook import Phrasebook
from voicebot.speech.voice import open_voice


async def render(settings: Settings) -> dict[str, Samples]:
    """Sound by name, 8 kHz mono, in the robot's voice.

    Raises:
        SpeechError: there is no voice.
    """
    texts: dict[str, str] = yaml.safe_load((resources.dialplans() / "sounds.yaml").read_text(encoding="utf-8"))
    voice = await asyncio.to_thread(open_voice, settings.speech)
    book = Phrasebook(voice, settings.phrasebook_dir, settings.speech)
    return {name: await book.speech(fragments(text)) for name, text in texts.items()}
