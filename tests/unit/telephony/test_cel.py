"""Asterisk's event log is read from its end, and says of a channel no more than it proves."""

import gzip
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from voicebot.telephony.cel import CelLog, Trace

BUSY = '"{""hangupcause"":17,""hangupsource"":"""",""dialstatus"":""BUSY""}"'


def row(event: str, at: float, channel: str, details: str = '""') -> str:
    columns = [event, f"{at:.3f}", channel, channel, "PJSIP/trunk-1", "", "s", "from-trunk", "", ""]
    return ",".join([*(f'"{column}"' for column in columns), details]) + "\n"


EARLIER = row("CHAN_START", 100, "other") + row("CHAN_END", 110, "other")
ANSWERED = row("CHAN_START", 200, "a1") + row("ANSWER", 205, "a1") + row("CHAN_START", 205, "a1-media")


@pytest.fixture
def log(tmp_path: Path) -> CelLog:
    return CelLog(tmp_path / "Master.csv")


async def traced(log: CelLog, channel: str = "a1", made: float = 199) -> Trace | None:
    instant = datetime.fromtimestamp(made, UTC)
    return await log.trace(channel, lambda at: at < instant)


async def test_a_talk_that_goes_on_was_started_and_answered(log: CelLog) -> None:
    log.file.write_text(EARLIER + ANSWERED)
    assert await traced(log) == Trace(started=True, answered=True)


async def test_a_refusal_has_its_cause(log: CelLog) -> None:
    log.file.write_text(EARLIER + row("CHAN_START", 200, "a1") + row("HANGUP", 201, "a1", BUSY))
    assert await traced(log) == Trace(started=True, ended=True, cause=17)


async def test_what_is_not_there_was_not_started_if_the_log_reaches_back_so_far(log: CelLog) -> None:
    log.file.write_text(EARLIER + row("CHAN_START", 200, "a1"))
    assert await traced(log, "a2") == Trace()


async def test_a_log_that_begins_later_proves_nothing(log: CelLog) -> None:
    log.file.write_text(row("CHAN_START", 200, "a1"))
    assert await traced(log, "a2") is None


async def test_no_log_and_an_empty_one_prove_nothing(log: CelLog) -> None:
    assert await traced(log) is None
    log.file.touch()
    assert await traced(log) is None


@pytest.mark.parametrize("packed", [False, True])
async def test_rotated_files_are_read_on_in(log: CelLog, packed: bool) -> None:
    old = log.file.with_name("Master.csv.2.gz" if packed else "Master.csv.2")
    old.write_bytes(gzip.compress(EARLIER.encode()) if packed else EARLIER.encode())
    newer = log.file.with_name("Master.csv.1")
    newer.write_text(row("CHAN_START", 200, "a1"))
    log.file.write_text(row("HANGUP", 201, "a1", BUSY))
    for age, file in enumerate((log.file, newer, old)):
        os.utime(file, (1000 - age, 1000 - age))
    assert await traced(log) == Trace(started=True, ended=True, cause=17)
    assert await traced(log, "a2") == Trace()


async def test_a_line_that_was_cut_short_does_no_harm(log: CelLog) -> None:
    log.file.write_text(EARLIER + ANSWERED + '"HANGUP","206.1","a1","a')
    assert await traced(log) == Trace(started=True, answered=True)


async def test_only_the_end_of_a_long_log_is_read(log: CelLog, monkeypatch: pytest.MonkeyPatch) -> None:
    noise = "".join(row("CHAN_START", index / 100, f"c{index}") for index in range(20_000))
    log.file.write_text(noise + ANSWERED)
    seen: list[float] = []
    limit = datetime.fromtimestamp(199, UTC)

    def is_before(at: datetime) -> bool:
        seen.append(at.timestamp())
        return at < limit

    assert await log.trace("a2", is_before) == Trace()
    assert len(seen) < 200
