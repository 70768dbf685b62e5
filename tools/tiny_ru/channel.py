"""What a telephone does to training speech: room, handset, noise, babble, echo, codecs, lost packets, loudness."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from voicebot.speech.audio import FRAME, RATE, Samples
from voicebot.speech.codec import through

Wave = NDArray[np.float64]  #: int16's scale

_PEAK = 32767.0
_BLOCK = 240  # samples; a Fourier transform of so many times a small number is three times as quick as of any length
_NOISE_DB = (1, 13, 32)  # below speech (of pauses too): from, and most of it to, and to
#: libsndfile's container and codec, and how often. G.721 and Opus are kept for measuring.
_CODECS = ((("AU", "ULAW"), 0.45), (("AU", "ALAW"), 0.3), (("WAV", "GSM610"), 0.15))


def augmented(samples: Samples, random: np.random.Generator, others: Sequence[Samples]) -> Wave:
    """One of endlessly many ways in which a robot may hear this; `others` babble behind it."""
    wave = _paused(_paced(samples.astype(np.float64), random), random)
    if random.random() < 0.35:
        wave = _in_room(wave, random)
    wave = _through_handset(wave, random)
    if random.random() < 0.4:
        wave = _with_echo(wave, random)
    if random.random() < 0.85:
        wave = _with_noise(wave, random, others)
    wave = _loud(wave, random)
    wave = _coded(wave, random)
    return _with_losses(wave, random) if random.random() < 0.12 else wave


def _paced(wave: Wave, random: np.random.Generator) -> Wave:
    """Faster or slower, higher or lower."""
    at = np.arange(0, len(wave), random.triangular(0.86, 1.0, 1.18))
    paced: Wave = np.interp(at, np.arange(len(wave)), wave)
    return paced


def _paused(wave: Wave, random: np.random.Generator) -> Wave:
    """The line before and after speech, sometimes short."""
    before, after = (round(RATE * random.uniform(0.03, random.choice([0.3, 1.0]))) for _ in range(2))
    return np.pad(wave, (before, after - (before + len(wave) + after) % _BLOCK))


def _in_room(wave: Wave, random: np.random.Generator) -> Wave:
    tail = _BLOCK * round(random.uniform(0.08, 0.4) * RATE / _BLOCK)
    answer = random.standard_normal(tail) * np.exp(-np.arange(tail) / (tail / 6)) * random.uniform(0.02, 0.25)
    answer[0] = 1.0
    size = len(wave) + tail
    reverberant: Wave = np.fft.irfft(np.fft.rfft(wave, size) * np.fft.rfft(answer, size), size)[: len(wave)]
    return reverberant


def _through_handset(wave: Wave, random: np.random.Generator) -> Wave:
    """A crooked response, and most often the band of an old line."""
    spectrum = np.fft.rfft(wave)
    place = np.linspace(0, 1, len(spectrum))
    bends = int(random.integers(4, 9))
    heights = random.uniform(-1, 1, bends) * random.uniform(0, 9)
    gain = 10 ** (np.interp(place, np.linspace(0, 1, bends), heights) / 20)
    if random.random() < 0.7:
        low, high = random.uniform(100, 320) / (RATE / 2), random.uniform(3200, 3700) / (RATE / 2)
        gain /= np.sqrt(1 + (low / np.maximum(place, 1e-4)) ** random.choice([4, 8]))
        gain /= np.sqrt(1 + (place / high) ** random.choice([16, 30]))
    out: Wave = np.fft.irfft(spectrum * gain, len(wave))
    return out


def _with_echo(wave: Wave, random: np.random.Generator) -> Wave:
    late = round(RATE * random.uniform(0.03, 0.25))
    echo = np.pad(wave, (late, 0))[: len(wave)]
    return wave + echo * 10 ** (-random.uniform(6, 26) / 20)


def _with_noise(wave: Wave, random: np.random.Generator, others: Sequence[Samples]) -> Wave:
    noise = _noise(len(wave), random, others)
    level = np.sqrt(np.mean(wave**2)) + 1e-6
    low, middle, high = _NOISE_DB
    below = random.uniform(low, middle) if random.random() < 0.6 else random.uniform(middle, high)
    out: Wave = wave + noise * level / (noise.std() + 1e-9) * 10 ** (-below / 20)
    return out


def _noise(size: int, random: np.random.Generator, others: Sequence[Samples]) -> Wave:
    hiss = random.standard_normal(size)
    kind = random.random()
    if kind < 0.35:  # a room or a street: less at high tones
        spectrum = np.fft.rfft(hiss)
        place = np.maximum(np.arange(len(spectrum)) / max(len(spectrum) - 1, 1), 0.01)
        coloured: Wave = np.fft.irfft(spectrum * place ** -random.uniform(0, 1.1), size)
        return coloured
    if kind < 0.55 and others:  # people
        babble = np.zeros(size)
        for number in random.integers(len(others), size=random.integers(2, 7)):
            one = others[number].astype(np.float64)
            babble += np.resize(np.roll(one, random.integers(len(one))), size) / (one.std() + 1)
        return babble
    if kind < 0.7:  # mains
        at = np.arange(size) / RATE
        tones = [random.uniform(0, 1) * np.sin(2 * np.pi * 50 * n * at + random.uniform(0, 6)) for n in range(1, 6)]
        hum: Wave = 0.3 * hiss + np.sum(tones, axis=0)
        return hum
    if kind < 0.85:  # what comes and goes
        knots = np.arange(0, size + 800, 800)
        return hiss * np.interp(np.arange(size), knots, random.random(len(knots)) ** 3)
    return hiss


def _loud(wave: Wave, random: np.random.Generator) -> Wave:
    """Quiet or loud, rarely so loud that it is cut off."""
    level: Wave = wave * 10 ** (random.uniform(-30, -1) / 20) * _PEAK / (np.abs(wave).max() + 1e-9)
    return level * random.uniform(1, 4) if random.random() < 0.05 else level


def _coded(wave: Wave, random: np.random.Generator) -> Wave:
    samples = np.clip(np.round(wave), -_PEAK, _PEAK).astype(np.int16)
    drawn = random.random()
    for (container, codec), share in _CODECS:
        if drawn < share:
            return through(samples, container, codec).astype(np.float64)
        drawn -= share
    return samples.astype(np.float64)


def _with_losses(wave: Wave, random: np.random.Generator) -> Wave:
    """Packets of 20 ms are lost, and silence in their place."""
    out, share = wave.copy(), random.uniform(0.01, 0.08)
    for start in range(0, len(out), FRAME):
        if random.random() < share:
            out[start : start + FRAME] = 0
    return out
