"""How fast the robot answered, out of the turns that are in the store."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from voicebot.store.tables import Call, Turn

PARTS = ("end_point_ms", "meaning_ms", "speaking_ms")


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Of some waits: how many, their median and 95th percentile, in milliseconds."""

    n: int
    p50_ms: int
    p95_ms: int


@dataclass(frozen=True, kw_only=True)
class Latency:
    """From the end of an answer to the first frame of the reply, as the robot saw it."""

    replies: Spread
    parts: Mapping[str, Spread]  #: by the names of `PARTS`
    steps: Mapping[tuple[str, str], Spread]  #: (scenario, question that was answered), slowest first

    def as_json(self) -> dict[str, Any]:
        """The shape of `voicebot report latency --json`."""
        steps = [{"scenario": scenario, "step": step, **vars(one)} for (scenario, step), one in self.steps.items()]
        return {**vars(self.replies), "parts": {name: vars(one) for name, one in self.parts.items()}, "steps": steps}


def measure(session: Session, *, since: datetime | None = None) -> Latency:
    """Of all calls, or of those that began at `since` or later."""
    query = select(Call.scenario, Turn).join(Call, Call.id == Turn.call_id).order_by(Turn.call_id, Turn.no)
    found = session.execute(query.where(Call.started_at >= since) if since else query)
    rows = [(scenario, turn) for scenario, turn in found]
    turns = [turn for _, turn in rows if turn.reply_latency_ms is not None]
    by_step: dict[tuple[str, str], list[float]] = defaultdict(list)
    for (_, asked), (scenario, turn) in pairwise(rows):
        if asked.call_id == turn.call_id and turn.reply_latency_ms is not None:
            by_step[scenario, asked.step].append(turn.reply_latency_ms)
    steps = {key: _spread(waits) for key, waits in by_step.items()}
    return Latency(
        replies=_spread(turn.reply_latency_ms for turn in turns),
        parts={part: _spread(getattr(turn, part) for turn in turns) for part in PARTS},
        steps=dict(sorted(steps.items(), key=lambda one: -one[1].p95_ms)),
    )


def _spread(waits: Iterable[float | None]) -> Spread:
    known = sorted(wait for wait in waits if wait is not None)
    return Spread(n=len(known), p50_ms=_percentile(known, 0.5), p95_ms=_percentile(known, 0.95))


def _percentile(known: Sequence[float], share: float) -> int:
    return round(known[min(len(known) - 1, int(share * len(known)))]) if known else 0
