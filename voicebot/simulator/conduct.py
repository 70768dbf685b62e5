"""How a person answers: the robot's phrases in, acts out. No sound, no clock."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from voicebot.simulator.facts import Hearing
from voicebot.simulator.persona import Persona, Rule, Then

_TIMES = 2  # so often a person asks again, or calls "алло" into silence, before hanging up


@dataclass(frozen=True, kw_only=True)
class Act:
    """One thing that the person does."""

    says: str = ""
    presses: str = ""
    then: Then = Then.LISTEN
    after: float = 0.0  #: seconds before it is done
    asks_again: bool = False  #: wants to hear the same once more


class Conduct:
    """One person in one call."""

    def __init__(self, persona: Persona) -> None:
        self._persona = persona
        self._used: Counter[Rule] = Counter()
        self._asked = 0
        self._called = 0

    def hear(self, text: str, facts: Iterable[Hearing]) -> Act | None:
        """The answer to what the robot has said since the last act; None when it means nothing to this person (yet)."""
        padded = f" {text} "
        kinds = {f"<{one.kind}>" for one in facts}
        for rule in self._persona.rules:
            spent = rule.once and self._used[rule]
            if not spent and any(item in kinds or f" {item} " in padded for item in rule.hears):
                return self._apply(rule)
        return None

    def puzzled(self) -> Act:
        """The robot waits for an answer, but no rule applies."""
        self._asked += 1
        return self._ask(self._persona.asks_again, self._asked)

    def silence(self) -> Act:
        """The robot has said nothing for as long as this person's patience lasts."""
        self._called += 1
        return self._ask(self._persona.impatient, self._called)

    @staticmethod
    def _ask(question: str, times: int) -> Act:
        if not question:
            return Act()
        return Act(says=question, asks_again=True) if times <= _TIMES else Act(then=Then.HANG_UP)

    def _apply(self, rule: Rule) -> Act:
        turn = min(self._used[rule], len(rule.says) - 1)
        self._used[rule] += 1
        says = rule.says[turn] if rule.says else ""
        return Act(says=says, presses=rule.presses, then=rule.then, after=rule.after)
