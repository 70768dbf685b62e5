"""Who listens along in a call: gets every frame of the other side, and whether the robot speaks in it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

from voicebot.speech.audio import Samples
from voicebot.telephony.media import Frame, Media, Playback

Listener: TypeAlias = Callable[[Samples, float, bool], None]  #: samples, the instant of their end, the robot speaks

_STILL = 0.1  # seconds; frames come a little early or late, and so do the news of what was heard


class Overheard:
    """Passes frames on to at most one listener."""

    def __init__(self) -> None:
        self._listener: Listener | None = None
        self._playback: Playback | None = None
        self._heard_to = 0.0  # seconds of the playback
        self._moved_at = float("-inf")

    @contextmanager
    def by(self, listener: Listener) -> Iterator[None]:
        """While the block lasts."""
        self._listener = listener
        try:
            yield
        finally:
            self._listener = None

    def playing(self, playback: Playback) -> None:
        """The robot begins to say this."""
        self._playback, self._heard_to = playback, 0.0

    def hear(self, frame: Frame, media: Media) -> None:
        """Called for each frame that comes."""
        if self._listener:
            self._listener(frame.samples, frame.at, self._robot_speaks(frame.at, media))

    def _robot_speaks(self, at: float, media: Media) -> bool:
        # The position stands still after the end, in a hold, and when the rest was dropped.
        position = media.position(self._playback) if self._playback else 0.0
        if position != self._heard_to:
            self._heard_to, self._moved_at = position, at
        return at - self._moved_at < _STILL
