"""Telephone lines for tests: held-out voices, noise, μ-law."""

from functools import cache

import numpy as np

from voicebot.speech.audio import FRAME, RATE, Samples
from voicebot.speech.sound import SPEECH_LEVEL_DB
from voicebot.speech.voice_espeak import EspeakVoice

# Variants that models/tiny-ru was not trained on.
HELD_OUT = ("m7", "f4", "klatt4", "Andrea", "antonio")


@cache
def spoken(text: str, variant: str = "m7") -> Samples:
    """The phrase in a patient's voice, 0.5 s after the line opens."""
    phrase = EspeakVoice.open(variant).render(text)
    return np.concatenate([np.zeros(RATE // 2, dtype=np.int16), phrase])


def noise(seconds: float, level_db: float, seed: int = 1) -> Samples:
    hiss = np.random.default_rng(seed).standard_normal(round(seconds * RATE))
    return np.clip(hiss * 32768 * 10 ** (level_db / 20), -32768, 32767).astype(np.int16)


def on_telephone(samples: Samples, snr_db: float = 25) -> Samples:
    """With line noise so far below speech, and through μ-law as G.711 carries it."""
    noisy = samples.astype(np.float64) + noise(len(samples) / RATE, SPEECH_LEVEL_DB - snr_db)[: len(samples)]
    wave = np.clip(noisy / 32768, -1, 1)
    companded = np.round(np.sign(wave) * np.log1p(255 * np.abs(wave)) / np.log(256) * 127) / 127
    return np.round(np.sign(companded) * (256 ** np.abs(companded) - 1) / 255 * 32767).astype(np.int16)


def frames(samples: Samples) -> list[Samples]:
    whole = len(samples) // FRAME * FRAME
    return list(samples[:whole].reshape(-1, FRAME))
