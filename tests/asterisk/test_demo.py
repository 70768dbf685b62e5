"""The demonstration succeeds, and fails when the robot is broken: real calls, real speech, whole processes."""

import asyncio
from pathlib import Path

import pytest

from voicebot.demo import cast, run
from voicebot.demo.run import Ended
from voicebot.demo.sabotage import Sabotage
from voicebot.outcomes import Outcome, Result

pytestmark = [pytest.mark.asterisk, pytest.mark.slow]


def demo(folder: Path, *personas: str, sabotage: Sabotage | None = None) -> Ended:
    people = [member for member in cast.load() if not personas or member.persona in personas]
    return asyncio.run(run.run(folder, tell=print, sabotage=sabotage, people=people))


def test_everybody_ends_as_their_persona_says_and_hears_what_is_true(tmp_path: Path) -> None:
    ended = demo(tmp_path)
    assert ended.fault == ""
    faults = {(one.member.scenario, one.member.patient.full_name): one.faults for one in ended.verdicts}
    assert faults == {(member.scenario, member.patient.full_name): () for member in cast.load()}
    ends = {verdict.member.persona: (verdict.stored.outcome, verdict.stored.result) for verdict in ended.verdicts}
    assert ends["confirms"] == (Outcome.ANSWERED, Result.CONFIRMED)
    assert ends["cancels"] == (Outcome.ANSWERED, Result.CANCELLED)
    assert ends["wants_operator"] == (Outcome.ANSWERED, Result.TRANSFERRED)
    assert ends["wants_checkup"] == (Outcome.ANSWERED, Result.BOOKED)
    assert ends["cancels_by_phone"] == (Outcome.ANSWERED, Result.CANCELLED)
    assert ends["in_danger_abroad"] == (Outcome.ANSWERED, Result.TRANSFERRED)
    assert ends["busy"] == (Outcome.BUSY, None)
    assert ends["no_answer"] == (Outcome.NO_ANSWER, None)
    assert ended.ok
    recorded = {file.stem.split("-")[1] for file in (ended.folder / "city/recordings").glob("*.wav")}
    assert {"confirms", "cancels", "wants_operator", "operator"} <= recorded


@pytest.mark.parametrize(
    ("sabotage", "says"),
    [
        (Sabotage.WRONG_DATE, "date: heard"),
        (Sabotage.MUTE, "not heard"),
        (Sabotage.SWAP_ANSWERS, "should be confirmed"),
    ],
)
def test_a_broken_robot_is_found_out(tmp_path: Path, sabotage: Sabotage, says: str) -> None:
    ended = demo(tmp_path, "confirms", sabotage=sabotage)
    assert not ended.ok
    assert any(says in fault for verdict in ended.verdicts for fault in verdict.faults)
