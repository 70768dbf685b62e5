"""Killed at any statement of any transaction, then started again."""

import asyncio
import sys
from pathlib import Path

from deal_world import expected, populate, seen
from killed_deals import Deal

from voicebot.store import maintenance
from voicebot.store.database import Database
from voicebot.store.journal import Journal

SCRIPT = Path(__file__).with_name("killed_deals.py")
_PATIENTS = 150


async def test_killed_at_any_statement_all_that_is_stored_agrees_and_a_restart_completes_it_once(
    database: Database, url: str, tmp_path: Path
) -> None:
    await populate(database, _PATIENTS)
    script = await asyncio.create_subprocess_exec(
        *(sys.executable, str(SCRIPT), url, str(tmp_path), "1", str(_PATIENTS)), stderr=asyncio.subprocess.PIPE
    )
    _, complaint = await script.communicate()
    assert script.returncode == 0, complaint.decode()
    answered: dict[int, list[str]] = {}
    for line in (tmp_path / "witness").read_text().splitlines():
        patient, what = line.split()
        answered.setdefault(int(patient), []).append(what)
    through = max(answered)
    assert answered[through][-1] == "replayed" and through > 60
    for patient in range(1, through + 1):
        told = answered.get(patient, [])
        found = await seen(database, patient)
        facts = found.pop("facts")
        done = len(found["done"])
        assert found == expected(patient, done), patient
        assert done >= len([what for what in told if what.isdigit()])  # what was answered is there
        assert facts == [f"turn-{turn}" for turn in range(1, done + 1)] + (
            ["journalled"] if "journalled" in facts else []
        )
    assert maintenance.check(url) == []
    for patient in range(1, through + 1):
        journal = Journal(tmp_path / "journal", f"n{patient}")
        await journal.replay(database)
        if "journal" in answered.get(patient, []):
            assert (await seen(database, patient))["facts"][-1] == "journalled"
        await Deal(database, tmp_path, patient).run()
        found = await seen(database, patient)
        facts = found.pop("facts")
        assert found == expected(patient, 6)
        assert sorted(facts) == ["journalled", *(f"turn-{turn}" for turn in range(1, 7))]
    assert maintenance.check(url) == []
