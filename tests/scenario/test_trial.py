"""The examiner of talks: it sees what differs, what nobody goes and what nobody would notice."""

from pathlib import Path

import pytest

from voicebot.app.trial_report import Report, proofs, report
from voicebot.config import Settings
from voicebot.errors import ScenarioError

SCENARIO = """\
schema: 1
scenario: trial
title: Проба
direction: inbound
start: wish
failed: bye
steps:
  wish: {ask: "Записать вас?", on: {yes: good, no: bad}, noinput: ["Алло?"]}
  good: {do: finish, with: {result: booked}, on: {done: end, unavailable: bye}}
  bad: {do: finish, with: {result: refused}, on: {done: bye, unavailable: bye}}
  bye: {say: "До свидания!", next: end}
"""
TALK = """\
talks:
  - talk: да
    says: [да]
    robot: ["Записать вас?", <end>]
    result: booked
    facts: {wish: yes}
"""


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    file = tmp_path / "trial.yaml"
    file.write_text(SCENARIO, encoding="utf-8")
    return file


async def held(scenario: Path, talks: str, *, mutate: bool = False) -> Report:
    scenario.with_name("trial.talk.yaml").write_text(talks, encoding="utf-8")
    return await report(scenario, Settings(), mutate=mutate)


async def test_a_talk_that_ends_as_written_has_no_faults(scenario: Path) -> None:
    assert (await held(scenario, TALK)).failed == []


@pytest.mark.parametrize(
    ("right", "wrong", "says"),
    [
        ("result: booked", "result: refused", "results"),
        ("facts: {wish: yes}", "facts: {wish: no}", "facts"),
        ('"Записать вас?", <end>', '"Хотите?"', "did not say 'Хотите?'"),
        ('"Записать вас?", <end>', '"Записать", <end>', "went on: 'вас?'"),
        ("facts: {wish: yes}", "does: []", "actions"),
        ("facts: {wish: yes}", "tasks: [call_back]", "tasks"),
        ("facts: {wish: yes}", "never: [Записать]", "the robot said 'Записать'"),
        ("says: [да]", "says: [да, нет]", "'нет' was not asked for"),
        ("facts: {wish: yes}", "outcomes: {good: unavailable}", "results"),
    ],
)
async def test_what_differs_is_told(scenario: Path, right: str, wrong: str, says: str) -> None:
    assert right in TALK
    ((_, faults),) = (await held(scenario, TALK.replace(right, wrong))).failed
    assert any(says in fault for fault in faults), faults


async def test_ways_that_nobody_goes_are_named(scenario: Path) -> None:
    (proof,) = proofs([await held(scenario, TALK)])
    missed = {".".join(edge.path) for edge in proof.missed}
    assert "steps.wish.on.no" in missed
    assert "steps.wish.on.yes" not in missed


async def test_a_fault_that_no_talk_notices_survives(scenario: Path) -> None:
    (proof,) = proofs([await held(scenario, TALK, mutate=True)])
    survivors = {(mutant.edges[0].path[-1], mutant.what) for mutant in proof.survivors}
    assert ("no", "the answer 'no' is not heard") in survivors
    assert not any(what == "the answer 'yes' is not heard" for _, what in survivors)
    assert len(proof.survivors) < len(proof.mutants)


async def test_swapped_answers_are_noticed(scenario: Path) -> None:
    (proof,) = proofs([await held(scenario, TALK, mutate=True)])
    assert "'yes' and 'no' are swapped" in {mutant.what for mutant in proof.mutants}
    assert "'yes' and 'no' are swapped" not in {mutant.what for mutant in proof.survivors}


async def test_talks_that_show_the_same_are_named(scenario: Path) -> None:
    second = TALK.partition("talks:\n")[2].replace("talk: да", "talk: тоже да")
    assert list((await held(scenario, TALK + second)).alike) == [("да", "тоже да")]


async def test_a_wrong_talk_is_refused_with_its_line(scenario: Path) -> None:
    with pytest.raises(ScenarioError) as caught:
        await held(scenario, TALK.replace("result:", "reslt:"))
    assert "trial.talk.yaml:" in caught.value.place


async def test_a_scenario_without_talks_says_so(scenario: Path) -> None:
    with pytest.raises(ScenarioError, match="no talks"):
        await report(scenario, Settings())
