"""An independent judge of calling: reads call records, the list and the policy; knows nothing of the robot's code.

A call record is one JSON line, written by the telephone network (the city, or virtual phones):
`{"number", "campaign", "at", "ended_at", "outcome", "node"}`, and where the telephone knows it
`"contacts": [1, 2]` (who the call was for) and `"talks": [{"contact", "result", "callback_at"}]`, `"stopped": true`
(the subscriber asked never to be called again), `"cut": true` (the robot died in this call: what it knows of it is
uncertain, so the shortest pause that it may rightly keep is asked for, and a last try or word is believed).
"""

import json
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Self
from zoneinfo import ZoneInfo

from voicebot.bench.checker_rules import Rules

#: Nobody's telephone rang.
_UNNOTICED = frozenset({"congestion", "failed", "not_dialled", "blocked"})
#: They say nothing of the patient, so they take no try away.
_NO_TRY = frozenset({"congestion", "failed", "not_dialled", "cancelled"})
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
    cut: bool = False

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
            cut=bool(line.get("cut")),
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

    double_dials: int = 0  #: INVITEs to a number whose pause was not over, or to who had named a later time
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
    found, book = Violations(), _Book(records, contacts)
    for number, calls in book.by_number.items():
        _check_pauses(found, calls, book, policies, slack)
        _check_caps(found, number, book, policies)
        _check_windows(found, calls, book, policies, slack)
    for contact in book.listed.values():
        rules, calls = policies[contact.campaign], book.calls_of(contact)
        _check_contact(found, contact, calls, book, rules, slack)
        if until is None and not _is_settled(contact, calls, book, rules):
            _check_left(found, contact, calls, book, rules)
    return found


class _Book:
    """Records and list, looked up."""

    def __init__(self, records: Iterable[Record], contacts: Iterable[Listed]) -> None:
        self.listed = {contact.id: contact for contact in contacts}
        self.by_number: dict[str, list[Record]] = defaultdict(list)
        ordered = sorted(records, key=lambda call: call.at)
        for record in ordered:
            self.by_number[record.number].append(record)
        self.end = max((record.ended_at for record in ordered), default=None)
        people = self.listed.values()
        self.zones = {number: contact.zone for contact in people for number in contact.numbers if contact.zone}
        self.barred = {number for contact in people if contact.do_not_call for number in contact.numbers}
        self._asked_for = _asked_for(ordered)

    def was_asked_for(self, call: Record) -> bool:
        """Whether somebody on this call had named a time in the call before."""
        return id(call) in self._asked_for

    def calls_of(self, contact: Listed) -> list[Record]:
        """Calls that were for this contact."""
        calls = [
            call
            for number in contact.numbers
            for call in self.by_number.get(number, ())
            if call.campaign == contact.campaign and (call.contacts is None or contact.id in call.contacts)
        ]
        return sorted(calls, key=lambda call: call.at)


def _asked_for(ordered: Sequence[Record]) -> set[int]:
    """Ids of records that follow a named time, for one of their contacts."""
    asked: dict[Any, bool] = {}
    found = set()
    for call in ordered:
        whose = call.contacts or (call.number,)
        if any(asked.get(key) for key in whose):
            found.add(id(call))
        if call.is_noticed:
            named = {talk.contact for talk in call.talks or () if talk.wants_callback and talk.callback_at}
            asked.update({key: key in named or (call.contacts is None and bool(named)) for key in whose})
    return found


def _talk(line: Mapping[str, Any]) -> Talk:
    back = line.get("callback_at")
    return Talk(
        contact=line["contact"],
        result=line.get("result"),
        callback_at=datetime.fromisoformat(back) if back else None,
    )


def _pause(record: Record, book: _Book, rules: Rules) -> timedelta:
    """How long the number must be left alone after this call."""
    if record.outcome != "answered":
        pause = rules.pauses.get(record.outcome, rules.rest)
    else:
        talks = record.talks if record.talks is not None else [record.talk_with("")]
        pauses = (_pause_of_talk(talk, record, book.listed.get(talk.contact), rules) for talk in talks)
        pause = min(pauses, default=rules.unfinished_pause)
    return min(pause, rules.unfinished_pause, rules.pauses["cancelled"]) if record.cut else pause


def _pause_of_talk(talk: Talk, record: Record, contact: Listed | None, rules: Rules) -> timedelta:
    if not talk.wants_callback:
        return min(rules.unfinished_pause, rules.rest) if talk.is_unfinished else rules.rest
    named, deadline = talk.callback_at, _deadline(contact, rules) if contact else None
    if named is None or (deadline is not None and named >= deadline):
        return min(rules.callback_pause, rules.rest)  # a time at which the call is of no use any more
    return min(named - record.ended_at, rules.rest)  # until then others may call about something else


def _deadline(contact: Listed, rules: Rules) -> datetime | None:
    return None if contact.expires_at is None else contact.expires_at - rules.before


def _check_pauses(
    found: Violations, calls: Sequence[Record], book: _Book, policies: Mapping[str, Rules], slack: timedelta
) -> None:
    for before, after in pairwise(calls):
        allowed_at = before.ended_at + _pause(before, book, policies[before.campaign])
        if after.at < max(allowed_at, before.ended_at) - slack:
            found.add("double_dials", f"{after.number} at {after.at} after {before.outcome} until {before.ended_at}")


def _check_caps(found: Violations, number: str, book: _Book, policies: Mapping[str, Rules]) -> None:
    """Calls in the calendar day of the number's zone, in any 7 and any 31 days; none after a refusal."""
    noticed = [call for call in book.by_number[number] if call.is_noticed]
    moments = [call.at for call in noticed]
    zone = book.zones.get(number)
    of_day: Counter[date] = Counter()
    stopped = number in book.barred
    for no, call in enumerate(noticed, start=1):
        rules = policies[call.campaign]
        day = call.at.astimezone(ZoneInfo(zone) if zone else None).date()
        of_day[day] += 1
        extra = int(rules.callback_over_cap and book.was_asked_for(call))
        over = {
            "day": of_day[day] > rules.per_day + extra,
            "week": no - bisect_right(moments, call.at - timedelta(days=7)) > rules.per_week,
            "month": no - bisect_right(moments, call.at - timedelta(days=31)) > rules.per_month,
            "refusal": stopped,
        }
        if any(over.values()):
            broken = ", ".join(cap for cap, is_over in over.items() if is_over)
            found.add("caps", f"{number} at {call.at}: {broken}")
        stopped |= call.stopped


def _check_windows(
    found: Violations, calls: Sequence[Record], book: _Book, policies: Mapping[str, Rules], slack: timedelta
) -> None:
    for call in calls:
        moments = (call.at,) if not slack else (call.at - slack, call.at + slack)
        rules, zone = policies[call.campaign], book.zones.get(call.number)
        if zone is None or not any(rules.is_open(at, ZoneInfo(zone)) for at in moments):
            found.add("windows", f"{call.number} at {call.at} in {zone}")


def _check_contact(
    found: Violations, contact: Listed, calls: Sequence[Record], book: _Book, rules: Rules, slack: timedelta
) -> None:
    tries = sum(_takes_try(call, contact.id) and not call.cut for call in calls)
    if tries > rules.max_attempts:
        found.add("caps", f"contact {contact.id}: {tries} tries of {rules.max_attempts}")
    deadline = _deadline(contact, rules)
    for call in calls:
        if deadline is not None and call.at >= deadline:
            found.add("windows", f"contact {contact.id} at {call.at}: too late since {deadline}")
    for before, after in pairwise(calls):
        named = before.talk_with(contact.id).callback_at if before.outcome == "answered" else None
        known = after.number == before.number and after.at < before.ended_at + _pause(before, book, rules)
        if named is not None and after.at < named - slack and (deadline is None or named < deadline) and not known:
            found.add("double_dials", f"contact {contact.id} at {after.at}: asked to be called at {named}")


def _check_left(found: Violations, contact: Listed, calls: Sequence[Record], book: _Book, rules: Rules) -> None:
    """A contact with whom nobody has finished: forgotten, unless it was too late to call again when calling ended."""
    deadline = _deadline(contact, rules)
    if deadline is not None and book.end is not None and not _could_be_called(contact, book, rules, deadline):
        found.expired_uncalled += not calls
        return
    last = calls[-1].outcome if calls else "never called"
    found.add("forgotten", f"contact {contact.id}: {len(calls)} calls, {last}")


def _could_be_called(contact: Listed, book: _Book, rules: Rules, deadline: datetime) -> bool:
    """Whether the policy leaves a moment from the end of all calling to the deadline, looked for minute by minute."""
    assert book.end is not None and contact.zone is not None
    zone = ZoneInfo(contact.zone)
    for number in contact.numbers:
        calls = book.by_number.get(number, ())
        at = max([book.end, *(call.ended_at + _pause(call, book, rules) for call in calls[-1:])])
        while at < deadline:
            if rules.is_open(at, zone) and _is_under_caps(calls, at, rules, zone):
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
    if call.cut:
        return True  # it may have been taken for any outcome
    if call.outcome == "answered":
        return call.talk_with(contact).wants_callback
    return call.outcome not in _NO_TRY


def _is_settled(contact: Listed, calls: Sequence[Record], book: _Book, rules: Rules) -> bool:
    """Whether the policy is done with this contact."""
    talks = [(call, call.talk_with(contact.id)) for call in calls if call.outcome == "answered"]
    if any(not (talk.is_unfinished or talk.wants_callback) for _, talk in talks):
        return True
    if sum(_takes_try(call, contact.id) for call in calls) >= rules.max_attempts:
        return True
    if sum(talk.is_unfinished or call.cut for call, talk in talks) > rules.max_unfinished:
        return True
    if contact.zone is None or contact.do_not_call:
        return True
    if rules.machine_ends and any(call.outcome == "machine" for call in calls):
        return True
    seen = [book.by_number.get(number, ()) for number in contact.numbers]
    refused = any(call.stopped for of_number in seen for call in of_number)
    return refused or all(any(call.outcome == "invalid_number" for call in of_number) for of_number in seen)
