"""A person's voice on the line: prepared phrases, a beep, the noise around them."""

import asyncio
import time

import numpy as np

from voicebot.simulator.line import Line
from voicebot.simulator.segments import voice_ends
from voicebot.simulator.tape import Tape
from voicebot.simulator.transcript import Said
from voicebot.simulator.voices import Studio, Voice
from voicebot.speech.audio import RATE, Samples, silence
from voicebot.telephony.media import Media

_NOISE_LOOP = 4  # seconds; then the noise begins again
_NOISE_SECONDS = 120  # of noise are queued behind every phrase: longer than any pause
_BEEP = (1000.0, 0.6, 0.25)  # Hz, seconds, share of full scale


class Mouth:
    """Speaks into one call."""

    def __init__(self, media: Media, voice: Voice, studio: Studio, tape: Tape, line: Line) -> None:
        self._media = media
        self._voice = voice
        self._studio = studio
        self._tape = tape
        self._line = line
        self._around = None if voice.noise_db is None else _street(voice.noise_db)
        self.quiet_since = time.monotonic()

    def begin(self) -> None:
        """Let the noise be heard, if there is any."""
        if self._around is not None:
            self._media.play(self._noise(_NOISE_SECONDS * RATE))

    async def say(self, text: str, *, is_greeting: bool = False, asks_again: bool = False) -> Said | None:
        """Speak to the end; None if the call ended before the first word."""
        phrase = await asyncio.to_thread(self._line.carry, await self._studio.phrase(self._voice, text))
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
        if self._around is not None:
            self._media.flush()
        sound = phrase.astype(np.int32) + self._noise(len(phrase))
        playback = self._media.play(np.clip(sound, -32768, 32767).astype(np.int16))
        self.begin()
        await self._media.played(playback)
        self.quiet_since = time.monotonic()
        if playback.first_frame_at is not None:
            self._tape.said(playback.samples[: playback.sent], playback.first_frame_at)
        return playback.first_frame_at

    def _noise(self, length: int) -> Samples:
        return np.resize(self._around, length) if self._around is not None else silence(length / RATE)


def _street(decibels: float) -> Samples:
    """Some seconds of noise with more low than high tones, RMS so many dB below full scale."""
    white = np.random.default_rng(0).standard_normal(_NOISE_LOOP * RATE + 3)
    brown = np.convolve(white, np.ones(4) / 2, mode="valid")  # four taps of 1/2 keep the power
    return np.asarray(32767 * 10 ** (decibels / 20) * brown, dtype=np.int16)
