"""Who is called when, on which of their numbers, and why."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import IntEnum, StrEnum

from voicebot.outbound.policy.grounds import Ground, Rule
from voicebot.outbound.policy.model import MachineRule, Policy, Purpose
from voicebot.outbound.policy.moments import closes, earliest, opens, usage
from voicebot.outbound.policy.parts import next_part, part_of
from voicebot.outbound.policy.past import History, NumberHistory, pause_after
from voicebot.outbound.policy.rotation import in_order
from voicebot.outcomes import Outcome

_PATIENCE = timedelta(days=1)  # another part of the day is not waited for longer
_ROOM = timedelta(hours=1)  # and leaves so much before the deadline: lines may be busy then


class Priority(IntEnum):
    """Who is called first; smaller is sooner."""

    CALLBACK = 0  #: the patient named a time, and it has come
    EXPIRING = 1  #: next time it would be too late
    FIRST = 2  #: first pass over the list
    REPEAT = 3  #: called again after everyone had their call


class Why(StrEnum):
    """Why a contact is called then, or never again."""

    FIRST = "first_pass"
    REPEAT = "repeat"
    UNFINISHED = "unfinished_talk"
    CALLBACK = "callback"
    NEXT_NUMBER = "next_number"  #: the one before cannot be called at all
    FINISHED = "finished"  #: the talk achieved its result
    EXHAUSTED = "no_tries_left"
    MACHINE = "machine"  #: a machine had the call, and the policy leaves it at that
    INVALID_NUMBER = "invalid_number"
    BLOCKED = "blocked"
    DO_NOT_CALL = "do_not_call"
    REFUSED = "refused_lately"  #: such calls were refused on a number of this person
    NO_CONSENT = "no_consent"  #: to advertising
    NO_ZONE = "unknown_zone"  #: nobody knows what time it is there
    EXPIRED = "too_late"

    @property
    def is_block(self) -> bool:
        """The last gate: the number may not be called; its outcome is `blocked`."""
        return self in _BLOCKS


_BLOCKS = frozenset({Why.BLOCKED, Why.DO_NOT_CALL, Why.REFUSED, Why.NO_CONSENT})


@dataclass(frozen=True, kw_only=True)
class Decision:
    """When a contact is called, or that it is not (`when` is None)."""

    when: datetime | None
    why: Why
    priority: Priority = Priority.REPEAT
    number: int | None = None  #: `NumberHistory.id` of the number to call
    grounds: tuple[Ground, ...] = field(default=(), compare=False, repr=False)  #: what each rule said, in order


def decide(policy: Policy, history: History, now: datetime) -> Decision:
    """When to call next (in UTC), and on which number: the one that may be called first, in the person's own order."""
    now = now.astimezone(UTC)
    grounds: list[Ground] = []
    for ground, why in _forbidden(policy, history, now):
        grounds.append(ground)
        if not ground.allows:
            return Decision(when=None, why=why, grounds=tuple(grounds))
    due = deadline(policy, history.expires_at)
    options = [_option(policy, history, number, now, due) for number in _callable(policy, history)]
    when, number, moves = min(options, key=lambda option: option[0])  # of equal ones the first
    in_time = due is None or when < due
    grounds += [*moves, Ground(Rule.DEADLINE, allows=in_time, until=due)]
    if not in_time:
        return Decision(when=None, why=Why.EXPIRED, grounds=tuple(grounds))
    why, priority = _reason(history), _priority(policy, history, number, when, due)
    return Decision(when=when, why=why, priority=priority, number=number.id, grounds=tuple(grounds))


def deadline(policy: Policy, expires_at: datetime | None) -> datetime | None:
    """No call at this moment or later."""
    return None if expires_at is None else expires_at.astimezone(UTC) - policy.before


def _forbidden(policy: Policy, history: History, now: datetime) -> Iterator[tuple[Ground, Why]]:
    """Each rule that can say never, in order, with the reason should it do so."""
    last = history.last
    alive = in_order(history)
    yield Ground(Rule.FINISHED, allows=last is None or not last.is_finished), Why.FINISHED
    yield Ground(Rule.DO_NOT_CALL, allows=not any(one.do_not_call for one in history.numbers)), Why.DO_NOT_CALL
    blocked = last is not None and last.outcome is Outcome.BLOCKED
    yield Ground(Rule.NUMBER, allows=bool(alive)), Why.BLOCKED if blocked else Why.INVALID_NUMBER
    machine = last is not None and last.outcome is Outcome.MACHINE and policy.machine is MachineRule.HANG_UP
    yield Ground(Rule.MACHINE, allows=not machine), Why.MACHINE
    tries, unfinished = history.tries, history.unfinished
    yield Ground(Rule.TRIES, tries < policy.max_attempts, used=tries, cap=policy.max_attempts), Why.EXHAUSTED
    limit = policy.max_unfinished + 1
    yield Ground(Rule.UNFINISHED, unfinished < limit, used=unfinished, cap=limit), Why.EXHAUSTED
    if policy.purpose is not Purpose.CARE:
        until = _refused_until(policy, history)
        yield Ground(Rule.REFUSAL, allows=until is None or until <= now, until=until), Why.REFUSED
    if policy.purpose is Purpose.ADVERTISING:
        yield Ground(Rule.CONSENT, allows=any(number.consent for number in alive)), Why.NO_CONSENT
    yield Ground(Rule.ZONE, allows=bool(_callable(policy, history))), Why.NO_ZONE


def _callable(policy: Policy, history: History) -> list[NumberHistory]:
    """Numbers that may be called at some time: alive, in a known zone, consented to where that is needed."""
    needs_consent = policy.purpose is Purpose.ADVERTISING
    return [one for one in in_order(history) if one.zone is not None and (one.consent or not needs_consent)]


def _refused_until(policy: Policy, history: History) -> datetime | None:
    refusals = [number.refused_at for number in history.numbers if number.refused_at is not None]
    return max(refusals).astimezone(UTC) + policy.refusal_blackout if refusals else None


def _option(
    policy: Policy, history: History, number: NumberHistory, now: datetime, due: datetime | None
) -> tuple[datetime, NumberHistory, list[Ground]]:
    """The moment for a call on this number, and what moved it there."""
    grounds: list[Ground] = []
    over_cap = int(history.names_time and policy.callback_over_cap)
    wanted = _wanted(policy, history, now, due, grounds)
    when = earliest(policy, number, wanted, over_cap=over_cap, grounds=grounds)
    if policy.another_part_of_day and history.last is not None and history.last.missed:
        fresh = _in_another_part(policy, number, when, due)
        if fresh > when:
            grounds.append(Ground(Rule.PART_OF_DAY, until=fresh, since=when))
        when = fresh
    return when, number, [*grounds, *usage(policy, number, when, over_cap=over_cap)]


def _wanted(policy: Policy, history: History, now: datetime, due: datetime | None, grounds: list[Ground]) -> datetime:
    """When the pause after the last attempt ends, or the patient wants to be called."""
    last = history.last
    if last is None or last.closes_number:
        return now
    rule = Rule.NAMED_TIME if history.names_time else Rule.PAUSE
    ended_at = last.ended_at.astimezone(UTC)
    wanted = ended_at + pause_after(policy, last)
    if rule is Rule.NAMED_TIME and due is not None and wanted >= due:
        # Later than the call makes sense: rather asked once more before than never.
        rule, wanted = Rule.PAUSE, ended_at + policy.callback_pause
    if wanted > now:
        grounds.append(Ground(rule, until=wanted, since=ended_at))
    return max(now, wanted)


def _in_another_part(policy: Policy, number: NumberHistory, when: datetime, due: datetime | None) -> datetime:
    """The first moment in a part of the day in which the number was not tried; `when` if none comes soon enough."""
    assert number.zone is not None
    tried = {part_of(at, number.zone) for at in number.missed}
    until = when + _PATIENCE if due is None else min(when + _PATIENCE, due - _ROOM)
    moment = when
    while part_of(moment, number.zone) in tried:
        moment = earliest(policy, number, next_part(moment, number.zone))
        if moment > until:
            return when
    return moment


def _reason(history: History) -> Why:
    last = history.last
    if history.callback or (last is not None and last.wants_callback):
        return Why.CALLBACK
    if last is None:
        return Why.REPEAT if history.tries or history.unfinished else Why.FIRST
    if last.closes_number:
        return Why.NEXT_NUMBER
    return Why.UNFINISHED if last.is_unfinished else Why.REPEAT


def _priority(
    policy: Policy, history: History, number: NumberHistory, when: datetime, due: datetime | None
) -> Priority:
    if history.names_time:
        return Priority.CALLBACK
    assert number.zone is not None
    if due is not None and opens(policy, number.zone, closes(policy, number.zone, when)) >= due:
        return Priority.EXPIRING
    return Priority.FIRST if _reason(history) in (Why.FIRST, Why.NEXT_NUMBER) else Priority.REPEAT
