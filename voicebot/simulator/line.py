"""A bad telephone line, in software: what becomes of a voice on its way to the robot."""

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from voicebot.speech.audio import FRAME, Samples
from voicebot.speech.codec import through

_BURST = 2.0  # frames that are lost together, in the mean
_LATEST = 4  # frames (80 ms) by which a late one shifts all that follow, at most


class Line(BaseModel):
    """What is wrong with it. Lost frames are silence, as Asterisk's bridge fills them; so are waits for late ones."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    gain_db: float = Field(0.0, description="louder, or softer: a voice far from the receiver")
    clip_db: float | None = Field(None, le=0, description="everything louder than this is cut, dB below full scale")
    gsm: bool = Field(False, description="through the codec of mobile telephones, GSM 06.10")
    loss: float = Field(0.0, ge=0, lt=1, description="share of frames that are lost, in bursts")
    late: float = Field(0.0, ge=0, lt=1, description="share of frames that come late, by up to 80 ms")

    def carry(self, samples: Samples, seed: int = 0) -> Samples:
        """The sound at the other end; longer by the waits."""
        dice = np.random.default_rng(seed)
        sound = samples * 10 ** (self.gain_db / 20)
        limit = 32767 if self.clip_db is None else 32767 * 10 ** (self.clip_db / 20)
        carried = sound.clip(-limit, limit).astype(np.int16)
        if self.gsm:
            carried = _gsm(carried)
        if self.loss or self.late:
            frames = np.resize(carried, (-(-len(carried) // FRAME), FRAME))
            frames[-1, len(carried) % FRAME or FRAME :] = 0
            carried = self._packets(frames, dice).reshape(-1)
        return carried

    def _packets(self, frames: Samples, dice: np.random.Generator) -> Samples:
        """Two states, as packets are lost in nature: a burst begins so seldom that the share of loss comes out."""
        begins = self.loss / (_BURST * (1 - self.loss))
        arrived: list[Samples] = []
        lost = False
        for frame in frames:
            lost = bool(dice.random() >= 1 / _BURST if lost else dice.random() < begins)
            if dice.random() < self.late:
                arrived += [np.zeros_like(frame)] * int(dice.integers(1, _LATEST + 1))
            arrived.append(np.zeros_like(frame) if lost else frame)
        return np.stack(arrived)


def _gsm(samples: Samples) -> Samples:
    decoded = through(samples, "WAV", "GSM610")
    return np.pad(decoded[: len(samples)], (0, max(0, len(samples) - len(decoded))))
