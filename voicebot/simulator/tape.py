"""Both directions of one call as a stereo recording."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soundfile

from voicebot.speech.audio import RATE, Samples

_SLACK = 0.06  # seconds: frames of one sound come a little early or late, and still belong together
_QUIET = 60  # sample value; in silence the track is set right by the clock, and nobody hears it


@dataclass
class _Track:
    pieces: list[tuple[int, Samples]] = field(default_factory=list)
    end: int = 0
    quiet: bool = True

    def add(self, samples: Samples, seconds: float) -> None:
        place = max(0, round(seconds * RATE))
        quiet = not np.any(np.abs(samples) > _QUIET)
        if quiet and self.quiet:
            start = place
        else:
            start = self.end if abs(place - self.end) <= _SLACK * RATE else max(place, self.end)
        self.pieces.append((start, samples))
        self.end, self.quiet = start + len(samples), quiet

    @property
    def length(self) -> int:
        return max((start + len(samples) for start, samples in self.pieces), default=0)

    def joined(self, length: int) -> Samples:
        track = np.zeros(length, dtype=np.int16)
        for start, samples in self.pieces:
            track[start : start + len(samples)] = samples
        return track


class Tape:
    """Keeps what was heard (left) and said (right) at its instant."""

    def __init__(self, started: float) -> None:
        self._started = started
        self._heard = _Track()
        self._said = _Track()

    def heard(self, samples: Samples, at: float) -> None:
        self._heard.add(samples, at - self._started)

    def said(self, samples: Samples, at: float) -> None:
        self._said.add(samples, at - self._started)

    def stretches(self, cuts: Iterable[float]) -> list[Samples]:
        """What was heard from one of these instants to the next, empty ones left out."""
        places = [max(0, round((at - self._started) * RATE)) for at in sorted(cuts)]
        track = self._heard.joined(self._heard.length)
        return [stretch for stretch in np.split(track, places) if len(stretch)]

    def write(self, file: Path) -> None:
        """As a WAV file. Blocking: call it off the event loop."""
        length = max(self._heard.length, self._said.length)
        file.parent.mkdir(parents=True, exist_ok=True)
        tracks = np.stack((self._heard.joined(length), self._said.joined(length)), axis=1)
        soundfile.write(file, tracks, RATE, subtype="PCM_16")
