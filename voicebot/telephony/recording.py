"""Two-channel recordings, made by Asterisk: the other side left, the robot right."""

import asyncio
import logging
from pathlib import Path

import numpy as np
import soundfile

from voicebot.errors import AmiError
from voicebot.speech.audio import RATE
from voicebot.telephony.ami import Ami

log = logging.getLogger(__name__)

_SETTLED = 0.3  # seconds; Asterisk closes the file in a thread of its own


class Recording:
    """Asterisk writes `CHANNEL.raw` while the call lasts; `finish` makes `file` of it, `CHANNEL.flac`."""

    def __init__(self, ami: Ami, channel_id: str, folder: Path) -> None:
        self._ami = ami
        self._channel_id = channel_id
        self._raw = (folder / f"{channel_id}.raw").absolute()
        self.file = self._raw.with_suffix(".flac")

    async def start(self) -> None:
        """
        Raises:
            AmiError: Asterisk refuses.
        """
        await asyncio.to_thread(self._raw.parent.mkdir, parents=True, exist_ok=True)
        # D: both directions interleaved, so that they stay aligned whatever is lost; a: goes on after a pause.
        await self._ami.action("MixMonitor", Channel=self._channel_id, File=str(self._raw), Options="aD")

    async def stop(self) -> None:
        """Pause it, for `start` or `finish` to follow; harmless when the channel has ended."""
        try:
            await self._ami.action("StopMixMonitor", Channel=self._channel_id)
        except AmiError as error:
            log.debug("the recording has ended with its channel", extra={"reason": error.what})

    async def finish(self) -> None:
        """Stop, and put the recording into its final form."""
        await self.stop()
        await asyncio.sleep(_SETTLED)
        await asyncio.to_thread(self._convert)

    def _convert(self) -> None:
        if not self._raw.is_file():
            log.warning("a call was not recorded", extra={"file": self._raw.name})
            return
        both = np.fromfile(self._raw, dtype="<i2")
        soundfile.write(self.file, both[: len(both) // 2 * 2].reshape(-1, 2), RATE, subtype="PCM_16")
        self._raw.unlink()
