import pytest

from voicebot.speech.endpoint import Endpoint, VoiceStarted, VoiceStopped


def heard(pattern: str, endpoint: Endpoint | None = None) -> list[tuple[str, int]]:
    """Events of a line of frames (`#` voiced), each with the frame at which it was told."""
    endpoint = endpoint or Endpoint()
    events = ((endpoint.hear(mark == "#", 0.02 * (at + 1)), at) for at, mark in enumerate(pattern))
    return [(type(event).__name__, at) for event, at in events if event]


@pytest.mark.parametrize(
    ("pattern", "events"),
    [
        ("..........", []),
        ("..#....#....#.", []),
        ("..##......", []),
        ("..###.....", [("VoiceStarted", 4), ("VoiceStopped", 9)]),
        ("..#.#.#...", [("VoiceStarted", 6)]),
        ("###....#.....", [("VoiceStarted", 2), ("VoiceStopped", 12)]),
        ("###.....##..", [("VoiceStarted", 2), ("VoiceStopped", 7), ("VoiceStarted", 9)]),
        ("###.....#...", [("VoiceStarted", 2), ("VoiceStopped", 7)]),
    ],
)
def test_voice_begins_with_three_frames_of_five_goes_on_with_two_and_stops_after_five_without(
    pattern: str, events: list[tuple[str, int]]
) -> None:
    assert heard(pattern) == events


def test_instants_are_the_first_and_the_last_voiced_sample() -> None:
    endpoint = Endpoint()
    events = [endpoint.hear(mark == "#", 0.02 * (at + 1)) for at, mark in enumerate("..####.....")]
    started, stopped = (event for event in events if event)
    assert isinstance(started, VoiceStarted)
    assert isinstance(stopped, VoiceStopped)
    assert started.at == pytest.approx(0.04)
    assert stopped.at == pytest.approx(0.12)


def test_a_new_answer_must_be_confirmed_like_the_first() -> None:
    endpoint = Endpoint()
    heard("###.....", endpoint)
    assert endpoint.end() is None
    assert heard("##....", endpoint) == []


def test_an_answer_that_is_ended_while_someone_speaks_says_where() -> None:
    endpoint = Endpoint()
    heard("####", endpoint)
    assert endpoint.end() == VoiceStopped(at=0.08)


def test_a_voiced_frame_may_be_somebody_who_goes_on() -> None:
    endpoint = Endpoint()
    stirs = []
    for at, mark in enumerate("###.....#.##"):
        endpoint.hear(mark == "#", 0.02 * (at + 1))
        stirs.append(endpoint.stirs)
    assert [at for at, does in enumerate(stirs) if does] == [0, 1, 8, 9]
