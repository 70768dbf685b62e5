"""What a case of assistance holds, whatever becomes of the call."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta

import phonenumbers.shortnumberinfo as short_numbers
import pytest
from sqlalchemy import select

from voicebot.app.trial_store import FixedClock
from voicebot.config import Clinic
from voicebot.dialog import catalog, emergency, variables
from voicebot.dialog.conversation import Conversation
from voicebot.dialog.engine import Dialog
from voicebot.dialog.ports import PolicyChecker
from voicebot.dialog.scripted import ScriptedLine
from voicebot.dialog.talk import Talk
from voicebot.errors import HungUp, OutsideError
from voicebot.outcomes import Outcome
from voicebot.store import consents, policies, talks
from voicebot.store.database import Database
from voicebot.store.policies import PolicyCheck, PolicyView, Standing
from voicebot.store.tables import Case, CaseStage, ConsentKind, Direction, Insurer, Outbox, Policy, Task
from voicebot.store.writes import Write, write_all

MOBILE = "+79161234567"
BORN = date(1970, 1, 15)
TOLD = ["болит зуб", "в анталье", "мне", "12345", "15011970", "да"]
Now = Callable[[], datetime]


async def call(
    database: Database, now: Now, says: Sequence[str], *, caller: str = MOBILE, insurers: PolicyChecker | None = None
) -> tuple[Case, ScriptedLine]:
    """Somebody calls, says this and hangs up; gives the case, and the line."""
    line = ScriptedLine(answers=says, call_id="a1")
    about = {"direction": Direction.INBOUND, "number": caller, "dialled": "", "scenario": "assistance_case"}
    async with database.write() as session:
        await talks.open_call(session, call_id="a1", started_at=now(), **about)  # type: ignore[arg-type]
    talk = Talk(line=line, database=database, clock=FixedClock(now()), number=caller, insurers=insurers)
    known = {"clinic": variables.of_clinic(Clinic(messenger="Телеграм"))}
    with suppress(HungUp):
        await Conversation(Dialog(catalog.find("assistance_case"), known, now=now), talk).run()
    over = {"call_id": "a1", "ended_at": now(), "outcome": Outcome.ANSWERED}
    async with database.write() as session:
        await write_all(session, [Write(what="close", data=over)])
        (case,) = await session.scalars(select(Case))
        return case, line


async def insure(database: Database, number: str = "АБ12345", insurer: str = "Альфа") -> None:
    async with database.write() as session:
        company = Insurer(code=insurer, name=insurer)
        session.add(company)
        await session.flush()
        term = {"valid_from": date(2020, 1, 1), "valid_to": date(2039, 1, 1)}
        holder = {"holder": "Петров Пётр", "name_key": "петров петр", "birth_date": BORN}
        session.add(Policy(insurer_id=company.id, number=number, **holder, **term))


async def test_whoever_hangs_up_early_leaves_a_case_with_all_they_said_and_a_task_due_soon(
    database: Database, now: Now
) -> None:
    case, _ = await call(database, now, ["болит зуб", "мы в анталье", "мужу", "<unknown>", "12345"])
    assert (case.stage, case.complaint, case.country, case.place) == (CaseStage.NEW, "болит зуб", "TR", "Анталья")
    assert (case.policy_number, case.number, case.data["whose"]) == ("12345", MOBILE, "other")
    async with database.read() as session:
        (task,) = await session.scalars(select(Task))
    assert (task.kind, task.about, task.due_at) == ("case", {"case": case.id}, now() + timedelta(minutes=5))


async def test_the_operator_is_told_the_number_of_the_case(database: Database, now: Now) -> None:
    case, line = await call(database, now, ["болит зуб", "в турции", "оператора"])
    assert [handover.facts for handover in line.handovers] == [{"case": str(case.id)}]
    assert case.country == "TR"


async def test_a_registered_case_knows_its_policy_and_the_insured_person(database: Database, now: Now) -> None:
    await insure(database)
    case, line = await call(database, now, [*TOLD, "да", "нет", "нет"])
    assert (case.stage, case.insured, case.birth_date) == (CaseStage.REGISTERED, "Петров Пётр", BORN)
    assert (case.data["policy_confirmed"], case.data["policy_check"]["insurer"]) == (True, "Альфа")
    assert case.policy_id is not None and not line.handovers


async def test_who_goes_to_the_messenger_agreed_provably_and_the_wish_waits_in_the_outbox(
    database: Database, now: Now
) -> None:
    await insure(database)
    case, _ = await call(database, now, [*TOLD, "нет", "89261112233", "да", "да", "нет"])
    async with database.read() as session:
        assert await consents.given_at(session, ConsentKind.MESSAGES, number="+79261112233") == now()
        wanted = await session.scalar(select(Outbox.payload).where(Outbox.topic == "messenger.wanted"))
    assert wanted == {"call_id": "a1", "case_id": case.id, "number": "+79261112233"}


async def test_who_calls_from_a_local_card_in_danger_is_told_the_number_of_that_country_without_a_question(
    database: Database, now: Now
) -> None:
    case, line = await call(database, now, ["вызовите скорую"], caller="+66812345678")
    assert (case.red_flag, case.country) == (True, "TH")
    assert len(line.listened) == 1 and "один шесть шесть девять" in " ".join(line.said)


async def test_an_insured_persons_name_is_never_made_of_words_that_were_no_name(database: Database, now: Now) -> None:
    case, _ = await call(database, now, ["болит зуб", "в анталье", "мне", "нет полиса", "не скажу", "да"])
    assert (case.insured, case.data["insured"], case.data["policy_confirmed"]) == ("", "не скажу", False)


class Insurance:
    """An insurer that answers, or does not."""

    def __init__(self, answer: PolicyCheck | None) -> None:
        self.answer, self.asked = answer, ""

    async def check(self, number: str, *, birth_date: date | None, country: str) -> PolicyCheck:
        self.asked = f"{number} {birth_date} {country}"
        if self.answer is None:
            raise OutsideError("no answer", place="insurer")
        return self.answer


@pytest.mark.parametrize(
    ("answer", "standing"),
    [(PolicyCheck(standing=Standing.OTHER_INSURER, insurer="Омега"), "other_insurer"), (None, "valid")],
    ids=["answers", "is silent"],
)
async def test_the_insurer_is_asked_first_and_the_local_list_when_there_is_no_answer(
    database: Database, now: Now, answer: PolicyCheck | None, standing: str
) -> None:
    await insure(database)
    insurance = Insurance(answer)
    case, _ = await call(database, now, TOLD, insurers=insurance)
    assert insurance.asked == "12345 1970-01-15 TR"
    assert case.data["policy_check"]["standing"] == standing


async def test_a_policy_is_found_by_its_digits_where_the_letters_were_misheard_and_the_birth_date_agrees(
    database: Database, now: Now
) -> None:
    await insure(database, "AB12345")  # Latin letters
    async with database.read() as session:
        found = [len(await policies.find(session, said, birth_date=BORN)) for said in ("АБ12345", "12345", "АБ1234")]
        assert found == [1, 1, 0]
        assert await policies.find(session, "12345", birth_date=date(1971, 1, 15)) == []


def policy(number: int, *, born: date | None = BORN, until: int = 2026, where: str = "") -> PolicyView:
    return PolicyView(
        id=number,
        number="1",
        insurer="Альфа",
        holder="Петров",
        birth_date=born,
        valid_from=date(2025, 1, 1),
        valid_to=date(until, 12, 31),
        territory=frozenset(where.split()),
        programme="",
        deductible=None,
        currency="",
        vip=False,
        hints="",
    )


@pytest.mark.parametrize(
    ("found", "born", "expected"),
    [
        ([], BORN, ("unknown", False, None)),
        ([policy(1)], BORN, ("valid", True, 1)),
        ([policy(1)], None, ("valid", False, 1)),
        ([policy(1, born=None)], BORN, ("valid", False, 1)),
        ([policy(1)], date(1971, 1, 1), ("other_person", False, None)),
        ([policy(1, until=2025)], BORN, ("not_in_force", True, 1)),
        ([policy(1, where="GE")], BORN, ("outside", True, 1)),
        ([policy(1, until=2025), policy(2)], BORN, ("valid", True, 2)),
        ([policy(1, born=None), policy(2)], BORN, ("valid", True, 2)),
    ],
)
def test_a_policy_is_judged_by_person_day_and_country(
    found: list[PolicyView], born: date | None, expected: tuple[str, bool, int | None]
) -> None:
    check = policies.judge(found, birth_date=born, country="TR", day=date(2026, 11, 23))
    assert (check.standing, check.certain, check.policy_id) == expected


def test_every_emergency_number_is_one_in_its_country() -> None:
    default, countries = emergency.numbers()
    strange = {
        code: number for code, number in countries.items() if not short_numbers.is_emergency_number(number, code)
    }
    assert set(strange) <= {"UZ"}  # 103 there, as everywhere between Minsk and Bishkek; the library knows 03 and 003
    assert default == emergency.number("TR") == emergency.number("") == "112"
    assert [emergency.country_of(number) for number in ("+66812345678", MOBILE, "101", "")] == ["TH", "", "", ""]
