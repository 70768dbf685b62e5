"""An independent judge of calling: reads call records, the list and the policy; knows nothing of the robot's code.

A call record is one JSON line, written by the telephone network (the city, or virtual phones):
`{"number", "campaign", "at", "ended_at", "outcome", "node"}`, and where the telephone knows it
`"contacts": [1, 2]` (who the call was for) and `"talks": [{"contact", "result", "callback_at"}]`, `"stopped": true`
(the subscriber asked never to be called again).
"""

import json
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Self
from zoneinfo import ZoneInfo

from voicebot.bench.checker_rules import Rules

#: Nobody's telephone rang.
_UNNOTICED = frozenset({"congestion", "failed", "not_dialled", "blocked"})
#: They say nothing of the patient, so they take no try away.
_NO_TRY = frozenset({"congestion", "not_dialled", "cancelled"})
#: Results after which the same question is asked again.
_UNFINISHED = frozenset({None, "hung_up", "no_input", "error"})
_CALLBACK = "callback_requested"
_STEP = timedelta(minutes=1)
_EXAMPLES = 20  # described violations; all are counted


@dataclass(frozen=True, kw_only=True)
class Talk:
    """What the person on the telephone said about one contact."""

    contact: int | str
    result: str | None = None
    callback_at: datetime | None = None

    @property
    def is_unfinished(self) -> bool:
        return self.result in _UNFINISHED

    @property
    def wants_callback(self) -> bool:
        return self.result == _CALLBACK


@dataclass(frozen=True, kw_only=True)
class Record:
    """One INVITE, as the called telephone saw it."""

    number: str  #: E.164
    campaign: str
    at: datetime
    ended_at: datetime
    outcome: str
    node: str = ""
    contacts: tuple[int | str, ...] | None = None  #: None: the telephone does not know
    talks: tuple[Talk, ...] | None = None
    stopped: bool = False

    @classmethod
    def from_json(cls, line: Mapping[str, Any]) -> Self:
        """From a line of the file; raises KeyError or ValueError when it is none."""
        talks = line.get("talks")
        return cls(
            **{key: line[key] for key in ("number", "campaign", "outcome")},
            at=datetime.fromisoformat(line["at"]),
            ended_at=datetime.fromisoformat(line["ended_at"]),
            node=line.get("node", ""),
            contacts=None if line.get("contacts") is None else tuple(line["contacts"]),
            talks=None if talks is None else tuple(_talk(talk) for talk in talks),
            stopped=bool(line.get("stopped")),
        )

    @property
    def is_noticed(self) -> bool:
        return self.outcome not in _UNNOTICED

    def talk_with(self, contact: int | str) -> Talk:
        """What was said about the contact; a telephone that does not know what was said had a finished talk."""
        if self.talks is None:
            return Talk(contact=contact, result="completed")
        return next((talk for talk in self.talks if talk.contact == contact), Talk(contact=contact))


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One contact of the list."""

    id: int | str
    campaign: str
    numbers: tuple[str, ...]  #: E.164, in the order in which they are tried
    zone: str | None
    expires_at: datetime | None = None
    do_not_call: bool = False


@dataclass(kw_only=True)
class Violations:
    """What should not have happened; `examples` describes the first of them, in English, numbers in full."""

    double_dials: int = 0  #: INVITEs to a number that was being called, or whose pause was not over
    forgotten: int = 0  #: contacts that nobody has finished with
    caps: int = 0  #: calls beyond a day's, week's or month's cap, the cap of tries, or a refusal
    windows: int = 0  #: calls outside the hours of the number's zone
    expired_uncalled: int = 0  #: no violation, but worth knowing: too late, and never called
    examples: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.double_dials + self.forgotten + self.caps + self.windows

    def as_json(self) -> dict[str, int]:
        return {kind: getattr(self, kind) for kind in ("double_dials", "forgotten", "caps", "windows")}

    def add(self, kind: str, example: str) -> None:
        setattr(self, kind, getattr(self, kind) + 1)
        if len(self.examples) < _EXAMPLES:
            self.examples.append(f"{kind}: {example}")


def read_records(file: Path) -> Iterator[Record]:
    """The records of a JSON-lines file."""
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            yield Record.from_json(json.loads(line))


def check(
    records: Iterable[Record],
    contacts: Iterable[Listed],
    policies: Mapping[str, Rules],
    *,
    until: datetime | None = None,
    slack: timedelta = timedelta(0),
) -> Violations:
    """Judge all calls to all numbers.

    `policies`: the rules of every campaign. `until`: the moment up to which was called when the campaigns had not
    ended by themselves: then contacts that still wait are not forgotten. `slack`: how far two clocks may differ.
    """
    found = Violations()
    by_number: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        by_number[record.number].append(record)
    for calls in by_number.values():
        calls.sort(key=lambda call: call.at)
    listed = list(contacts)
    zones = {number: contact.zone for contact in listed for number in contact.numbers if contact.zone}
    barred = {number for contact in listed if contact.do_not_call for number in contact.numbers}
    for number, calls in by_number.items():
        _check_pauses(found, calls, policies, slack)
        _check_caps(found, calls, policies, zones.get(number), barred=number in barred)
        _check_windows(found, calls, policies, zones.get(number), slack)
    end = max((call.ended_at for calls in by_number.values() for call in calls), default=None)
    for contact in listed:
        calls = _calls_of(contact, by_number)
        _check_contact(found, contact, calls, policies[contact.campaign])
        if until is None and not _is_settled(contact, calls, by_number, policies[contact.campaign]):
            _check_left(found, contact, calls, by_number, policies[contact.campaign], end)
    return found


def _talk(line: Mapping[str, Any]) -> Talk:
    back = line.get("callback_at")
    return Talk(
        contact=line["contact"],
        result=line.get("result"),
        callback_at=datetime.fromisoformat(back) if back else None,
    )


def _pause(record: Record, rules: Rules) -> timedelta:
    """How long the number must be left alone after this call."""
    if record.outcome != "answered":
        return rules.pauses.get(record.outcome, rules.rest)
    talks = record.talks if record.talks is not None else [record.talk_with("")]
    return min((_pause_of_talk(talk, record, rules) for talk in talks), default=rules.unfinished_pause)


def _pause_of_talk(talk: Talk, record: Record, rules: Rules) -> timedelta:
    if talk.wants_callback:
        return talk.callback_at - record.ended_at if talk.callback_at else rules.callback_pause
    return rules.unfinished_pause if talk.is_unfinished else rules.rest


def _check_pauses(found: Violations, calls: Sequence[Record], policies: Mapping[str, Rules], slack: timedelta) -> None:
    for before, after in pairwise(calls):
        allowed_at = before.ended_at + _pause(before, policies[before.campaign])
        if after.at < max(allowed_at, before.ended_at) - slack:
            found.add("double_dials", f"{after.number} at {after.at} after {before.outcome} until {before.ended_at}")


def _check_caps(
    found: Violations, calls: Sequence[Record], policies: Mapping[str, Rules], zone: str | None, *, barred: bool
) -> None:
    """Calls in the calendar day of the number's zone, in any 7 and any 31 days; none after a refusal."""
    noticed = [call for call in calls if call.is_noticed]
    moments = [call.at for call in noticed]
    of_day: Counter[Any] = Counter()
    stopped = barred
    for no, call in enumerate(noticed):
        rules = policies[call.campaign]
        day = call.at.astimezone(ZoneInfo(zone) if zone else None).date()
        of_day[day] += 1
        extra = int(rules.callback_over_cap and no > 0 and _asked_for_call(noticed[no - 1]))
        in_week = no + 1 - bisect_right(moments, call.at - timedelta(days=7))
        in_month = no + 1 - bisect_right(moments, call.at - timedelta(days=31))
        over = {
            "day": of_day[day] > rules.per_day + extra,
            "week": in_week > rules.per_week,
            "month": in_month > rules.per_month,
            "refusal": stopped,
        }
        if any(over.values()):
            broken = ", ".join(cap for cap, is_over in over.items() if is_over)
            found.add("caps", f"{call.number} at {call.at}: {broken}")
        stopped |= call.stopped


def _asked_for_call(call: Record) -> bool:
    return any(talk.wants_callback and talk.callback_at is not None for talk in call.talks or ())


def _check_windows(
    found: Violations, calls: Sequence[Record], policies: Mapping[str, Rules], zone: str | None, slack: timedelta
) -> None:
    for call in calls:
        moments = (call.at,) if not slack else (call.at - slack, call.at + slack)
        rules = policies[call.campaign]
        if zone is None or not any(rules.is_open(at, ZoneInfo(zone)) for at in moments):
            found.add("windows", f"{call.number} at {call.at} in {zone}")


def _calls_of(contact: Listed, by_number: Mapping[str, Sequence[Record]]) -> list[Record]:
    calls = [
        call
        for number in contact.numbers
        for call in by_number.get(number, ())
        if call.campaign == contact.campaign and (call.contacts is None or contact.id in call.contacts)
    ]
    return sorted(calls, key=lambda call: call.at)


def _check_contact(found: Violations, contact: Listed, calls: Sequence[Record], rules: Rules) -> None:
    tries = sum(_takes_try(call, contact.id) for call in calls)
    if tries > rules.max_attempts:
        found.add("caps", f"contact {contact.id}: {tries} tries of {rules.max_attempts}")
    for call in calls:
        if contact.expires_at is not None and call.at >= contact.expires_at:
            found.add("windows", f"contact {contact.id} at {call.at}: too late since {contact.expires_at}")


def _check_left(
    found: Violations,
    contact: Listed,
    calls: Sequence[Record],
    by_number: Mapping[str, Sequence[Record]],
    rules: Rules,
    end: datetime | None,
) -> None:
    """A contact with whom nobody has finished: forgotten, unless it was too late to call again when calling ended."""
    if contact.expires_at is not None and end is not None and not _could_be_called(contact, by_number, rules, end):
        found.expired_uncalled += not calls
        return
    last = calls[-1].outcome if calls else "never called"
    found.add("forgotten", f"contact {contact.id}: {len(calls)} calls, {last}")


def _could_be_called(contact: Listed, by_number: Mapping[str, Sequence[Record]], rules: Rules, since: datetime) -> bool:
    """Whether the policy leaves a moment from `since` to the deadline, looked for minute by minute."""
    assert contact.expires_at is not None and contact.zone is not None
    for number in contact.numbers:
        calls = by_number.get(number, ())
        at = max([since, *(call.ended_at + _pause(call, rules) for call in calls[-1:])])
        while at < contact.expires_at:
            if rules.is_open(at, ZoneInfo(contact.zone)) and _is_under_caps(calls, at, rules, ZoneInfo(contact.zone)):
                return True
            at += _STEP
    return False


def _is_under_caps(calls: Sequence[Record], at: datetime, rules: Rules, zone: ZoneInfo) -> bool:
    moments = [call.at for call in calls if call.is_noticed]
    day = at.astimezone(zone).date()
    return (
        sum(moment.astimezone(zone).date() == day for moment in moments) < rules.per_day
        and sum(moment > at - timedelta(days=7) for moment in moments) < rules.per_week
        and sum(moment > at - timedelta(days=31) for moment in moments) < rules.per_month
    )


def _takes_try(call: Record, contact: int | str) -> bool:
    if call.outcome == "answered":
        return call.talk_with(contact).wants_callback
    return call.outcome not in _NO_TRY


def _is_settled(
    contact: Listed, calls: Sequence[Record], by_number: Mapping[str, Sequence[Record]], rules: Rules
) -> bool:
    """Whether the policy is done with this contact."""
    talks = [call.talk_with(contact.id) for call in calls if call.outcome == "answered"]
    if any(not (talk.is_unfinished or talk.wants_callback) for talk in talks):
        return True
    if sum(_takes_try(call, contact.id) for call in calls) >= rules.max_attempts:
        return True
    if sum(talk.is_unfinished for talk in talks) > rules.max_unfinished:
        return True
    if contact.zone is None or contact.do_not_call:
        return True
    return all(
        any(call.outcome == "invalid_number" or call.stopped for call in by_number.get(number, ()))
        for number in contact.numbers
    )
