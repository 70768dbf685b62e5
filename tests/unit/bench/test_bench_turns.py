"""The fixed workload, what a cheap caller hears, and what is made of the callers' word."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from voicebot.bench.answers import Waits, measure
from voicebot.bench.beginnings import Beginnings
from voicebot.bench.caller import Caller, Part, Phrase, Sentence
from voicebot.bench.workload import Kind, Workload
from voicebot.dialog import catalog
from voicebot.speech.audio import RATE, Samples
from voicebot.telephony.media import Playback

WORKLOAD = Workload.load()


@pytest.mark.parametrize("live", [False, True])
@pytest.mark.parametrize("order", WORKLOAD.orders)
def test_the_workload_is_a_scenario_that_the_robot_can_use(order: str, live: bool, tmp_path: Path) -> None:
    file = tmp_path / "workload.yaml"
    scenario = WORKLOAD.scenario(WORKLOAD.orders[order], live=live)
    file.write_text(yaml.safe_dump(scenario, allow_unicode=True), encoding="utf-8")
    assert catalog.inspect(file).faults == []


def test_the_workload_has_the_shares_that_the_benchmark_promises() -> None:
    kinds = [WORKLOAD.questions[name].kind for name in WORKLOAD.orders["capacity"]]
    assert sum(kind in (Kind.DATE, Kind.NUMBER) for kind in kinds) == 0.1 * len(kinds)
    kinds = [WORKLOAD.questions[name].kind for name in WORKLOAD.orders["turns"]]
    assert {kinds.count(kind) for kind in Kind} == {len(kinds) / len(Kind)}


def sound(seed: int) -> Samples:
    return (3000 * np.random.default_rng(seed).standard_normal(2 * RATE)).astype(np.int16)


def test_a_phrase_is_known_by_its_beginning_whatever_comes_before_it() -> None:
    known = Beginnings.of({"one": sound(1), "other": sound(2)})
    assert known.name(np.concatenate([np.zeros(300, dtype=np.int16), sound(2) // 2])) == "other"
    assert known.name(sound(2), among=["one"]) == ""
    assert known.name(sound(3)) == ""


def caller(said: list[tuple[str, float]], heard: list[tuple[str, float]], *, slow: bool = False) -> Caller:
    """One whose answers take a second each."""
    part = Part(number="", questions=(), answers=(), thinking=lambda: 0.0, noise=np.zeros(1, dtype=np.int16), slow=slow)
    one = Caller(part=part, known=Beginnings({}))
    second = Sentence(text="да", sound=sound(0), voice_ends=1.0)
    one._said = [(question, second, Playback(second.sound, first_frame_at=at)) for question, at in said]
    one.phrases = [Phrase(question=question, started=at, ended=at + 2) for question, at in heard]
    return one


def test_waits_are_told_by_kind_and_an_answer_that_the_robot_speaks_into_is_cut_off() -> None:
    fluent = caller([("attends", 3.0), ("day", 8.0)], [("attends", 0.0), ("", 4.1), ("day", 4.3), ("age", 9.7)])
    slow = caller([("consent", 3.0), ("age", 9.0)], [("consent", 0.0), ("age", 3.5), ("age", 11.0)], slow=True)
    found = measure([fluent, slow], WORKLOAD)
    assert (found.turns, found.unanswered, found.cut_off, found.slow_cut_off) == (4, 2, 0.25, 0.5)
    assert found.classes == {
        Kind.YES_NO: Waits(n=1, p50_ms=300, p95_ms=300),
        Kind.DATE: Waits(n=1, p50_ms=700, p95_ms=700),
    }
    assert {"cut off 25.0%", "slow speakers cut off", "2 without an answer"} == set(found.broken)


def test_a_caller_answers_a_question_that_is_asked_again_and_goes_on_when_one_is_left_out() -> None:
    part = Part(
        number="",
        questions=("consent", "day", "age", "consent"),
        answers=(),
        thinking=lambda: 0.0,
        noise=np.zeros(1, dtype=np.int16),
        slow=False,
    )
    one = Caller(part=part, known=Beginnings({}))
    assert [one._place(name) for name in ("consent", "age", "goodbye")] == [0, 2, None]
    one._turn = 1
    assert [one._place(name) for name in ("consent", "day")] == [0, 1]
