"""What lies in Asterisk, what has been heard, and what is taken back."""

import numpy as np
import pytest

from voicebot.speech.audio import FRAME, FRAME_SECONDS, RATE, Samples
from voicebot.telephony.media import Playback
from voicebot.telephony.outflow import AHEAD, Outflow


def phrase(seconds: float, value: int = 1000) -> Playback:
    return Playback(np.full(round(seconds * RATE), value, dtype=np.int16))


def sounds(due: list[Samples | Playback]) -> Samples:
    """What was sent, without the marks."""
    return np.concatenate([np.zeros(0, np.int16), *[one for one in due if not isinstance(one, Playback)]])


def run(out: Outflow, begin: float, end: float, tick: float = 0.4) -> tuple[Samples, list[Playback]]:
    """Look at what is due every tick."""
    due: list[Samples | Playback] = []
    now = begin
    while now < end:
        due += out.take(now)
        now += tick
    return sounds(due), [one for one in due if isinstance(one, Playback)]


def test_at_most_two_seconds_lie_in_asterisk_sound_or_silence() -> None:
    out = Outflow()
    out.add(phrase(5), 0.0)
    given = 0
    for look in range(100):
        now = look * 0.06
        given += len(sounds(out.take(now)))
        assert now + 1.9 <= given / RATE <= now + 2.02


def test_the_mark_of_a_phrase_lies_where_it_ends_not_behind_the_silence_that_follows() -> None:
    out = Outflow()
    first, second = phrase(0.5), phrase(0.31)
    out.add(first, 0.0)
    out.add(second, 0.0)
    due = out.take(0.0)
    assert [one if isinstance(one, Playback) else len(one) for one in due] == [
        *(round(0.5 * RATE), first),
        *(round(0.32 * RATE), second),
        AHEAD * FRAME - round(0.82 * RATE),
    ]


def test_what_is_dropped_counts_as_sent_only_as_far_as_it_was_heard() -> None:
    out = Outflow()
    playback = phrase(2)
    out.add(playback, 0.0)
    out.take(0.0)
    out.clear(0.5)
    assert playback.sent / RATE == pytest.approx(0.5, abs=2 * FRAME_SECONDS)


def test_a_phrase_is_sent_without_a_gap_and_once() -> None:
    out = Outflow()
    playback = Playback(np.arange(1, 1001, dtype=np.int16))
    out.add(playback, 0.0)
    sent, ended = run(out, 0.0, 0.5)
    assert ended == [playback]
    voiced = sent[sent != 0]
    assert np.array_equal(voiced, playback.samples)
    assert len(sent) % FRAME == 0


def test_silence_gives_way_to_a_phrase_at_once() -> None:
    out = Outflow()
    assert not sounds(out.take(0.0)).any()
    assert out.add(phrase(1), 0.05)  # flush: silence lies in Asterisk
    assert sounds(out.take(0.05))[0] == 1000


def test_position_follows_the_clock_not_what_was_sent() -> None:
    out = Outflow()
    playback = phrase(4)
    out.add(playback, 0.0)
    run(out, 0.0, 1.0)
    assert out.position(playback, 1.0) == pytest.approx(1.0, abs=0.04)
    assert playback.sent / RATE > 2.1


def test_what_was_not_heard_is_sent_again_softer() -> None:
    out = Outflow()
    playback = Playback(np.arange(1, RATE + 1, dtype=np.int16))
    out.add(playback, 0.0)
    out.take(0.0)
    heard = out.position(playback, 0.1)
    out.duck(20)
    assert out.rewind(0.1)
    assert playback.sent / RATE == pytest.approx(heard)
    again = sounds(out.take(0.1))
    assert again[0] == pytest.approx(playback.samples[round(heard * RATE)] / 10, abs=1)


def test_a_held_phrase_waits_in_silence() -> None:
    out = Outflow()
    playback = phrase(1)
    out.add(playback, 0.0)
    out.take(0.0)
    out.hold(True)
    out.rewind(0.1)
    sent, _ = run(out, 0.1, 2.0)
    assert not sent.any()
    position = out.position(playback, 2.0)
    out.hold(False)
    out.rewind(2.0)
    sent, ended = run(out, 2.0, 4.0)
    assert np.count_nonzero(sent) / RATE == pytest.approx(1.0 - position, abs=0.001)
    assert ended == [playback]


def test_an_end_that_asterisk_does_not_report_is_noticed_a_second_late() -> None:
    out = Outflow()
    playback = phrase(0.5)
    out.add(playback, 0.0)
    run(out, 0.0, 0.6)
    assert out.overdue(1.4, 1.0) == []
    assert out.overdue(1.6, 1.0) == [playback]


def test_clearing_drops_all_phrases() -> None:
    out = Outflow()
    phrases = [phrase(1), phrase(1)]
    for each in phrases:
        out.add(each, 0.0)
    out.take(0.0)
    assert out.clear(0.0) == phrases
    assert not run(out, 0.0, 0.5)[0].any()


def test_no_more_than_the_queue_is_sent_after_a_long_sleep() -> None:
    out = Outflow()
    out.add(phrase(5), 0.0)
    out.take(0.0)
    assert len(sounds(out.take(5.0))) == AHEAD * FRAME


def test_what_sounds_now_is_known_for_echoes() -> None:
    out = Outflow()
    assert out.sounding(0.0) == 0.0
    out.add(phrase(1.0), 0.0)
    out.take(0.0)
    assert (out.sounding(0.5), out.sounding(1.5)) == (1000.0, 0.0)
    out.duck(20)
    out.add(phrase(1.0), 2.0)
    out.take(2.0)
    assert out.sounding(2.5) == pytest.approx(100.0)
