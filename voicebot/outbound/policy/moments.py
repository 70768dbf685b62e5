"""When a number may be called: its pause, its caps, the hours of its zone."""

from collections.abc import Callable, Iterator, MutableSequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from voicebot.outbound import windows
from voicebot.outbound.policy.grounds import Ground, Rule
from voicebot.outbound.policy.model import Policy
from voicebot.outbound.policy.parts import next_midnight
from voicebot.outbound.policy.past import NumberHistory

_WEEK, _MONTH = timedelta(days=7), timedelta(days=31)
_HORIZON = timedelta(days=400)  # no window for so long: it is asked again then

#: When one more call is allowed: (policy, number, its zone, the moment wanted, calls beyond the day's cap).
_Step = Callable[[Policy, NumberHistory, ZoneInfo, datetime, int], datetime]


def opens(policy: Policy, zone: ZoneInfo, moment: datetime) -> datetime:
    """`moment` if people of the zone may be called then, else when they may next."""
    return windows.opening(policy.windows, zone, moment, policy.weekday)


def closes(policy: Policy, zone: ZoneInfo, moment: datetime) -> datetime:
    """When the hours end in which `moment` lies (or the next ones, if it lies in none)."""
    return windows.window_end(policy.windows, zone, moment, policy.weekday)


def earliest(
    policy: Policy,
    number: NumberHistory,
    wanted: datetime,
    *,
    over_cap: int = 0,
    grounds: MutableSequence[Ground] | None = None,
) -> datetime:
    """The first moment from `wanted` on, in UTC, when the number may be called: pause over, within caps and windows.

    `over_cap`: so many calls more than `per_day`. What moved it is appended to `grounds`.

    Raises:
        ValueError: the number's zone is not known.
    """
    if (zone := number.zone) is None:
        raise ValueError("nobody knows what time it is there")
    when = wanted.astimezone(UTC)  # hours are added to moments: in a zone they would be added to the face of its clock
    while True:
        before = when
        for rule, step in _STEPS:
            moved = step(policy, number, zone, when, over_cap)
            if moved > when and grounds is not None:
                closed = _closed_by(policy, zone, when) if rule is Rule.WINDOW else rule
                grounds.append(Ground(closed, until=moved, since=when))
            when = max(when, moved)
        if when == before or when - wanted >= _HORIZON:
            return when


def usage(policy: Policy, number: NumberHistory, when: datetime, *, over_cap: int = 0) -> Iterator[Ground]:
    """How far the caps are used up before a call at that moment."""
    if number.zone is not None:
        yield Ground(Rule.PER_DAY, used=_on_day(number, number.zone, when), cap=policy.per_day + over_cap)
    yield Ground(Rule.PER_WEEK, used=len(_since(number, when, _WEEK)), cap=policy.per_week)
    yield Ground(Rule.PER_MONTH, used=len(_since(number, when, _MONTH)), cap=policy.per_month)


def _rested(policy: Policy, number: NumberHistory, zone: ZoneInfo, when: datetime, over: int) -> datetime:
    return max(when, number.next_call_at) if number.next_call_at else when


def _under_day(policy: Policy, number: NumberHistory, zone: ZoneInfo, when: datetime, over: int) -> datetime:
    return when if _on_day(number, zone, when) < policy.per_day + over else next_midnight(when, zone)


def _under_week(policy: Policy, number: NumberHistory, zone: ZoneInfo, when: datetime, over: int) -> datetime:
    return _under(policy.per_week, number, when, _WEEK)


def _under_month(policy: Policy, number: NumberHistory, zone: ZoneInfo, when: datetime, over: int) -> datetime:
    return _under(policy.per_month, number, when, _MONTH)


def _in_hours(policy: Policy, number: NumberHistory, zone: ZoneInfo, when: datetime, over: int) -> datetime:
    return opens(policy, zone, when)


_STEPS: tuple[tuple[Rule, _Step], ...] = (
    (Rule.NUMBER_PAUSE, _rested),
    (Rule.PER_DAY, _under_day),
    (Rule.PER_WEEK, _under_week),
    (Rule.PER_MONTH, _under_month),
    (Rule.WINDOW, _in_hours),
)


def _under(cap: int, number: NumberHistory, when: datetime, span: timedelta) -> datetime:
    recent = _since(number, when, span)
    return when if len(recent) < cap else recent[-cap] + span


def _since(number: NumberHistory, when: datetime, span: timedelta) -> list[datetime]:
    return sorted(at.astimezone(UTC) for at in number.calls if at > when - span)


def _on_day(number: NumberHistory, zone: ZoneInfo, when: datetime) -> int:
    day = when.astimezone(zone).date()
    return sum(at.astimezone(zone).date() == day for at in number.calls)


def _closed_by(policy: Policy, zone: ZoneInfo, moment: datetime) -> Rule:
    day = moment.astimezone(zone).date()
    return Rule.WINDOW if policy.weekday(day) == day.weekday() else Rule.HOLIDAY
