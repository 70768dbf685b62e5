"""The telephone network of a simulated campaign: rings, answers and hangs up in virtual time, and records every call.

It lives outside the robots, so that its records tell the truth when a robot is killed.
"""

import heapq
import random
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import count
from typing import Any, Self

from voicebot.bench.campaign.people import Conduct, People, Subscriber, conduct
from voicebot.outcomes import Outcome, Result

_TICK = timedelta(seconds=1)  # what happens within it happens together, so that nodes meet at the store
_LAST_WORD = timedelta(seconds=3)  # between what a person decides and the end of the call


@dataclass(frozen=True, kw_only=True)
class Invite:
    """A robot dials."""

    attempt: str
    number: str
    campaign: str
    contacts: tuple[int, ...]
    longest_ring: float  #: seconds


class What(StrEnum):
    """What a robot hears of its call."""

    ANSWERED = "answered"
    SAID = "said"  #: the person has decided; the robot writes it down
    ENDED = "ended"


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something happened to a call."""

    attempt: str
    what: What
    outcome: Outcome
    said: Mapping[int, Result] = field(default_factory=dict)  #: by contact
    callback_at: datetime | None = None

    def as_json(self) -> dict[str, Any]:
        """For a worker in a process of its own."""
        back = self.callback_at.isoformat() if self.callback_at else None
        said = [[contact, result] for contact, result in self.said.items()]
        return {"attempt": self.attempt, "what": self.what, "outcome": self.outcome, "said": said, "back": back}

    @classmethod
    def from_json(cls, event: Mapping[str, Any]) -> Self:
        """What `as_json` made."""
        return cls(
            attempt=event["attempt"],
            what=What(event["what"]),
            outcome=Outcome(event["outcome"]),
            said={contact: Result(result) for contact, result in event["said"]},
            callback_at=datetime.fromisoformat(event["back"]) if event["back"] else None,
        )


@dataclass(kw_only=True)
class _Call:
    invite: Invite
    node: str
    at: datetime
    conduct: Conduct
    answered: bool = False
    said: bool = False
    told: bool = False  #: the robot has it in the store


class Network:
    """All telephones. `record` takes a call's record when it is over (see `bench.checker`)."""

    def __init__(
        self,
        people: People,
        subscribers: Mapping[str, Subscriber],
        *,
        seed: int,
        record: Callable[[dict[str, Any]], None],
    ) -> None:
        self._people = people
        self._subscribers = subscribers
        self._seed = seed
        self._record = record
        self._calls: dict[str, _Call] = {}
        self._over: dict[str, Outcome] = {}
        self._fresh: list[tuple[_Call, dict[str, Any]]] = []  # ended at this moment: their robots may yet die of it
        self._timeline: list[tuple[datetime, int, str, What]] = []
        self._order = count()
        self._times_called: dict[str, int] = defaultdict(int)
        self.invites = 0
        self.peak = 0  #: most calls at once

    @property
    def calls(self) -> int:
        """Calls under way."""
        return len(self._calls)

    @property
    def next_at(self) -> datetime | None:
        """When something happens next."""
        return self._timeline[0][0] if self._timeline else None

    def invite(self, node: str, invite: Invite, at: datetime) -> None:
        """A telephone begins to ring, or the network says why not."""
        self.invites += 1
        self._times_called[invite.number] += 1
        dice = random.Random(f"{self._seed}/{invite.number}/{self._times_called[invite.number]}")
        subscriber = self._subscribers[invite.number]
        longest = invite.longest_ring
        does = conduct(self._people, subscriber, invite.contacts, at, longest_ring=longest, dice=dice)
        self._calls[invite.attempt] = _Call(invite=invite, node=node, at=at, conduct=does)
        self.peak = max(self.peak, len(self._calls))
        moment = at + timedelta(seconds=does.rings)
        if does.outcome is Outcome.ANSWERED:
            self._plan(moment, invite.attempt, What.ANSWERED)
            moment += timedelta(seconds=does.talks)
            self._plan(moment - _LAST_WORD, invite.attempt, What.SAID)
        self._plan(moment, invite.attempt, What.ENDED)

    def happen(self, at: datetime) -> dict[str, list[Event]]:
        """What happens up to this moment, by node."""
        self.flush()
        events: dict[str, list[Event]] = defaultdict(list)
        while self._timeline and self._timeline[0][0] <= at:
            _, _, attempt, what = heapq.heappop(self._timeline)
            call = self._calls.get(attempt)
            if call is None:
                continue  # it was cut
            does = call.conduct
            call.answered |= what is What.ANSWERED
            call.said |= what is What.SAID
            events[call.node].append(
                Event(
                    attempt=attempt,
                    what=what,
                    outcome=does.outcome,
                    said=(does.said or {}) if what is What.SAID else {},
                    callback_at=does.callback_at,
                )
            )
            if what is What.ENDED:
                self._end(call, at)
        return events

    def told(self, attempt: str) -> None:
        """The robot says that what was said is in its store."""
        if attempt in self._calls:
            self._calls[attempt].told = True

    def cut(self, node: str, at: datetime) -> int:
        """A node died: its calls end. Gives how many.

        What it was told last, the end of a call too, it may have taken to its grave.
        """
        for call, line in self._fresh:
            line["cut"] |= call.node == node and not call.told
        calls = [call for call in self._calls.values() if call.node == node]
        for call in calls:
            self._end(call, at, cut=True)
        return len(calls)

    def evidence(self, attempt: str) -> Outcome:
        """What the event log of the Asterisk beside the robot would tell of a call that is over."""
        return self._over.get(attempt, Outcome.NOT_DIALLED)

    def flush(self) -> None:
        """Give away the records of calls that are over."""
        for _, line in self._fresh:
            self._record(line)
        self._fresh.clear()

    def _plan(self, moment: datetime, attempt: str, what: What) -> None:
        whole = moment.replace(microsecond=0)
        heapq.heappush(self._timeline, (whole + _TICK, next(self._order), attempt, what))

    def _end(self, call: _Call, at: datetime, *, cut: bool = False) -> None:
        del self._calls[call.invite.attempt]
        outcome = call.conduct.outcome
        if cut:
            outcome = Outcome.ANSWERED if call.answered else Outcome.CANCELLED
        self._over[call.invite.attempt] = outcome
        line: dict[str, Any] = {
            "number": call.invite.number,
            "campaign": call.invite.campaign,
            "at": call.at.isoformat(),
            "ended_at": at.isoformat(),
            "outcome": outcome.value,
            "node": call.node,
            "contacts": list(call.invite.contacts),
            "cut": cut and not call.told,
        }
        if outcome is Outcome.ANSWERED:
            line["talks"] = _talks(call)
            line["stopped"] = call.said and call.conduct.refuses
        self._fresh.append((call, line))


def _talks(call: _Call) -> Sequence[dict[str, Any]]:
    said = (call.conduct.said or {}) if call.said else {}
    back = call.conduct.callback_at
    return [
        {
            "contact": contact,
            "result": said[contact].value if contact in said else None,
            "callback_at": back.isoformat() if back and contact in said else None,
        }
        for contact in call.invite.contacts
    ]
