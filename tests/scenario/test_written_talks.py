"""Every shipped scenario holds its talks, goes all of its ways, and no two talks show the same."""

import asyncio

import pytest

from voicebot.app.trial_report import Report, proofs, report
from voicebot.config import Settings
from voicebot.dialog import catalog

NAMES = list(catalog.names())


@pytest.fixture(scope="module")
def reports() -> dict[str, Report]:
    return {name: asyncio.run(report(catalog.file_of(name), Settings())) for name in NAMES}


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_every_talk_ends_as_it_is_written(reports: dict[str, Report], name: str) -> None:
    assert {shown.case.talk: faults for shown, faults in reports[name].failed} == {}


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_no_two_talks_go_the_same_ways(reports: dict[str, Report], name: str) -> None:
    assert list(reports[name].alike) == []


@pytest.mark.slow
def test_the_talks_go_nearly_every_way_of_every_file(reports: dict[str, Report]) -> None:
    for proof in proofs(list(reports.values())):
        assert len(proof.missed) <= 0.05 * len(proof.edges), (proof.name, [str(edge) for edge in proof.missed])
