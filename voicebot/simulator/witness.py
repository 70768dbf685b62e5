"""What one telephone of the city saw and heard of one call: evidence that the robot has no hand in."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from pathlib import Path

from voicebot.simulator.facts import Fact, Hearing, Truth, missing, wrong
from voicebot.simulator.latency import Reply, first_reply, replies
from voicebot.simulator.persona import Ends
from voicebot.simulator.subscriber import line_of
from voicebot.simulator.transcript import Heard, Said


class Seen(StrEnum):
    """What became of an INVITE."""

    RANG = "rang"  #: no answer (yet); when the call is over: the caller gave up
    ANSWERED = "answered"
    REFUSED = "refused"  #: by SIP status


class EndedBy(StrEnum):
    """Who hung up first."""

    ROBOT = "robot"
    PERSON = "person"


@dataclass(kw_only=True)
class Witness:
    """One call. Instants without a date are `time.monotonic()`."""

    number: str  #: as it was dialled
    caller_id: str
    invited: datetime  #: aware; when the INVITE came, or the caller lifted the receiver
    persona: str = ""  #: empty: no subscriber has this number
    seen: Seen = Seen.RANG
    status: int | None = None  #: SIP status of a refusal
    handover: str = ""  #: header X-Voicebot-Handover of the INVITE
    answered_at: float | None = None
    ended_at: float | None = None
    ended_by: EndedBy | None = None
    said: list[Said] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    hearings: list[Hearing] = field(default_factory=list)  #: facts in the order in which they were heard
    truth: Truth = field(default_factory=Truth)
    ends: Ends | None = None  #: how the persona says that it should end
    recording: Path | None = None  #: left the robot, right the person
    fault: str = ""  #: the city itself failed

    @property
    def facts(self) -> dict[Fact, tuple[str, ...]]:
        """Values heard, by kind."""
        kinds = dict.fromkeys(one.kind for one in self.hearings)
        values = dict.fromkeys(self.hearings)
        return {kind: tuple(one.value for one in values if one.kind is kind) for kind in kinds}

    @property
    def errors(self) -> tuple[str, ...]:
        """What this person was told wrongly, was not told, or should not have been told; empty when all is right."""
        ends = self.ends
        expected, forbidden = (ends.hears, ends.never_hears) if ends else ((), ())
        found = [f"{one.kind}: heard {one.value}" for one in wrong(self.truth, self.hearings)]
        found += [f"{kind}: not heard" for kind in missing(self.truth, self.hearings, expected)]
        found += [f"{kind}: told, but is nobody's business" for kind in self.facts if kind in forbidden]
        return (*found, *([self.fault] if self.fault else []))

    @property
    def replies(self) -> tuple[Reply, ...]:
        """The robot's answers to what this person said, greeting excluded."""
        return replies(self.said, self.heard)

    @property
    def greeting(self) -> Reply | None:
        """The robot's answer to "алло"."""
        return first_reply(self.said, self.heard)


def double_dials(witnesses: Iterable[Witness], pause: timedelta) -> list[tuple[Witness, Witness]]:
    """Pairs of INVITEs to one telephone that are closer than `pause`."""
    by_line: dict[str, list[Witness]] = {}
    for witness in sorted(witnesses, key=lambda one: one.invited):
        by_line.setdefault(line_of(witness.number), []).append(witness)
    neighbours = (pair for calls in by_line.values() for pair in pairwise(calls))
    return [(first, second) for first, second in neighbours if second.invited - first.invited < pause]
