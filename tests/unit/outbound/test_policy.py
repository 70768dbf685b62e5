from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicebot.config import Clinic
from voicebot.errors import ScenarioError
from voicebot.outbound import policy as rules
from voicebot.outbound.policy import (
    Decision,
    History,
    NumberHistory,
    Policy,
    Priority,
    Try,
    Why,
    decide,
    earliest,
    may_leave_message,
    rest_after,
)
from voicebot.outcomes import Outcome, Result

MOSCOW = ZoneInfo("Europe/Moscow")
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=MOSCOW)  # a Monday
POLICY = Policy(max_attempts=3, max_unfinished=1)
HOUR = timedelta(hours=1)


def after(outcome: Outcome, result: Result | None = None, **history: Any) -> Decision:
    number = NumberHistory(zone=MOSCOW, calls=(NOW,))
    last = Try(outcome=outcome, ended_at=NOW, result=result, callback_at=history.pop("callback_at", None))
    known: dict[str, Any] = {"number": number, "tries": 1, "last": last}
    return decide(POLICY, History(**(known | history)), NOW)


@pytest.mark.parametrize(
    ("outcome", "pause"),
    [
        (Outcome.BUSY, timedelta(minutes=15)),
        (Outcome.NO_ANSWER, 2 * HOUR),
        (Outcome.MACHINE, 3 * HOUR),
        (Outcome.REJECTED, 4 * HOUR),
        (Outcome.UNREACHABLE, 2 * HOUR),
        (Outcome.CONGESTION, timedelta(minutes=5)),
        (Outcome.FAILED, timedelta(minutes=30)),
        (Outcome.CANCELLED, timedelta(minutes=30)),
        (Outcome.NOT_DIALLED, timedelta(0)),
        (Outcome.LOST, HOUR),
    ],
)
def test_every_outcome_without_a_talk_has_its_own_pause(outcome: Outcome, pause: timedelta) -> None:
    assert after(outcome) == Decision(when=NOW + pause, why=Why.REPEAT, priority=Priority.REPEAT)


@pytest.mark.parametrize(
    ("result", "named", "rest"),
    [
        (Result.CONFIRMED, None, HOUR),
        (Result.HUNG_UP, None, timedelta(minutes=15)),
        (Result.CALLBACK_REQUESTED, timedelta(minutes=20), timedelta(minutes=20)),
        (Result.CALLBACK_REQUESTED, timedelta(days=3), HOUR),
    ],
)
def test_a_number_rests_no_longer_than_after_a_finished_talk(
    result: Result, named: timedelta | None, rest: timedelta
) -> None:
    last = Try(outcome=Outcome.ANSWERED, ended_at=NOW, result=result, callback_at=NOW + named if named else None)
    assert rest_after(POLICY, last) == rest


@pytest.mark.parametrize(
    ("outcome", "why"), [(Outcome.INVALID_NUMBER, Why.INVALID_NUMBER), (Outcome.BLOCKED, Why.BLOCKED)]
)
def test_a_number_that_cannot_be_called_is_not_called_again(outcome: Outcome, why: Why) -> None:
    assert after(outcome) == Decision(when=None, why=why)


def test_every_outcome_has_a_decision() -> None:
    assert all(after(outcome).why for outcome in Outcome)


@pytest.mark.parametrize(
    "result", sorted(set(Result) - {Result.HUNG_UP, Result.NO_INPUT, Result.ERROR, Result.CALLBACK_REQUESTED})
)
def test_a_finished_talk_is_the_end(result: Result) -> None:
    assert after(Outcome.ANSWERED, result) == Decision(when=None, why=Why.FINISHED)


@pytest.mark.parametrize("result", [None, Result.HUNG_UP, Result.NO_INPUT, Result.ERROR])
def test_an_unfinished_talk_is_tried_again_on_its_own_count(result: Result | None) -> None:
    soon = NOW + timedelta(minutes=15)
    assert after(Outcome.ANSWERED, result, tries=2, unfinished=1).when == soon
    assert after(Outcome.ANSWERED, result, tries=0, unfinished=2).why is Why.EXHAUSTED


def test_who_named_a_time_is_called_then_and_first() -> None:
    named = NOW + timedelta(minutes=40)
    decision = after(Outcome.ANSWERED, Result.CALLBACK_REQUESTED, callback_at=named)
    assert decision == Decision(when=named, why=Why.CALLBACK, priority=Priority.CALLBACK)


def test_a_named_time_outside_the_window_moves_into_it() -> None:
    night = datetime(2026, 11, 23, 23, 0, tzinfo=MOSCOW)
    decision = after(Outcome.ANSWERED, Result.CALLBACK_REQUESTED, callback_at=night)
    assert decision.when == datetime(2026, 11, 24, 9, 10, tzinfo=MOSCOW)


def test_later_without_a_time_waits_the_campaigns_pause() -> None:
    decision = after(Outcome.ANSWERED, Result.CALLBACK_REQUESTED)
    assert (decision.when, decision.priority) == (NOW + HOUR, Priority.REPEAT)


def test_tries_end_with_the_shared_cap() -> None:
    assert after(Outcome.BUSY, tries=2).when is not None
    assert after(Outcome.BUSY, tries=3) == Decision(when=None, why=Why.EXHAUSTED)


@pytest.mark.parametrize(
    ("outcome", "result", "takes"),
    [
        (Outcome.BUSY, None, True),
        (Outcome.LOST, None, True),
        (Outcome.CONGESTION, None, False),
        (Outcome.FAILED, None, False),
        (Outcome.NOT_DIALLED, None, False),
        (Outcome.CANCELLED, None, False),
        (Outcome.ANSWERED, Result.HUNG_UP, False),
        (Outcome.ANSWERED, Result.CALLBACK_REQUESTED, True),
    ],
)
def test_what_takes_a_try(outcome: Outcome, result: Result | None, takes: bool) -> None:
    assert Try(outcome=outcome, ended_at=NOW, result=result).takes_try is takes


def test_the_first_call_comes_at_once_inside_the_window_and_at_its_start_outside() -> None:
    history = History(number=NumberHistory(zone=MOSCOW))
    assert decide(POLICY, history, NOW) == Decision(when=NOW, why=Why.FIRST, priority=Priority.FIRST)
    assert decide(POLICY, history, NOW - 6 * HOUR).when == NOW.replace(hour=9, minute=10)


def test_without_a_zone_or_against_the_persons_wish_nobody_is_called() -> None:
    unknown = History(number=NumberHistory(zone=None))
    refuses = History(number=NumberHistory(zone=MOSCOW, do_not_call=True))
    assert decide(POLICY, unknown, NOW) == Decision(when=None, why=Why.NO_ZONE)
    assert decide(POLICY, refuses, NOW) == Decision(when=None, why=Why.DO_NOT_CALL)


def test_a_number_rests_after_another_campaigns_call() -> None:
    number = NumberHistory(zone=MOSCOW, next_call_at=NOW + HOUR)
    assert decide(POLICY, History(number=number), NOW).when == NOW + HOUR


@pytest.mark.parametrize(
    ("calls", "when"),
    [
        (["2026-11-23 09:30"], "2026-11-23 12:00"),
        (["2026-11-23 09:30", "2026-11-23 11:00"], "2026-11-24 09:10"),  # two today
        (["2026-11-18 15:00", "2026-11-19 15:00", "2026-11-20 15:00", "2026-11-22 15:00"], "2026-11-25 15:00"),
        (["2026-11-16 12:00", "2026-11-19 15:00", "2026-11-20 15:00", "2026-11-22 15:00"], "2026-11-23 12:00"),
    ],
)
def test_caps_of_day_and_week_hold_over_all_campaigns(calls: list[str], when: str) -> None:
    past = tuple(datetime.fromisoformat(call).replace(tzinfo=MOSCOW) for call in calls)
    expected = datetime.fromisoformat(when).replace(tzinfo=MOSCOW)
    assert earliest(POLICY, NumberHistory(zone=MOSCOW, calls=past), NOW) == expected


def test_the_cap_of_a_month_holds() -> None:
    lavish = Policy(per_day=9, per_week=9, per_month=3)
    calls = tuple(NOW - timedelta(days=days) for days in (30, 20, 10))
    assert earliest(lavish, NumberHistory(zone=MOSCOW, calls=calls), NOW) == NOW + timedelta(days=1)


def test_seven_days_are_as_many_hours_where_the_clocks_changed_in_between() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    policy = Policy.model_validate({"per_week": 1, "windows": {"mon-sun": "00:00-24:00"}})
    number = NumberHistory(zone=berlin, calls=(datetime(2026, 10, 18, 12, tzinfo=berlin),))
    wanted = datetime(2026, 10, 25, 11, 30, tzinfo=berlin)  # the face of the clock says half an hour too early
    assert earliest(policy, number, wanted) == wanted


def test_where_no_window_opens_for_a_year_it_is_asked_again_after_it() -> None:
    sundays = [date(2026, 11, 22) + timedelta(weeks=week) for week in range(70)]
    policy = Policy.model_validate({"windows": {"sun": "10:00-12:00"}, "closed_days": sundays})
    decision = decide(policy, History(number=NumberHistory(zone=MOSCOW)), NOW)
    assert decision.when is not None
    assert decision.when >= NOW + timedelta(days=365)


def test_who_would_be_called_too_late_is_not_called() -> None:
    number = NumberHistory(zone=MOSCOW)
    assert decide(POLICY, History(number=number, expires_at=NOW), NOW).why is Why.EXPIRED
    assert after(Outcome.NO_ANSWER, expires_at=NOW + HOUR) == Decision(when=None, why=Why.EXPIRED)


def test_what_expires_before_its_window_ends_comes_before_the_rest() -> None:
    number = NumberHistory(zone=MOSCOW)
    today, tomorrow = NOW + 3 * HOUR, NOW + 24 * HOUR
    assert decide(POLICY, History(number=number, expires_at=today), NOW).priority is Priority.EXPIRING
    assert decide(POLICY, History(number=number, expires_at=tomorrow), NOW).priority is Priority.FIRST


@settings(deadline=None)
@given(
    st.lists(st.integers(0, 60 * 24 * 40), max_size=20),
    st.integers(0, 60 * 24 * 14),
    st.sampled_from(["Europe/Moscow", "Europe/Berlin", "Asia/Kamchatka"]),
)
def test_one_more_call_at_the_time_found_never_breaks_a_cap_or_a_window(ago: list[int], ahead: int, name: str) -> None:
    zone = ZoneInfo(name)
    calls = tuple(NOW - timedelta(minutes=minutes) for minutes in ago)
    wanted = NOW + timedelta(minutes=ahead)
    when = earliest(POLICY, NumberHistory(zone=zone, calls=calls), wanted)
    there = when.astimezone(zone)
    assert when >= wanted
    assert there.weekday() < 5 and (9, 10) <= (there.hour, there.minute) < (19, 50)
    assert sum(call.astimezone(zone).date() == there.date() for call in calls) < POLICY.per_day
    assert sum(call > when - timedelta(days=7) for call in calls) < POLICY.per_week
    assert sum(call > when - timedelta(days=31) for call in calls) < POLICY.per_month


def test_a_policy_is_kept_as_json_and_read_back() -> None:
    policy = rules.read({"windows": {"sat": "10:00-16:00"}, "pauses": {"busy": "10m"}, "rest": "2h"}, place="x.yaml")
    assert policy.pauses[Outcome.BUSY] == timedelta(minutes=10)
    assert policy.pauses[Outcome.NO_ANSWER] == 2 * HOUR
    assert Policy.model_validate(policy.model_dump(mode="json")) == policy


@pytest.mark.parametrize(
    ("section", "says"),
    [
        ({"line": 3}, "policy.line"),
        ({"pauses": {"buzy": "10m"}}, "policy.pauses.buzy"),
        ({"rest": "soon"}, "policy.rest"),
        ({"rest": "-PT1H"}, "negative"),
        ({"windows": {"mon": "x"}}, "policy.windows: 'x' are no hours"),
    ],
)
def test_a_wrong_policy_names_file_and_key(section: dict[str, Any], says: str) -> None:
    with pytest.raises(ScenarioError, match="^x.yaml: .*" + says.replace(".", r"\.")):
        rules.read(section, place="x.yaml")


def test_the_worked_example_of_the_documentation() -> None:
    """docs/campaigns.md: loaded on Friday evening, a visit on Tuesday at 15:30."""

    def at(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=MOSCOW)

    policy = rules.read({"before": "2h"}, place="x.yaml")
    number, visit = NumberHistory(zone=MOSCOW), at("2026-11-24 15:30")
    first = decide(policy, History(number=number, expires_at=visit), at("2026-11-20 20:00"))
    assert first.when == at("2026-11-23 09:10")

    silent = Try(outcome=Outcome.NO_ANSWER, ended_at=at("2026-11-23 09:10"))
    number = NumberHistory(zone=MOSCOW, calls=(silent.ended_at,), missed=(silent.ended_at,))
    second = decide(policy, History(number=number, tries=1, last=silent, expires_at=visit), silent.ended_at)
    assert second.when == at("2026-11-23 12:00")

    busy = Try(outcome=Outcome.BUSY, ended_at=at("2026-11-23 12:00"))
    number = NumberHistory(zone=MOSCOW, calls=(silent.ended_at, busy.ended_at), missed=(silent.ended_at,))
    third = decide(policy, History(number=number, tries=2, last=busy, expires_at=visit), busy.ended_at)
    assert (third.when, third.priority) == (at("2026-11-24 09:10"), Priority.EXPIRING)


@pytest.mark.parametrize("key", ["closed_days", "open_days"])
def test_the_clinics_days_belong_into_the_settings(key: str) -> None:
    with pytest.raises(ScenarioError, match=rf"{key}: is the clinic's.*\[clinic\]"):
        rules.read({key: ["2026-12-30"]}, place="x.yaml")


def test_the_clinics_days_are_read_with_the_policy() -> None:
    clinic = Clinic(closed_days=(date(2026, 12, 30),), open_days=(date(2026, 11, 4),))
    policy = rules.read({}, place="x.yaml", clinic=clinic)
    assert (policy.closed_days, policy.open_days) == (clinic.closed_days, clinic.open_days)
    assert Policy.model_validate(policy.model_dump(mode="json")) == policy


@pytest.mark.parametrize(
    ("machine", "messages", "may"),
    [("retry", 0, False), ("hang_up", 0, False), ("leave_message", 0, True), ("leave_message", 1, False)],
)
def test_a_message_is_left_only_where_the_campaign_wants_it_and_once(machine: str, messages: int, may: bool) -> None:
    assert may_leave_message(Policy.model_validate({"machine": machine}), messages) is may


def test_of_blocked_contacts_the_reason_says_so() -> None:
    assert {why for why in Why if why.is_block} == {Why.BLOCKED, Why.DO_NOT_CALL, Why.REFUSED, Why.NO_CONSENT}
