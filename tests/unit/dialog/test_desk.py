"""Who serves a caller, and when."""

from datetime import date, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import ValidationError

from voicebot.app import desk
from voicebot.config import Clinic, Operators, Settings
from voicebot.dialog import desk_actions
from voicebot.dialog.talk import Talk
from voicebot.errors import ConfigError
from voicebot.store.database import Database
from voicebot.store.operations import OperationKey
from voicebot.store.tables import Insurer, Number, Patient, PatientNumber, Policy

NUMBER = "+79161234567"
WORKDAYS = {"mon-fri": "08:00-20:00", "sat": "09:00-15:00"}


@pytest.mark.parametrize(
    ("when", "operators", "clinic", "is_open"),
    [
        ("2026-11-22T03:00", {}, {}, True),  # round the clock, unless somebody says otherwise
        ("2026-11-23T08:00", {"hours": WORKDAYS}, {}, True),
        ("2026-11-23T07:59", {"hours": WORKDAYS}, {}, False),
        ("2026-11-23T20:00", {"hours": WORKDAYS}, {}, False),
        ("2026-11-22T12:00", {"hours": WORKDAYS}, {}, False),
        ("2026-11-04T12:00", {"hours": WORKDAYS}, {}, True),  # a holiday is a Wednesday where nothing is said of it
        ("2026-11-04T12:00", {"hours": WORKDAYS, "holidays": "closed"}, {}, False),
        ("2026-11-04T12:00", {"hours": WORKDAYS, "holidays": "closed"}, {"open_days": [date(2026, 11, 4)]}, True),
        ("2026-11-23T12:00", {"hours": WORKDAYS}, {"closed_days": [date(2026, 11, 23)]}, False),
        ("2026-11-23T08:00", {"hours": WORKDAYS}, {"timezone": "Asia/Novosibirsk"}, True),
    ],
)
def test_operators_work_by_their_hours_and_the_clinics_calendar(
    when: str, operators: dict[str, Any], clinic: dict[str, Any], is_open: bool
) -> None:
    settings = Settings(operators=Operators(**operators), clinic=Clinic(**clinic))
    assert desk.is_open(settings, datetime.fromisoformat(when).replace(tzinfo=settings.clinic.zone)) is is_open


def test_hours_that_are_none_are_named() -> None:
    with pytest.raises(ConfigError, match="no weekday") as raised:
        desk.is_open(Settings(operators=Operators(hours={"someday": "08:00-20:00"})), datetime.now().astimezone())
    assert raised.value.place == "operators.hours"
    with pytest.raises(ValidationError):
        Operators(holidays="perhaps")  # type: ignore[arg-type]


GROWN, CHILD = date(1980, 5, 2), date(2015, 6, 7)


@pytest.mark.parametrize(
    ("born", "zone", "vip", "expected"),
    [
        ([], None, None, ("adult", "")),
        ([GROWN], "Europe/Moscow", None, ("adult", "")),
        ([GROWN, CHILD], None, None, ("adult", "")),
        ([CHILD, CHILD], None, None, ("child", "")),
        ([None], None, None, ("adult", "")),
        ([GROWN], "Asia/Novosibirsk", None, ("regional", "")),
        ([GROWN], "Europe/Minsk", None, ("adult", "")),  # the same time of day
        ([GROWN], None, False, ("adult", "5")),
        ([CHILD], None, True, ("child", "10")),
    ],
)
async def test_a_callers_group_and_priority_are_told_by_who_has_the_number_and_how_they_are_insured(
    database: Database, born: list[date | None], zone: str | None, vip: bool | None, expected: tuple[str, str]
) -> None:
    at = datetime(2026, 11, 23, 10, 0, tzinfo=Clinic().zone)
    async with database.write() as session:
        number = Number(e164=NUMBER, zone=zone)
        insurer = Insurer(code="a", name="Альфа")
        people = [Patient(surname=f"П{i}", name="О", name_key=f"п{i} о", birth_date=day) for i, day in enumerate(born)]
        for one in people:
            one.created_at = at
        session.add_all([number, insurer, *people])
        await session.flush()
        session.add_all(PatientNumber(patient_id=one.id, number_id=number.id) for one in people)
        if vip is not None:
            whose = {"holder": "П0 О", "name_key": "п0 о", "birth_date": born[0], "vip": vip}
            term = {"valid_from": date(2026, 1, 1), "valid_to": date(2026, 12, 31)}
            session.add(Policy(insurer_id=insurer.id, number="1", **whose, **term))
    line, clock = SimpleNamespace(call_id="c1"), SimpleNamespace(now=lambda: at)
    talk = Talk(line=line, database=database, clock=clock, number=NUMBER)  # type: ignore[arg-type]
    done = await desk_actions.choose_group(talk, OperationKey(call_id="c1", turn=1, action=1), {})
    assert (done.values["group"], done.values["priority"]) == expected
