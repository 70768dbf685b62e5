"""The judge of calling finds what was planted, and nothing where all is well."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from voicebot.bench.checker import Listed, Record, Talk, Violations, check, read_records
from voicebot.bench.checker_rules import Rules, duration
from voicebot.errors import ConfigError
from voicebot.outbound.policy import Policy

MOSCOW = ZoneInfo("Europe/Moscow")
MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=MOSCOW)
ANNA = "+79160000001"
WORK = "+79160000002"
CONTACT = Listed(id=1, campaign="c", numbers=(ANNA,), zone="Europe/Moscow")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def call(at: datetime, outcome: str = "no_answer", *, lasts: float = 30, number: str = ANNA, **more: object) -> Record:
    ended_at = at + timedelta(seconds=lasts)
    return Record(number=number, campaign="c", at=at, ended_at=ended_at, outcome=outcome, **more)  # type: ignore[arg-type]


def judge(
    *records: Record, contact: Listed = CONTACT, policy: dict[str, object] | None = None, **more: object
) -> Violations:
    return check(records, [contact], {"c": Rules.read(policy or {})}, **more)  # type: ignore[arg-type]


ANSWERED = call(MONDAY + 3 * HOUR, "answered")


def test_a_campaign_by_the_rules_has_no_violation() -> None:
    assert judge(call(MONDAY), ANSWERED).total == 0


@pytest.mark.parametrize(
    ("outcome", "pause"),
    [("busy", timedelta(minutes=15)), ("no_answer", 2 * HOUR), ("machine", 3 * HOUR), ("rejected", 4 * HOUR)],
)
def test_a_call_before_the_pause_is_over_is_a_double_dial(outcome: str, pause: timedelta) -> None:
    first = call(MONDAY, outcome)
    soon, then = (call(first.ended_at + pause + late, "answered") for late in (-timedelta(seconds=1), timedelta(0)))
    assert judge(first, soon).as_json() == {"double_dials": 1, "forgotten": 0, "caps": 0, "windows": 0}
    assert judge(first, then).total == 0
    assert judge(first, soon, slack=timedelta(seconds=2)).total == 0


def test_a_second_invite_while_the_telephone_still_rings_is_a_double_dial_whatever_the_pause() -> None:
    ringing = call(MONDAY, lasts=60)
    assert (
        judge(
            ringing, call(MONDAY + timedelta(seconds=30), "answered"), policy={"pauses": {"no_answer": "0s"}}
        ).double_dials
        == 1
    )


def test_order_of_records_does_not_matter() -> None:
    assert judge(call(MONDAY + timedelta(minutes=1), "answered"), call(MONDAY)).double_dials == 1


def test_calls_of_two_campaigns_to_one_number_are_one_telephone_ringing() -> None:
    rules = Rules.read({})
    other = replace(call(MONDAY + timedelta(minutes=5), "answered"), campaign="d")
    listed = [CONTACT, replace(CONTACT, id=2, campaign="d")]
    found = check([call(MONDAY, "answered"), other], listed, {"c": rules, "d": rules})
    assert found.double_dials == 1


@pytest.mark.parametrize("result", ["hung_up", "no_input", None])
def test_an_unfinished_talk_must_be_tried_again_until_its_count_is_used_up(result: str | None) -> None:
    talks = (Talk(contact=1, result=result),)
    often = [call(MONDAY + no * DAY, "answered", talks=talks) for no in range(3)]
    assert judge(*often[:2]).forgotten == 1
    assert judge(*often).total == 0


def test_a_named_call_back_comes_at_its_time_and_not_before() -> None:
    named = call(MONDAY, "answered", talks=(Talk(contact=1, result="callback_requested", callback_at=MONDAY + HOUR),))
    assert judge(named).forgotten == 1
    assert judge(named, call(MONDAY + HOUR / 2, "answered")).double_dials == 1
    assert judge(named, call(MONDAY + HOUR, "answered")).total == 0


def test_others_on_the_number_need_not_wait_until_the_time_that_one_of_them_named() -> None:
    back = MONDAY + 8 * HOUR
    named = call(
        MONDAY, "answered", contacts=(1,), talks=(Talk(contact=1, result="callback_requested", callback_at=back),)
    )
    other = call(MONDAY + 2 * HOUR, "answered", contacts=(2,))
    listed = [CONTACT, replace(CONTACT, id=2)]
    rules = {"c": Rules.read({"windows": {"mon": "08:00-22:00"}, "per_day": 3})}
    assert check([named, other, call(back, "answered", contacts=(1,))], listed, rules).total == 0
    early = replace(other, contacts=(1, 2))
    assert check([named, early], listed, rules).double_dials == 1


@pytest.mark.parametrize("outcome", ["busy", "no_answer", "machine", "congestion", "cancelled"])
def test_a_contact_that_nobody_finished_with_is_forgotten(outcome: str) -> None:
    assert judge(call(MONDAY, outcome)).forgotten == 1
    assert judge().forgotten == 1
    assert judge(call(MONDAY, outcome), until=MONDAY + HOUR).forgotten == 0


def test_a_contact_is_done_with_when_its_tries_are_used_up() -> None:
    tries = [call(MONDAY + no * DAY) for no in range(4)]
    refused = [call(MONDAY + no * DAY, "failed") for no in range(5)]
    assert judge(*tries[:3], policy={"max_attempts": 4}).forgotten == 1
    assert judge(*tries, policy={"max_attempts": 4}).total == 0
    assert judge(*refused, policy={"max_attempts": 4}).forgotten == 1


def test_of_two_patients_on_one_number_each_must_be_spoken_about() -> None:
    mother = call(MONDAY, "answered", contacts=(1,), talks=(Talk(contact=1, result="confirmed"),))
    listed = [CONTACT, replace(CONTACT, id=2)]
    assert check([mother], listed, {"c": Rules.read({})}).forgotten == 1
    both = replace(mother, contacts=(1, 2), talks=(*(mother.talks or ()), Talk(contact=2, result="cancelled")))
    assert check([both], listed, {"c": Rules.read({})}).total == 0


def test_a_dead_number_does_not_excuse_from_the_second_one() -> None:
    contact = replace(CONTACT, numbers=(ANNA, WORK))
    dead = call(MONDAY, "invalid_number")
    assert judge(dead, contact=contact).forgotten == 1
    assert judge(dead, call(MONDAY + HOUR, "invalid_number", number=WORK), contact=contact).total == 0


def test_who_could_still_be_called_before_the_deadline_is_forgotten_and_who_could_not_is_too_late() -> None:
    busy = call(MONDAY.replace(hour=19), "busy")
    assert judge(busy, contact=replace(CONTACT, expires_at=MONDAY.replace(hour=19, minute=10))).total == 0
    assert judge(busy, contact=replace(CONTACT, expires_at=MONDAY + DAY)).forgotten == 1
    elsewhere = replace(CONTACT, id=2, numbers=(WORK,), expires_at=MONDAY.replace(hour=19, minute=0))
    found = check([call(MONDAY.replace(hour=19), "answered")], [CONTACT, elsewhere], {"c": Rules.read({})})
    assert (found.total, found.expired_uncalled) == (0, 1)


def test_a_call_after_the_deadline_is_outside_its_window() -> None:
    assert judge(call(MONDAY, "answered"), contact=replace(CONTACT, expires_at=MONDAY - HOUR)).windows == 1


@pytest.mark.parametrize(("cap", "days"), [("per_day", [0, 0, 0]), ("per_week", [0, 1, 3]), ("per_month", [0, 8, 16])])
def test_calls_beyond_a_cap_are_counted(cap: str, days: list[int]) -> None:
    wide: dict[str, object] = {"per_day": 9, "per_week": 9, "per_month": 9, "max_attempts": 9}
    wide |= {"windows": {"mon-sun": "00:00-24:00"}}
    calls = [call(MONDAY + day * DAY + no * 3 * HOUR) for no, day in enumerate(days)]
    assert judge(*calls, policy=wide | {cap: 2, "max_attempts": 3}).caps == 1
    assert judge(*calls, policy=wide | {cap: 3, "max_attempts": 3}).total == 0


def test_calls_that_rang_nowhere_use_up_no_cap() -> None:
    calls = [call(MONDAY + no * HOUR, "congestion") for no in range(4)]
    assert judge(*calls, call(MONDAY + 5 * HOUR, "answered")).total == 0


def test_the_day_of_a_cap_is_that_of_the_number() -> None:
    policy: dict[str, object] = {"windows": {"mon-sun": "00:00-24:00"}, "per_day": 1, "pauses": {"no_answer": "0s"}}
    calls = [call(datetime(2026, 11, 23, hour, 30, tzinfo=UTC)) for hour in (13, 14)]
    vladivostok = replace(CONTACT, zone="Asia/Vladivostok")  # midnight lies between them there
    assert judge(*calls, policy=policy | {"max_attempts": 2}, contact=vladivostok).caps == 0
    assert judge(*calls, policy=policy | {"max_attempts": 2}).caps == 1


def test_the_time_that_the_patient_named_may_be_one_call_more_that_day() -> None:
    back = MONDAY + 6 * HOUR
    asked = call(MONDAY + 3 * HOUR, "answered", talks=(Talk(contact=1, result="callback_requested", callback_at=back),))
    calls = (call(MONDAY), asked, call(back, "answered"))
    assert judge(*calls).total == 0
    assert judge(*calls, policy={"callback_over_cap": False}).caps == 1


def test_a_number_whose_owner_refused_is_called_no_more() -> None:
    refused = call(MONDAY, "answered", stopped=True)
    assert judge(refused, call(MONDAY + DAY, "answered")).caps == 1
    assert judge(call(MONDAY), contact=replace(CONTACT, do_not_call=True)).caps == 1


def test_a_try_beyond_the_policys_is_counted() -> None:
    assert judge(call(MONDAY), call(MONDAY + DAY), policy={"max_attempts": 1}).caps == 1


@pytest.mark.parametrize(
    ("at", "zone", "violations"),
    [
        (MONDAY.replace(hour=9, minute=9, second=59), "Europe/Moscow", 1),
        (MONDAY.replace(hour=9, minute=10), "Europe/Moscow", 0),
        (MONDAY.replace(hour=19, minute=50), "Europe/Moscow", 1),
        (MONDAY.replace(hour=13), "Asia/Vladivostok", 1),  # eight in the evening there
        (MONDAY - 2 * DAY, "Europe/Moscow", 1),  # Saturday
        (MONDAY, None, 1),
    ],
)
def test_a_call_outside_the_hours_of_the_numbers_zone_is_found(at: datetime, zone: str | None, violations: int) -> None:
    assert judge(call(at, "answered"), contact=replace(CONTACT, zone=zone)).windows == violations


def test_hours_follow_the_clocks_that_change() -> None:
    sunday = {"windows": {"sun": "09:00-10:00"}}
    berlin = replace(CONTACT, zone="Europe/Berlin")
    before, after = (datetime(2026, 10, day, 8, 30, tzinfo=UTC) for day in (18, 25))  # summer time ends on the 25th
    assert judge(call(before, "answered"), contact=berlin, policy=sunday).windows == 1
    assert judge(call(after, "answered"), contact=berlin, policy=sunday).windows == 0


@pytest.mark.parametrize(("rule", "windows"), [("closed", 1), ("as sunday", 1), ("ignore", 0)])
def test_public_holidays_are_kept(rule: str, windows: int) -> None:
    unity_day = datetime(2026, 11, 4, 12, 0, tzinfo=MOSCOW)  # a Wednesday
    assert judge(call(unity_day, "answered"), policy={"holidays": rule}).windows == windows


@pytest.mark.parametrize(
    ("day", "is_open"),
    [
        (date(2026, 1, 9), False),  # by decree, for the 3rd
        (date(2026, 5, 11), False),  # for the 9th, a Saturday
        (date(2027, 2, 20), True),  # a Saturday made a working day
        (date(2027, 2, 27), False),
        (date(2028, 11, 6), False),  # without a decree: for the 4th, a Saturday
        (date(2028, 11, 7), True),
        (date(2029, 12, 31), False),
    ],
)
def test_days_moved_by_decree_or_by_law_are_kept_and_so_they_are_by_the_policy(day: date, is_open: bool) -> None:
    noon = datetime.combine(day, time(12), MOSCOW)
    assert judge(call(noon, "answered")).windows == (0 if is_open else 1)
    assert (Policy().weekday(day) in range(5)) == is_open


def test_the_clinics_own_days_win_over_the_calendar() -> None:
    unity_day = datetime(2026, 11, 4, 12, 0, tzinfo=MOSCOW)
    assert judge(call(unity_day, "answered"), policy={"open_days": ["2026-11-04"]}).windows == 0
    assert judge(ANSWERED, policy={"closed_days": ["2026-11-23"]}).windows == 1


def test_a_machine_may_end_the_matter() -> None:
    assert judge(call(MONDAY, "machine"), policy={"machine": "hang_up"}).total == 0
    assert judge(call(MONDAY, "machine")).forgotten == 1


def test_a_time_named_after_the_deadline_does_not_put_the_call_off_until_it_is_too_late() -> None:
    contact = replace(CONTACT, expires_at=MONDAY + 5 * HOUR)
    talk = Talk(contact=1, result="callback_requested", callback_at=MONDAY + 6 * HOUR)
    asked = call(MONDAY, "answered", talks=(talk,))
    assert judge(asked, call(MONDAY + 2 * HOUR, "answered"), contact=contact).total == 0
    assert judge(asked, call(MONDAY + HOUR / 2, "answered"), contact=contact).double_dials == 1


def test_what_a_dying_robot_knew_of_its_call_is_not_held_against_it() -> None:
    cut = call(MONDAY, "cancelled", cut=True)
    early = call(MONDAY + timedelta(minutes=20), "answered")
    assert judge(cut, early).total == 0
    assert judge(cut, call(MONDAY + timedelta(minutes=10), "answered")).double_dials == 1
    assert judge(cut, policy={"max_attempts": 1}).forgotten == 0  # it may have counted as a try
    assert judge(cut).forgotten == 1


def test_a_policy_is_read_from_a_scenario_and_from_a_campaign_alike() -> None:
    written = Rules.read({"windows": {"sat": ["9:00-12:00", "13:00-24:00"]}, "pauses": {"busy": "90s"}})
    kept = [
        {"day": 5, "start": "09:00:00", "end": "12:00:00"},
        {"day": 5, "start": "13:00:00", "end": "23:59:59.999999"},
    ]
    assert Rules.read({"windows": kept, "pauses": {"busy": "PT1M30S"}}) == written
    assert duration("P1DT2H") == timedelta(days=1, hours=2)
    with pytest.raises(ConfigError, match="no length of time"):
        duration("soon")


def test_records_are_read_from_lines_as_telephones_write_them(tmp_path: Path) -> None:
    file = tmp_path / "calls.jsonl"
    plain = {"number": ANNA, "campaign": "c", "at": "2026-11-23T10:00:00+03:00", "outcome": "busy", "node": "n1"}
    plain["ended_at"] = "2026-11-23T10:00:05+03:00"
    talk = {"contact": 1, "result": "callback_requested", "callback_at": "2026-11-23T12:00:00+03:00"}
    file.write_text(f"{json.dumps(plain)}\n{json.dumps(plain | {'contacts': [1], 'talks': [talk], 'stopped': True})}\n")
    first, second = read_records(file)
    assert first == replace(call(MONDAY, "busy", lasts=5), node="n1")
    assert second.talks == (Talk(contact=1, result="callback_requested", callback_at=MONDAY + 2 * HOUR),)
    assert second.stopped


def test_violations_are_described(tmp_path: Path) -> None:
    found = judge(call(MONDAY), call(MONDAY + HOUR, "answered"))
    assert found.examples == [
        f"double_dials: {ANNA} at {MONDAY + HOUR} after no_answer until {MONDAY + timedelta(seconds=30)}"
    ]
