"""What lies in Asterisk, what has been heard, and what is taken back."""

import numpy as np
import pytest

from voicebot.speech.audio import FRAME, RATE, Samples
from voicebot.telephony.media import Playback
from voicebot.telephony.outflow import AHEAD, Outflow


def phrase(seconds: float, value: int = 1000) -> Playback:
    return Playback(np.full(round(seconds * RATE), value, dtype=np.int16))


def run(out: Outflow, begin: float, end: float, tick: float = 0.06) -> tuple[Samples, list[Playback]]:
    """Look at what is due every tick."""
    sent: list[Samples] = []
    ended: list[Playback] = []
    now = begin
    while now < end:
        samples, done = out.take(now)
        sent.append(samples)
        ended += done
        now += tick
    return np.concatenate(sent), ended


def test_at_most_200_ms_of_a_phrase_lie_in_asterisk() -> None:
    out = Outflow()
    out.add(phrase(5), 0.0)
    given = 0
    for look in range(80):
        now = look * 0.06
        given += len(out.take(now)[0])
        assert given / RATE <= now + 0.2 + 0.02


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
    assert not out.take(0.0)[0].any()
    assert out.add(phrase(1), 0.05)  # flush: silence lies in Asterisk
    samples, _ = out.take(0.05)
    assert samples[0] == 1000


def test_position_follows_the_clock_not_what_was_sent() -> None:
    out = Outflow()
    playback = phrase(2)
    out.add(playback, 0.0)
    run(out, 0.0, 1.0)
    assert out.position(playback, 1.0) == pytest.approx(1.0, abs=0.04)
    assert playback.sent / RATE > 1.1


def test_what_was_not_heard_is_sent_again_softer() -> None:
    out = Outflow()
    playback = Playback(np.arange(1, RATE + 1, dtype=np.int16))
    out.add(playback, 0.0)
    out.take(0.0)
    heard = out.position(playback, 0.1)
    out.duck(20)
    assert out.rewind(0.1)
    assert playback.sent / RATE == pytest.approx(heard)
    again, _ = out.take(0.1)
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
    assert out.clear() == phrases
    assert not run(out, 0.0, 0.5)[0].any()


def test_no_more_than_the_queue_is_sent_after_a_long_sleep() -> None:
    out = Outflow()
    out.add(phrase(5), 0.0)
    out.take(0.0)
    assert len(out.take(2.0)[0]) == AHEAD * FRAME
