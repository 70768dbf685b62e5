"""Cases of `tests/tables/policy/*.yaml`: what is known of a contact, and when it must be called.

`last` ends `now` unless it says `at`; `tries` is 1 when there is a last try. A time without an offset is local to the
case's zone. Expected is `when` (or `never`), and what else the case names: `why`, `priority`, `number` (counted from
1), and in `because` every rule that moved the call with the moment to which it did.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from voicebot.outbound.policy import Decision, History, NumberHistory, Policy, Priority, Rule, Try, Why
from voicebot.outcomes import Outcome, Result

TABLES = Path(__file__).parents[2] / "tables" / "policy"
_KEYS = {"case", "policy", "zone", "now", "last", "tries", "unfinished", "callback", "expires", "others"}
_KEYS |= {"calls", "missed", "next_call", "do_not_call", "refused", "consent"}
_KEYS |= {"when", "why", "priority", "number", "because"}


@dataclass(frozen=True)
class Case:
    """One row of a table."""

    row: Mapping[str, Any]

    def __post_init__(self) -> None:
        assert not self.row.keys() - _KEYS, f"unknown keys: {self.row.keys() - _KEYS}"

    @property
    def policy(self) -> Policy:
        return Policy.model_validate(self.row.get("policy", {}))

    @property
    def now(self) -> datetime:
        return self._moment(self.row["now"])

    @property
    def history(self) -> History:
        last = self.row.get("last")
        others = [self._number(place, other) for place, other in enumerate(self.row.get("others", ()), 2)]
        return History(
            number=self._number(1, self.row),
            others=tuple(others),
            tries=self.row.get("tries", 0 if last is None else 1),
            unfinished=self.row.get("unfinished", 0),
            last=None if last is None else self._try(last),
            callback=self.row.get("callback", False),
            expires_at=self._moment(self.row["expires"]) if "expires" in self.row else None,
        )

    def judge(self, decision: Decision) -> None:
        """Fail with the case's words unless it is as expected."""
        when = None if self.row["when"] == "never" else self._moment(self.row["when"])
        assert decision.when == when, f"{decision} because of {decision.grounds}"
        if "why" in self.row:
            assert decision.why is Why(self.row["why"])
        if "priority" in self.row:
            assert decision.priority is Priority[self.row["priority"]]
        if "number" in self.row:
            assert decision.number == self.row["number"]
        if "because" in self.row:
            moves = [ground for ground in decision.grounds if ground.until and ground.rule is not Rule.DEADLINE]
            expected = {Rule(rule): self._moment(until) for rule, until in self.row["because"].items()}
            assert {ground.rule: ground.until for ground in moves} == expected

    def _try(self, last: Mapping[str, Any]) -> Try:
        return Try(
            outcome=Outcome(last["outcome"]),
            ended_at=self._moment(last["at"]) if "at" in last else self.now,
            result=Result(last["result"]) if "result" in last else None,
            callback_at=self._moment(last["callback"]) if "callback" in last else None,
        )

    def _number(self, place: int, of: Mapping[str, Any]) -> NumberHistory:
        zone = of.get("zone", self.row.get("zone", "Europe/Moscow"))
        return NumberHistory(
            id=place,
            zone=ZoneInfo(zone) if zone else None,
            do_not_call=of.get("do_not_call", False),
            next_call_at=self._moment(of["next_call"]) if "next_call" in of else None,
            calls=tuple(map(self._moment, of.get("calls", ()))),
            missed=tuple(map(self._moment, of.get("missed", ()))),
            refused_at=self._moment(of["refused"]) if "refused" in of else None,
            consent=of.get("consent", False),
            dead=of.get("dead", False),
        )

    def _moment(self, text: str) -> datetime:
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(self.row.get("zone") or "Europe/Moscow"))


def cases() -> Iterator[tuple[str, Case]]:
    """All of them, each with its name."""
    for file in sorted(TABLES.glob("*.yaml")):
        # Moments stay text: YAML would take their zone away.
        for row in yaml.load(file.read_text(encoding="utf-8"), Loader=_Loader):
            yield f"{file.stem}: {row['case']}", Case(row)


class _Loader(yaml.SafeLoader):
    """YAML without dates."""

    yaml_implicit_resolvers = {  # noqa: RUF012 (PyYAML's own way)
        first: [(tag, form) for tag, form in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
