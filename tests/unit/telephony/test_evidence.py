"""What Asterisk's log proves of an attempt, and what it does not."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from voicebot.app import evidence as evidence_module
from voicebot.app.clock import SystemClock
from voicebot.app.evidence import AsteriskEvidence
from voicebot.errors import AriError
from voicebot.outbound.recovery import OpenAttempt
from voicebot.outcomes import Outcome
from voicebot.telephony.cel import Trace

MADE = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
NEVER = Trace()
RINGS = Trace(started=True)


@dataclass
class Log:
    """Gives one trace after the other, the last one for ever."""

    traces: list[Trace | None]

    async def trace(self, _channel: str, is_before: Callable[[datetime], bool]) -> Trace | None:
        assert is_before(MADE - timedelta(seconds=5))
        assert not is_before(MADE)
        return self.traces.pop(0) if len(self.traces) > 1 else self.traces[0]


@dataclass
class Asterisk:
    since: datetime | None

    async def running_since(self) -> datetime:
        if self.since is None:
            raise AriError("away")
        return self.since


BEFORE, AFTER = MADE - timedelta(hours=1), MADE + timedelta(seconds=30)


async def seen(*traces: Trace | None, since: datetime | None = BEFORE, node: str = "n1") -> Outcome | None:
    told = AsteriskEvidence(
        log=Log(list(traces)),  # type: ignore[arg-type]
        ari=Asterisk(since),  # type: ignore[arg-type]
        clock=SystemClock(ZoneInfo("Europe/Moscow")),
        node="n1",
    )
    return await told(OpenAttempt(id="a1", node=node, created_at=MADE))


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence_module, "_ENDS_WITHIN", 0.05)
    monkeypatch.setattr(evidence_module, "_EVERY", 0.01)


@pytest.mark.parametrize(
    ("trace", "outcome"),
    [
        (Trace(started=True, answered=True), Outcome.ANSWERED),
        (Trace(started=True, answered=True, ended=True, cause=16), Outcome.ANSWERED),
        (Trace(started=True, ended=True, cause=17), Outcome.BUSY),
        (Trace(started=True, ended=True, cause=1), Outcome.INVALID_NUMBER),
        (Trace(started=True, ended=True, cause=16), Outcome.CANCELLED),
        (Trace(started=True, ended=True, cause=0), Outcome.CANCELLED),
        (NEVER, Outcome.NOT_DIALLED),
        (None, None),
    ],
)
async def test_the_log_tells_how_it_ended(trace: Trace | None, outcome: Outcome | None) -> None:
    assert await seen(trace) is outcome


async def test_what_rings_for_a_dead_robot_is_waited_for() -> None:
    assert await seen(RINGS, RINGS, Trace(started=True, ended=True, cause=19)) is Outcome.NO_ANSWER


async def test_what_rang_when_asterisk_died_is_not_proven() -> None:
    assert await seen(RINGS) is None


@pytest.mark.parametrize("since", [AFTER, None])
async def test_an_asterisk_that_is_not_the_same_proves_nothing_by_silence(since: datetime | None) -> None:
    assert await seen(NEVER, since=since) is None


async def test_another_node_s_calls_are_in_another_log() -> None:
    assert await seen(Trace(started=True, answered=True), node="n2") is None
