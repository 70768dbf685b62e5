"""Robots without speech: phrases are tones, answers are keys."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from voicebot.config import MediaKind, Recording, Settings
from voicebot.speech.audio import Samples
from voicebot.telephony.ami import Ami
from voicebot.telephony.ari import Ari
from voicebot.telephony.local import LocalAsterisk
from voicebot.telephony.switchboard import Switchboard

from .sound import tone


class Tones:
    """Says `440 1.5` as 1.5 seconds of 440 Hz."""

    async def speech(self, fragments: Sequence[str]) -> Samples:
        hertz, seconds = map(float, " ".join(fragments).split())
        return tone(hertz, seconds)


def settings_of(
    asterisk: LocalAsterisk, folder: Path, *, record: bool = False, media: MediaKind = MediaKind.WEBSOCKET
) -> Settings:
    recording = Recording(enabled=record)
    ari = asterisk.ari.model_copy(update={"media": media})
    return Settings(ari=ari, ami=(asterisk.ami,), state_dir=folder / "state", recording=recording)


@asynccontextmanager
async def switchboard(
    asterisk: LocalAsterisk, folder: Path, *, record: bool = False, media: MediaKind = MediaKind.WEBSOCKET
) -> AsyncIterator[Switchboard]:
    settings = settings_of(asterisk, folder, record=record, media=media)
    async with Ari(settings.ari) as ari, Ami(settings.ami[0]) as ami:
        yield Switchboard(ari=ari, ami=ami, settings=settings, phrases=Tones(), ears=None)


async def cleared(ari: Ari, within: float = 5) -> None:
    """Wait until Asterisk has no channel and no bridge left; for a moment it still lists what it is taking apart.

    Raises:
        TimeoutError: something is left after `within` seconds.
    """
    async with asyncio.timeout(within):
        while await ari.channels() or await ari.bridges():  # noqa: ASYNC110 - ARI has no event for it
            await asyncio.sleep(0.05)
