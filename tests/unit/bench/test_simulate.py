"""A simulated campaign keeps every rule, and the checker sees it when one is broken."""

import json
import random
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from voicebot.bench.campaign import people, population, summary
from voicebot.bench.campaign.conductor import Crash, Dies
from voicebot.bench.campaign.network import Invite, Network, What
from voicebot.bench.campaign.people import Subscriber
from voicebot.bench.campaign.simulate import Plan, Simulated, simulate
from voicebot.bench.campaign.tally import Tally
from voicebot.bench.checker import Record, check, read_records
from voicebot.bench.checker_rules import Rules
from voicebot.bench.postgresql import Server
from voicebot.errors import ConfigError
from voicebot.outbound.policy import Policy
from voicebot.outcomes import Outcome, Result

MOSCOW = ZoneInfo("Europe/Moscow")
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=MOSCOW)
ANNA, NOBODY = "+79000000001", "+79000000002"


def plan(rows: int, *, nodes: int = 1, crashes: Sequence[str] = (), url: str = "", records: Path | None = None) -> Plan:
    return Plan(
        rows=rows,
        lines=5,
        policy=Policy(lines=5, calls_per_second=5, max_attempts=3),
        zone=MOSCOW,
        start=MONDAY,
        calls_per_second=5,
        nodes=nodes,
        crashes=[Crash.read(one) for one in crashes],
        url=url,
        records=records,
    )


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Simulated:
    return simulate(plan(40, records=tmp_path_factory.mktemp("calm") / "calls.jsonl"))


def test_a_campaign_without_accidents_ends_and_breaks_no_rule(calm: Simulated) -> None:
    assert calm.violations.as_json() == {"double_dials": 0, "forgotten": 0, "caps": 0, "windows": 0}
    assert (calm.ended, calm.plan.rows) == (40, 40)
    assert calm.tally.calls > 40 > calm.tally.reached > 20
    assert 1 < calm.peak <= 5


def test_json_is_what_was_promised(calm: Simulated) -> None:
    shown = json.loads(json.dumps(calm.as_json()))
    assert list(shown) == ["contacts", "ended", "attempts", "virtual_days", "reached", "violations", "seconds"]
    assert shown["virtual_days"] > 0.01


def test_an_administrator_reads_how_long_it_takes_over_so_many_lines(calm: Simulated) -> None:
    told = summary.text(calm)
    assert told.startswith("Список из 40 закончится за ")
    assert "при 5 линиях." in told.splitlines()[0]
    assert "звонков раньше паузы 0, забытых 0, сверх лимитов 0, вне разрешённых часов 0" in told


def test_the_checker_sees_a_call_smuggled_into_the_records_of_a_simulation(calm: Simulated) -> None:
    assert calm.plan.records is not None
    records = list(read_records(calm.plan.records))
    first = records[0]
    drawn = population.draw(calm.plan.people, 40, start=MONDAY, seed=1)
    listed = list(population.listed(drawn, "simulation"))
    rules = {"simulation": Rules.read(calm.plan.policy.model_dump(mode="json"))}
    assert check(records, listed, rules).total == 0
    assert check([*records, first], listed, rules).double_dials == 1
    forgotten = [record for record in records if record.contacts != first.contacts]
    assert check(forgotten, listed, rules).forgotten == len(first.contacts or ())


@pytest.mark.slow
def test_a_robot_that_is_killed_again_and_again_calls_nobody_twice_and_forgets_nobody() -> None:
    ended = simulate(plan(30, crashes=["robot@5", "robot@17", "robot@31"]))
    assert ended.violations.total == 0, ended.violations.examples
    assert ended.ended == 30


@pytest.mark.slow
def test_of_two_nodes_on_one_postgresql_one_dies_and_its_calls_are_taken_over(server: Server, tmp_path: Path) -> None:
    url, file = server.url(server.create()), tmp_path / "calls.jsonl"
    ended = simulate(plan(40, nodes=2, crashes=["node@12", "robot@30"], url=url, records=file))
    assert ended.violations.total == 0, ended.violations.examples
    assert (ended.ended, ended.peak <= 5) == (40, True)
    assert {record.node for record in read_records(file)} == {"node1", "node2"}
    with pytest.raises(ConfigError, match="in use"):
        simulate(plan(1, url=url))


def test_a_crash_is_written_as_what_and_when() -> None:
    assert Crash.read("node@2000") == Crash(Dies.NODE, 2000)
    with pytest.raises(ConfigError, match="robot@500"):
        Crash.read("asterisk")


def telephones(records: list[dict[str, object]]) -> Network:
    known = {
        ANNA: Subscriber(kind="worker", zone="Europe/Moscow", exists=True),
        NOBODY: Subscriber(kind="worker", zone="Europe/Moscow", exists=False),
    }
    rules = people.load()
    always = {"answers": {0: 1.0}, "share": 1.0}
    kinds = {"worker": rules.kinds["worker"].model_copy(update=always)}
    willing = rules.model_copy(update={"kinds": kinds, "talks": {Result.CONFIRMED: 1.0}, "congestion": 0.0})
    return Network(willing, known, seed=1, record=records.append)


def invite(attempt: str, number: str) -> Invite:
    return Invite(attempt=attempt, number=number, campaign="c", contacts=(1,), longest_ring=30)


def test_a_telephone_rings_answers_says_and_hangs_up_and_keeps_a_record() -> None:
    records: list[dict[str, object]] = []
    city = telephones(records)
    city.invite("n1", invite("a", ANNA), MONDAY)
    heard = []
    while (at := city.next_at) is not None:
        heard += [event.what for event in city.happen(at)["n1"]]
    city.flush()
    assert heard == [What.ANSWERED, What.SAID, What.ENDED]
    assert records[0]["talks"] == [{"contact": 1, "result": "confirmed", "callback_at": None}]
    assert city.evidence("a") is Outcome.ANSWERED


def test_calls_of_a_dead_node_end_and_others_go_on() -> None:
    records: list[dict[str, object]] = []
    city = telephones(records)
    city.invite("n1", invite("a", ANNA), MONDAY)
    city.invite("n2", invite("b", NOBODY), MONDAY)
    assert city.cut("n1", MONDAY + timedelta(seconds=1)) == 1
    city.flush()
    assert (records[0]["outcome"], records[0]["cut"]) == ("cancelled", True)
    assert city.evidence("a") is Outcome.CANCELLED
    assert city.evidence("never dialled") is Outcome.NOT_DIALLED
    assert city.calls == 1
    city.happen(MONDAY + timedelta(minutes=1))
    city.flush()
    assert (records[1]["outcome"], records[1]["cut"]) == ("invalid_number", False)


def test_a_robot_that_dies_of_the_end_of_a_call_may_not_know_how_it_ended() -> None:
    records: list[dict[str, object]] = []
    city = telephones(records)
    city.invite("n1", invite("a", NOBODY), MONDAY)
    city.happen(MONDAY + timedelta(minutes=1))
    assert city.cut("n1", MONDAY + timedelta(minutes=1)) == 0
    city.flush()
    assert (records[0]["outcome"], records[0]["cut"]) == ("invalid_number", True)


def test_people_answer_by_the_hours_of_their_own_zone() -> None:
    rules = people.load()
    dice = random.Random(1)

    def answered(zone: str, hour: int) -> int:
        who = Subscriber(kind="worker", zone=zone, exists=True)
        at = MONDAY.replace(hour=hour)
        calls = [people.conduct(rules, who, [1], at, longest_ring=30, dice=dice) for _ in range(500)]
        return Counter(call.outcome for call in calls)[Outcome.ANSWERED]

    assert answered("Europe/Moscow", 18) > 240 > 190 > answered("Europe/Moscow", 10)
    assert answered("Asia/Vladivostok", 11) > 240  # six in the evening there


def test_a_population_file_that_cannot_be_used_names_its_key(tmp_path: Path) -> None:
    file = tmp_path / "people.yaml"
    file.write_text(people.FILE.read_text(encoding="utf-8").replace("invalid: 0.015", "invalid: 15"), encoding="utf-8")
    with pytest.raises(ConfigError, match="invalid"):
        people.load(file)


def test_lines_in_use_are_counted_over_the_hours_that_a_call_lasts() -> None:
    at = MONDAY.replace(hour=9, minute=59)
    call = Record(
        number=ANNA, campaign="c", at=at, ended_at=at + timedelta(minutes=3), outcome="answered", contacts=(1,)
    )
    tally = Tally.of([call], MOSCOW)
    assert (tally.seconds_by_hour[9], tally.seconds_by_hour[10]) == (60, 120)
    assert tally.occupancy(9, lines=1) == pytest.approx(1 / 60)
