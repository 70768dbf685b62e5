"""What the patients' side tells of the robot's answers: how late, and whether anybody was cut off."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from voicebot.demo.answers.workload import Kind, Workload
from voicebot.simulator.transcript import Heard, Said
from voicebot.simulator.witness import Witness

# A phrase of the robot that begins so shortly before the end of an answer does not cut it off: instants of both sides
# are 20 ms apart at most, and the robot cannot have decided anything by then.
_CLOSE = 0.05


@dataclass(frozen=True, kw_only=True)
class Waits:
    """In milliseconds, from the last voiced sample said to the first voiced sample heard."""

    n: int
    p50_ms: int
    p95_ms: int

    @classmethod
    def of(cls, milliseconds: Iterable[int]) -> "Waits":
        ordered = sorted(milliseconds)
        return cls(n=len(ordered), p50_ms=_percentile(ordered, 0.5), p95_ms=_percentile(ordered, 0.95))


@dataclass(frozen=True, kw_only=True)
class Answers:
    """Of all calls of one run."""

    turns: int  #: answers of the patients, greetings excluded
    unanswered: int  #: to these the robot said nothing that the patient understood before speaking again
    cut_off: float  #: share of answers into which the robot began to speak
    classes: dict[Kind, Waits]
    greeting: Waits  #: after "алло"

    def as_json(self) -> dict[str, Any]:
        """The shape of `voicebot bench turns --json`."""
        return {
            "turns": self.turns,
            "unanswered": self.unanswered,
            "cut_off": round(self.cut_off, 4),
            "classes": {kind.value: vars(waits) for kind, waits in self.classes.items()},
        }


def measure(witnesses: Sequence[Witness], workload: Workload) -> Answers:
    """Out of what all telephones of the city saw and heard."""
    waits: dict[Kind, list[int]] = defaultdict(list)
    for witness in witnesses:
        for reply in witness.replies:
            waits[workload.kind(reply.said.text)].append(reply.milliseconds)
    said = [(one, witness.heard) for witness in witnesses for one in witness.said if not one.is_greeting]
    cut_off = sum(_is_cut_off(one, heard) for one, heard in said)
    answered = sum(len(found) for found in waits.values())
    return Answers(
        turns=len(said),
        unanswered=len(said) - answered,
        cut_off=cut_off / len(said) if said else 0.0,
        classes={kind: Waits.of(waits[kind]) for kind in Kind if waits[kind]},
        greeting=Waits.of(one.greeting.milliseconds for one in witnesses if one.greeting),
    )


def _is_cut_off(said: Said, heard: Iterable[Heard]) -> bool:
    """The robot began to speak in the middle of it; a robot that was speaking already was interrupted."""
    return any(said.started < part.started < said.ended - _CLOSE for phrase in heard for part in phrase.parts[:1])


def _percentile(ordered: Sequence[int], share: float) -> int:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0
