"""How the talks of each scenario went, in numbers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from voicebot.demo.verdict import Verdict
from voicebot.outcomes import Result
from voicebot.shares import Share
from voicebot.simulator.witness import Seen


@dataclass(frozen=True, kw_only=True)
class Summary:
    """One scenario."""

    scenario: str
    calls: int  #: that were answered
    people: int
    right: int  #: ended as their persona says, and heard what is true
    cooperative: Share  #: of those who do their part: ended right, whatever they heard
    others: Share  #: of the rest: ended with a person, with a task, or with a goodbye
    to_person: int
    tasks: int
    misheard: int  #: people who were not told something, or heard it wrongly
    wrong_facts: int

    def as_json(self) -> dict[str, Any]:
        shares = {"cooperative": self.cooperative.as_json(), "others": self.others.as_json()}
        return {**asdict(self), **shares}


def of(verdicts: Sequence[Verdict]) -> list[Summary]:
    """In the order in which the scenarios are met."""
    by_scenario: dict[str, list[Verdict]] = {}
    for one in verdicts:
        by_scenario.setdefault(one.member.scenario, []).append(one)
    return [_summary(name, many) for name, many in _in_order(by_scenario)]


def _in_order(by_scenario: Mapping[str, list[Verdict]]) -> Iterable[tuple[str, list[Verdict]]]:
    """Those that call first."""
    return sorted(by_scenario.items(), key=lambda item: item[1][0].member.calls)


def _summary(scenario: str, verdicts: Sequence[Verdict]) -> Summary:
    talked = [one for one in verdicts if any(call.seen is Seen.ANSWERED for call in one.witnesses)]
    willing = [one for one in talked if one.persona.cooperative]
    others = [one for one in talked if not one.persona.cooperative]
    calls = {id(call) for one in verdicts for call in one.witnesses if call.seen is Seen.ANSWERED}
    return Summary(
        scenario=scenario,
        calls=len(calls),
        people=len(verdicts),
        right=sum(not one.faults for one in verdicts),
        cooperative=Share(hits=sum(not one.ended_wrong for one in willing), of=len(willing)),
        others=Share(hits=sum(one.looked_after for one in others), of=len(others)),
        to_person=sum(one.stored.result is Result.TRANSFERRED for one in verdicts),
        tasks=sum(len(one.stored.tasks) for one in verdicts),
        misheard=sum(bool(one.misheard) for one in verdicts),
        wrong_facts=sum(len(one.wrong_facts) for one in verdicts),
    )
