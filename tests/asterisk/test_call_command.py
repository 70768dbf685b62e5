"""`voicebot call` through a running robot to a virtual patient."""

import asyncio
import json
import os
import sys
from datetime import date
from pathlib import Path

import pytest

from voicebot import config
from voicebot.demo import cast
from voicebot.demo.cast import Member
from voicebot.demo.stage import stage
from voicebot.simulator.persona import persona

pytestmark = [pytest.mark.asterisk, pytest.mark.slow]


async def test_a_call_is_made_at_once_and_its_transcript_and_result_are_told(tmp_path: Path) -> None:
    member = next(one for one in cast.load() if one.persona == "confirms")
    async with stage(tmp_path, [member]) as on:
        row = _row(member, on.clock.now().date())
        options = [word for name, value in row.items() for word in ("--data", f"{name}={value}")]
        arguments = ["call", member.number, "--scenario", "confirmation", "--now-anyway", "--json", *options]
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "voicebot", *arguments),
            env={**os.environ, **config.to_environment(on.settings)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        output, errors = await asyncio.wait_for(process.communicate(), 120)
    assert process.returncode == 0, errors.decode()
    told = json.loads(output)
    ends = persona(member.persona).ends
    assert (told["outcome"], told["result"]) == (ends.outcome, ends.result)
    assert member.patient.surname in told["turns"][0]["robot"]
    assert [turn["step"] for turn in told["turns"]][:2] == ["identify.identity", "attendance"]
    assert told["facts"]["attendance"] == "yes"
    assert told["seconds"] > 3


def _row(member: Member, today: date) -> dict[str, str]:
    visit, patient = member.visit, member.patient
    assert visit
    return {
        "surname": patient.surname,
        "name": patient.name,
        "patronymic": patient.patronymic,
        "date": f"{visit.starts_at(today):%d.%m.%Y}",
        "time": f"{visit.at:%H:%M}",
        "specialty": visit.specialty,
    }
