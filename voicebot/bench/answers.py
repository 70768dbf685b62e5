"""What callers tell of the robot's answers: how late, and whether anybody was cut off."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

from voicebot.bench.caller import Answer, Caller
from voicebot.bench.workload import Kind, Workload

# A phrase of the robot that begins so shortly before the end of an answer does not cut it off: instants of both sides
# are 20 ms apart at most, and the robot cannot have decided anything by then.
_CLOSE = 0.05


@dataclass(frozen=True, kw_only=True)
class Waits:
    """In milliseconds, from the last voiced sample said to the first voiced sample of what answers it."""

    n: int
    p50_ms: int
    p95_ms: int

    @classmethod
    def of(cls, milliseconds: Iterable[int]) -> Self:
        ordered = sorted(milliseconds)
        return cls(n=len(ordered), p50_ms=_percentile(ordered, 0.5), p95_ms=_percentile(ordered, 0.95))


@dataclass(frozen=True, kw_only=True)
class Answers:
    """Of all calls of one run."""

    calls: int
    refused: int  #: calls that the robot did not answer
    turns: int  #: answers of the callers
    unanswered: int  #: after these the robot said nothing that was to come before the caller spoke again
    cut_off: float  #: share of answers into which the robot began to speak
    slow_turns: int
    slow_cut_off: float  #: the same of slow speakers
    classes: dict[Kind, Waits]

    def as_json(self) -> dict[str, Any]:
        """The shape of `voicebot bench turns --json`."""
        shares = {"cut_off": round(self.cut_off, 4), "slow_cut_off": round(self.slow_cut_off, 4)}
        return {**asdict(self), **shares, "classes": {kind.value: vars(waits) for kind, waits in self.classes.items()}}

    @property
    def broken(self) -> list[str]:
        """The promises that were not kept (docs/architecture.md §9)."""
        late = [
            f"{kind} {name} {value} ms"
            for kind, waits in self.classes.items()
            for name, value, limit in (("p50", waits.p50_ms, _P50.get(kind)), ("p95", waits.p95_ms, _P95.get(kind)))
            if limit and value > limit
        ]
        late += [f"cut off {self.cut_off:.1%}"] if self.cut_off > _CUT_OFF else []
        late += ["slow speakers cut off"] if self.slow_cut_off else []
        late += [f"{self.refused} calls not answered"] if self.refused else []
        return late + ([f"{self.unanswered} without an answer"] if self.unanswered > _CUT_OFF * self.turns else [])


_P50 = {Kind.YES_NO: 400, Kind.CHOICE: 400}
_P95 = {Kind.YES_NO: 700, Kind.CHOICE: 700, Kind.DATE: 1000, Kind.NUMBER: 1000}
_CUT_OFF = 0.01


def measure(callers: Sequence[Caller], workload: Workload) -> Answers:
    """Out of what all callers said and heard."""
    waits: dict[Kind, list[int]] = defaultdict(list)
    turns, cut = {False: 0, True: 0}, {False: 0, True: 0}
    for caller in callers:
        for answer, wait, is_cut in turns_of(caller):
            turns[caller.part.slow] += 1
            cut[caller.part.slow] += is_cut
            if wait is not None:
                waits[workload.questions[answer.question].kind].append(round(1000 * wait))
    total = sum(turns.values())
    return Answers(
        calls=len(callers),
        refused=sum(caller.refused for caller in callers),
        turns=total,
        unanswered=total - sum(map(len, waits.values())),
        cut_off=sum(cut.values()) / max(1, total),
        slow_turns=turns[True],
        slow_cut_off=cut[True] / max(1, turns[True]),
        classes={kind: Waits.of(waits[kind]) for kind in Kind if waits[kind]},
    )


def turns_of(caller: Caller) -> Iterator[tuple[Answer, float | None, bool]]:
    """Every answer, how many seconds it waited for the phrase that answers it, and whether it was cut off."""
    answers = caller.answers
    for index, one in enumerate(answers):
        until = answers[index + 1].started if index + 1 < len(answers) else float("inf")
        is_cut = any(one.started < phrase.started < one.ended - _CLOSE for phrase in caller.phrases)
        after = (
            phrase.started - one.ended
            for phrase in caller.phrases
            if one.ended - _CLOSE <= phrase.started < until and phrase.question not in ("", one.question)
        )
        yield one, next(after, None), is_cut


def _percentile(ordered: Sequence[int], share: float) -> int:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0
