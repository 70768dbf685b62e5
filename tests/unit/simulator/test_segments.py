"""Where phrases begin and end."""

import numpy as np
import pytest

from voicebot.simulator.segments import Part, PhraseEnd, Segments, voice_ends
from voicebot.speech.audio import FRAME, RATE, Samples, silence


def tone(seconds: float, level_db: float = -20.0) -> Samples:
    at = np.arange(round(seconds * RATE)) / RATE
    return (32768 * 10 ** (level_db / 20) * 2**0.5 * np.sin(2 * np.pi * 400 * at)).astype(np.int16)


def events(sound: Samples, start: float = 100.0) -> list[Part | PhraseEnd]:
    segments = Segments()
    places = range(0, len(sound) - FRAME + 1, FRAME)
    return [event for at in places for event in segments.feed(sound[at : at + FRAME], start + at / RATE)]


def spans(found: list[Part | PhraseEnd]) -> list[tuple[float, ...]]:
    return [(event.started, event.ended) if isinstance(event, Part) else (event.ended,) for event in found]


def test_short_pauses_part_a_phrase_and_a_long_one_ends_it() -> None:
    sound = np.concatenate([silence(0.5), tone(0.6), silence(0.3), tone(0.4), silence(0.7), tone(0.5), silence(0.7)])
    assert spans(events(sound)) == [
        pytest.approx((100.5, 101.1), abs=0.006),
        pytest.approx((101.4, 101.8), abs=0.006),
        pytest.approx((101.8,), abs=0.006),
        pytest.approx((102.5, 103.0), abs=0.006),
        pytest.approx((103.0,), abs=0.006),
    ]


def test_a_part_carries_its_sound_with_a_margin() -> None:
    part = events(np.concatenate([silence(0.5), tone(0.6), silence(0.7)]))[0]
    assert isinstance(part, Part)
    assert 0.75 <= len(part.samples) / RATE <= 0.95


def test_ringing_is_told_from_a_voice() -> None:
    harmonics = [np.sin(2 * np.pi * hertz * np.arange(RATE) / RATE) for hertz in (120, 240, 360, 480, 600)]
    vowel = np.sum(harmonics, axis=0) * 2000
    for sound, tonal in ((tone(1.0), True), (vowel.astype(np.int16), False)):
        part = events(np.concatenate([silence(0.2), sound, silence(0.7)]))[0]
        assert isinstance(part, Part)
        assert part.is_tone is tonal


def test_comfort_noise_and_clicks_are_no_voice() -> None:
    noise = np.random.default_rng(1).integers(-40, 40, RATE).astype(np.int16)
    click = np.concatenate([noise, tone(0.02), noise])
    assert events(noise) == []
    assert events(click) == []


def test_a_ducked_phrase_is_still_heard() -> None:
    found = events(np.concatenate([silence(0.2), tone(0.5, -35.0), silence(0.7)]))
    assert spans(found)[0] == pytest.approx((100.2, 100.7), abs=0.006)


def test_a_line_that_sends_nothing_ends_the_phrase_by_the_clock() -> None:
    segments = Segments()
    sound = tone(0.2)
    for at in range(0, len(sound), FRAME):
        assert list(segments.feed(sound[at : at + FRAME], 5 + at / RATE)) == []
    assert segments.speaking
    assert [type(event) for event in segments.tick(6.0)] == [Part, PhraseEnd]
    assert not segments.speaking


def test_where_a_phrase_of_ones_own_ends_is_judged_alike() -> None:
    assert voice_ends(np.concatenate([tone(0.5), silence(0.2), tone(0.3), silence(0.1)])) == pytest.approx(
        1.0, abs=0.006
    )
    assert voice_ends(tone(0.33)) == pytest.approx(0.33, abs=0.006)
