"""The fixed workload of `voicebot bench turns`, and what is made of the patients' word."""

from datetime import UTC, datetime

from voicebot.demo.answers.measured import Waits, measure
from voicebot.demo.answers.workload import Kind, Workload
from voicebot.simulator.transcript import Heard, HeardPart, Said
from voicebot.simulator.witness import Witness


def test_in_another_round_nobody_has_the_telephone_or_the_visit_of_the_first() -> None:
    workload = Workload.load()
    members, once = workload.members(3), len(workload.members(1))
    assert len(members) == 3 * once > 0
    assert len({(one.number, one.patient) for one in members}) == len(members)  # a mother of two has one telephone
    assert {one.number for one in members[:once]}.isdisjoint(one.number for one in members[once:])
    assert workload.kind("да это я") is Kind.YES_NO and workload.kind("у меня болит голова") is Kind.FREE


def test_waits_are_told_by_kind_and_an_answer_that_the_robot_speaks_into_is_cut_off() -> None:
    said = [
        Said(text="алло", started=0.0, ended=0.4, is_greeting=True),
        Said(text="да это я", started=5.0, ended=5.8),
        Said(text="да… приду", started=10.0, ended=12.0),
    ]
    heard = [
        _heard("здравствуйте", 0.65, 4.0),
        _heard("вы записаны на приём", 6.1, 9.0),
        _heard("спасибо", 11.0, 11.5),
    ]
    witness = Witness(number="1", caller_id="2", invited=datetime.now(UTC), said=said, heard=heard)
    found = measure([witness], Workload.load())
    assert (found.turns, found.unanswered, found.cut_off) == (2, 1, 0.5)
    assert found.classes == {Kind.YES_NO: Waits(n=1, p50_ms=300, p95_ms=300)}
    assert found.greeting == Waits(n=1, p50_ms=250, p95_ms=250)


def _heard(text: str, started: float, ended: float) -> Heard:
    return Heard(parts=(HeardPart(text=text, started=started, ended=ended),), decided=ended)
