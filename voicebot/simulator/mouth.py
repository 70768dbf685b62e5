"""A person's voice on the line: prepared phrases, a beep, the noise around them."""

import asyncio
import time

import numpy as np

from voicebot.simulator.segments import voice_ends
from voicebot.simulator.tape import Tape
from voicebot.simulator.transcript import Said
from voicebot.simulator.voices import Studio, Voice
from voicebot.speech.audio import RATE, Samples
from voicebot.telephony.media import Media

_NOISE_SECONDS = 120  # of noise are queued behind every phrase: longer than any pause
_BEEP = (1000.0, 0.6, 0.25)  # Hz, seconds, share of full scale


class Mouth:
    """Speaks into one call."""

    def __init__(self, media: Media, voice: Voice, studio: Studio, tape: Tape) -> None:
        self._media = media
        self._voice = voice
        self._studio = studio
        self._tape = tape
        self._random = np.random.default_rng(0)
        self.quiet_since = time.monotonic()

    def begin(self) -> None:
        """Let the noise be heard, if there is any."""
        if self._voice.noise_db is not None:
            self._media.play(self._noise(_NOISE_SECONDS * RATE))

    async def say(self, text: str, *, is_greeting: bool = False, asks_again: bool = False) -> Said | None:
        """Speak to the end; None if the call ended before the first word."""
        phrase = await self._studio.phrase(self._voice, text)
        ended = await asyncio.to_thread(voice_ends, phrase)
        started = await self._send(phrase)
        if started is None:
            return None
        return Said(text=text, started=started, ended=started + ended, is_greeting=is_greeting, asks_again=asks_again)

    async def beep(self) -> None:
        hertz, seconds, level = _BEEP
        at = np.arange(round(seconds * RATE)) / RATE
        await self._send((32767 * level * np.sin(2 * np.pi * hertz * at)).astype(np.int16))

    async def _send(self, phrase: Samples) -> float | None:
        """Play it; gives the instant of its first sample."""
        noisy = self._voice.noise_db is not None
        if noisy:
            self._media.flush()
        sound = np.clip(phrase + self._noise(len(phrase)).astype(np.int32), -32768, 32767).astype(np.int16)
        playback = self._media.play(sound if noisy else phrase)
        self.begin()
        await self._media.played(playback)
        self.quiet_since = time.monotonic()
        if playback.first_frame_at is not None:
            self._tape.said(playback.samples[: playback.sent], playback.first_frame_at)
        return playback.first_frame_at

    def _noise(self, length: int) -> Samples:
        """Noise with more low than high tones, as a street has."""
        level = 10 ** ((self._voice.noise_db if self._voice.noise_db is not None else -200.0) / 20)
        white = self._random.standard_normal(length + 3)
        brown = np.convolve(white, np.ones(4) / 2, mode="valid")  # four taps of 1/2 keep the power
        return np.asarray(32767 * level * brown, dtype=np.int16)
