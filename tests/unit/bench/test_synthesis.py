"""What `voicebot bench synthesis` makes of a voice whose cost is known."""

import time
from pathlib import Path

import numpy as np

from voicebot.bench.synthesis import measure_voice
from voicebot.config import Speech
from voicebot.speech.audio import RATE, Samples


class Slow:
    """Takes 20 ms for a phrase of half a second."""

    name = "slow"

    def __init__(self) -> None:
        self.rendered = 0

    def render(self, text: str) -> Samples:
        self.rendered += 1
        time.sleep(0.02)
        return np.full(RATE // 2, 3277, dtype=np.int16)

    def close(self) -> None:
        pass


async def test_only_what_nobody_has_said_or_prepared_is_rendered(tmp_path: Path) -> None:
    voice = Slow()
    found = await measure_voice(voice, tmp_path, Speech())
    assert found.live.p50_ms >= 20 and found.live_factor >= 0.04
    assert found.seconds == found.live.n / 2
    assert found.loudness_db == (-20.0, -20.0, -20.0)
    assert voice.rendered == 2 * found.live.n  # once live, once to prepare: neither memory nor files ask for more
