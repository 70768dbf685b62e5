"""What a campaign achieved, counted; and who is being called just now."""

import csv
import json
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook
from queue_world import BUSY, CONFIRMS, SILENT, Does, World
from sqlalchemy import select

from voicebot.errors import CampaignError, ListError
from voicebot.outbound import export, progress, report, words
from voicebot.outbound.policy import Policy
from voicebot.outbound.queue import Claim
from voicebot.outbound.report import Report
from voicebot.outcomes import Outcome, Result
from voicebot.store.tables import Appointment, AppointmentStatus, Attempt, CampaignState, Contact, ContactState, Number

MOSCOW = ZoneInfo("Europe/Moscow")
ANNA, MOTHER, BORIS, NOBODY, NOWHERE = (f"+7916000000{no}" for no in range(5))


@pytest.fixture
async def made(world: World) -> Report:
    """Anna is busy first, a mother is asked about two children, Boris cancels, two are never reached."""
    world.phones.script = {
        ANNA: [BUSY, CONFIRMS],
        MOTHER: [CONFIRMS],
        BORIS: [Does(result=Result.CANCELLED)],
        NOBODY: [SILENT],
        NOWHERE: [Does(outcome=Outcome.INVALID_NUMBER)],
    }
    await world.campaign([ANNA, MOTHER, MOTHER, BORIS, NOBODY, NOWHERE], policy=Policy(max_attempts=2))
    await world.run()
    await _answered(world, {ANNA: 60, MOTHER: 120, BORIS: 30})
    with world.database.sync_read() as session:
        return report.make(session, "c", MOSCOW)


async def _answered(world: World, seconds: dict[str, float]) -> None:
    """Write down how long the talks were: the world's clock goes in minutes."""
    async with world.database.write() as session:
        query = select(Attempt, Number.e164).join(Number, Number.id == Attempt.number_id)
        for attempt, number in await session.execute(query.where(Attempt.outcome == Outcome.ANSWERED)):
            attempt.answered_at = attempt.ended_at - timedelta(seconds=seconds[number])


async def test_contacts_are_counted_once_and_calls_each(made: Report) -> None:
    assert (made.state, made.contacts, len(made.ends), made.reached) == (CampaignState.FINISHED, 6, 6, 4)
    assert made.results == {Result.CONFIRMED: 3, Result.CANCELLED: 1}
    assert (made.total.calls, made.total.answered) == (7, 3)  # Anna and the silent one twice
    assert made.total.answer_rate == pytest.approx(3 / 7)


async def test_tries_and_hours_add_up_to_the_total(made: Report) -> None:
    assert {no: (tally.calls, tally.answered) for no, tally in made.by_try.items()} == {1: (5, 2), 2: (2, 1)}
    assert made.by_try[2].results == {Result.CONFIRMED: 1}
    assert {9, 11} <= made.by_hour.keys()  # half past nine in Moscow, and two hours after nobody answered
    for parts in (made.by_try, made.by_hour):
        assert sum(tally.calls for tally in parts.values()) == made.total.calls
        assert sum((tally.results for tally in parts.values()), start=type(made.results)()) == made.total.results


async def test_handling_time_counts_talks_only(made: Report) -> None:
    assert made.handling_time is not None
    assert made.handling_time.median == 60
    assert made.handling_time.mean == 70


async def test_json_can_be_written(made: Report) -> None:
    shown = json.loads(json.dumps(made.as_json()))
    assert shown["by_try"]["1"] == {
        "calls": 5,
        "answered": 2,
        "answer_rate": 0.4,
        "results": {"cancelled": 1, "confirmed": 2},
    }


async def test_calls_that_no_subscriber_noticed_do_not_spoil_the_answer_rate(world: World) -> None:
    world.phones.script = {ANNA: [Does(outcome=Outcome.CONGESTION), CONFIRMS]}
    await world.campaign([ANNA])
    await world.run()
    with world.database.sync_read() as session:
        made = report.make(session, "c", MOSCOW)
    assert (made.total.calls, made.total.answer_rate) == (1, 1.0)
    assert made.by_try.keys() == {1}
    assert [end.attempts for end in made.ends.values()] == [2]


async def test_a_campaign_that_nobody_was_called_in_has_a_report_too(world: World) -> None:
    await world.campaign([ANNA])
    with world.database.sync_read() as session:
        made = report.make(session, "c", MOSCOW)
        assert (made.contacts, made.reached, made.total.answer_rate, made.handling_time) == (1, 0, None, None)
        assert len(list(report.contact_lines(session, made))) == 1
        with pytest.raises(CampaignError, match="campaign list"):
            report.make(session, "другая", MOSCOW)


async def test_files_hold_every_contact_and_excel_runs_nothing(world: World, made: Report, tmp_path: Path) -> None:
    await _visit(world, reason="=HYPERLINK(1)")
    with world.database.sync_read() as session:
        rows = [export.contact_row(line, MOSCOW) for line in report.contact_lines(session, made)]
    export.write_csv(tmp_path / "contacts.csv", rows)
    with (tmp_path / "contacts.csv").open(encoding="utf-8-sig", newline="") as stream:
        lines = list(csv.DictReader(stream, delimiter=";"))
    assert len(lines) == 6
    assert lines[0] | {"Причина": "'=HYPERLINK(1)", "Дата приёма": "24.11.2026", "Время": "15:30"} == lines[0]
    assert (lines[0]["Итог"], lines[0]["Попыток"], lines[0]["Состояние"]) == ("придёт", "2", "закончен")
    assert (lines[4]["Последний звонок"], lines[4]["Итог"]) == ("не ответил", "")

    export.write_xlsx(tmp_path / "report.xlsx", made, rows)
    book = load_workbook(tmp_path / "report.xlsx")
    cell = next(cell for row in book["Контакты"].iter_rows() for cell in row if cell.value == "=HYPERLINK(1)")
    assert cell.data_type == "s"
    assert [cell.value for cell in book["Итоги"][2]][:3] == ["всего", 7, 3]


async def _visit(world: World, reason: str) -> None:
    """The first contact is about a visit that was cancelled."""
    async with world.database.write() as session:
        contact = await session.get_one(Contact, 1)
        visit = Appointment(
            patient_id=contact.patient_id,
            specialty="кардиолог",
            starts_at=(world.time.now().replace(year=2026, month=11, day=24, hour=15, minute=30)),
            zone="Europe/Moscow",
            status=AppointmentStatus.CANCELLED,
            cancel_reason=reason,
            created_at=world.time.now(),
        )
        session.add(visit)
        await session.flush()
        contact.appointment_id = visit.id


async def test_a_report_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    with pytest.raises(ListError, match="отчёт нельзя записать"):
        export.write_csv(tmp_path / "nowhere" / "contacts.csv", [])


async def test_progress_shows_calls_under_way_and_the_last_ones_masked(world: World, made: Report) -> None:
    campaign = await world.campaign([ANNA], name="d", policy=Policy(per_day=9, rest=timedelta(0)))
    world.time.moment += timedelta(hours=2)
    assert isinstance(await world.claim(campaign, "now"), Claim)
    at = world.time.now()
    async with world.database.read() as session:
        seen = await progress.look(session, "d")
        [call] = seen.calling
        assert (call.number, call.trunk, call.since, call.turns) == ("+7916*****00", "t", at, 0)
        before = await progress.look(session, "c", last=3)
    assert before.calling == [] and len(before.ended) == 3
    assert [one.ended_at for one in before.ended] == sorted((one.ended_at for one in before.ended), reverse=True)


async def test_progress_shows_a_result_for_each_patient_of_a_call(world: World, made: Report) -> None:
    async with world.database.read() as session:
        seen = await progress.look(session, "c")
        mothers = [one for one in seen.ended if len(one.results) == 2]
    assert [one.results for one in mothers] == [(Result.CONFIRMED, Result.CONFIRMED)]


def test_everything_that_can_happen_has_a_name_for_people() -> None:
    for names, members in (
        (words.OUTCOMES, Outcome),
        (words.RESULTS, Result),
        (words.CAMPAIGNS, CampaignState),
        (words.CONTACTS, ContactState),
    ):
        assert set(names) == set(members)
        assert len(set(names.values())) == len(names)
