"""What a campaign achieved, counted; and who is being called just now."""

import csv
import json
import re
from collections import Counter
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook
from queue_world import BUSY, CONFIRMS, SILENT, Does, World
from sqlalchemy import select

from voicebot.errors import CampaignError, ListError
from voicebot.outbound import export, progress, report, report_page, words
from voicebot.outbound.contact_lines import contact_lines
from voicebot.outbound.formats import Format
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
    assert (made.state, made.contacts, made.called, made.reached) == (CampaignState.FINISHED, 6, 6, 4)
    assert made.results == {Result.CONFIRMED: 3, Result.CANCELLED: 1}
    assert made.states == {ContactState.DONE: 4, ContactState.GIVEN_UP: 2}
    assert (made.total.calls, made.total.answered) == (7, 3)  # Anna and the silent one twice
    assert made.total.answer_rate == pytest.approx(3 / 7)
    assert made.tries_per_contact == {1: 4, 2: 2}
    assert made.mean_tries == pytest.approx(8 / 6)


async def test_tries_and_hours_add_up_to_the_total(made: Report) -> None:
    assert {no: (tally.calls, tally.answered) for no, tally in made.by_try.items()} == {1: (5, 2), 2: (2, 1)}
    assert made.by_try[2].results == {Result.CONFIRMED: 1}
    assert made.by_hour.keys() == {9, 12}  # half past nine in Moscow; who did not answer, in the afternoon
    for parts in (made.by_try, made.by_hour):
        assert sum(tally.calls for tally in parts.values()) == made.total.calls
        assert sum((tally.results for tally in parts.values()), start=Counter()) == made.total.results


async def test_hours_are_those_of_the_clinic(world: World, made: Report) -> None:
    with world.database.sync_read() as session:
        there = report.make(session, "c", ZoneInfo("Asia/Kolkata"))  # half an hour beside the full ones
    assert 12 in there.by_hour and 9 not in there.by_hour
    assert there.total.results == made.total.results


async def test_handling_time_counts_talks_only(made: Report) -> None:
    assert made.handling_time is not None
    assert (made.handling_time.median, made.handling_time.p90) == (60, 120)
    assert made.handling_time.mean == pytest.approx(70)


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
        lines = list(contact_lines(session, made.id))
    assert (made.total.calls, made.total.answer_rate) == (1, 1.0)
    assert made.total.outcomes[Outcome.CONGESTION] == 1
    assert made.by_try.keys() == {1}
    assert [line.end.attempts for line in lines] == [2]


async def test_what_was_said_last_is_a_contacts_result(world: World) -> None:
    later = Does(result=Result.CALLBACK_REQUESTED, callback=timedelta(hours=2))
    world.phones.script = {ANNA: [later, CONFIRMS]}
    await world.campaign([ANNA], policy=Policy(per_day=5))
    await world.run()
    with world.database.sync_read() as session:
        made = report.make(session, "c", MOSCOW)
    assert made.results == {Result.CONFIRMED: 1}
    assert made.total.results == {Result.CONFIRMED: 1, Result.CALLBACK_REQUESTED: 1}


async def test_a_campaign_that_nobody_was_called_in_has_a_report_too(world: World, tmp_path: Path) -> None:
    await world.campaign([ANNA])
    with world.database.sync_read() as session:
        made = report.make(session, "c", MOSCOW)
        assert (made.contacts, made.reached, made.total.answer_rate, made.handling_time) == (1, 0, None, None)
        assert len(list(contact_lines(session, made.id))) == 1
        with pytest.raises(CampaignError, match="campaign list"):
            report.make(session, "другая", MOSCOW)
    for form in (Format.CSV, Format.XLSX, Format.JSON, Format.HTML):
        export.write_report(tmp_path / f"report.{form}", made, form)


async def test_the_page_shows_the_figures_of_the_json_and_loads_nothing(made: Report, tmp_path: Path) -> None:
    made.name = "<b>ноябрь</b>"
    export.write_report(tmp_path / "report.html", made, Format.HTML)
    page, told = (tmp_path / "report.html").read_text(encoding="utf-8"), json.loads(json.dumps(made.as_json()))
    assert "&lt;b&gt;ноябрь" in page and "<b>ноябрь" not in page
    assert not re.search(r"<script|src=|href=|@import|url\(|https?://", page)

    root = ElementTree.fromstring("<body>" + page.split("<body>")[1].split("</html>")[0])  # well-formed
    tables = [[["".join(cell.itertext()) for cell in row] for row in table] for table in root.iter("table")]
    hours, tries, outcomes, states = tables
    for rows, tallies in ((hours[1:], told["by_hour"]), (tries[1:], told["by_try"])):
        shown = {row[0].lstrip("0"): (row[2], row[3], row[4]) for row in rows}
        assert shown == {
            key: (str(one["calls"]), str(one["answered"]), report_page.percent(one["answer_rate"]))
            for key, one in tallies.items()
        }
    assert dict(map(tuple, outcomes))["ответил"] == str(told["total"]["answered"])
    assert dict(map(tuple, states)) == {
        words.CONTACTS[ContactState(key)]: str(no) for key, no in told["states"].items()
    }
    figures = [tile.findtext("b") for tile in root.iterfind(".//div[@class='tile']")]
    assert figures == ["6", "4", "3", "1", "43 %", "70 с", "1,3"]
    legend = ["".join(item.itertext()) for item in root.iter("li")]
    assert legend == ["придёт — 3 (75 %)", "отменил — 1 (25 %)"]


async def test_the_bars_are_as_long_as_their_figures(made: Report) -> None:
    page = report_page.page(made)
    root = ElementTree.fromstring("<body>" + page.split("<body>")[1].split("</html>")[0])
    results, *bars = ([float(rect.get("width", 0)) for rect in chart] for chart in root.iter("svg"))
    assert results == [75, 25]
    assert bars[-2:] == [[100, 40], [40, 20]]  # by try: 5 calls, 2 answered; 2 calls, 1 answered


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [(0, 9, "0 %"), (1, 900, "менее 1 %"), (1, 3, "33 %"), (899, 900, "более 99 %"), (9, 9, "100 %"), (0, 0, "—")],
)
def test_a_share_that_is_not_nothing_is_not_called_so(part: int, whole: int, shown: str) -> None:
    assert report_page.percent(part, whole) == shown


def test_long_numbers_are_read_by_thousands() -> None:
    assert [report_page.number(count) for count in (999, 12_345)] == ["999", "12\N{NO-BREAK SPACE}345"]


async def test_figures_as_a_table_for_excel(made: Report, tmp_path: Path) -> None:
    export.write_report(tmp_path / "report.csv", made, Format.CSV)
    lines = (tmp_path / "report.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines[1].startswith("всего;7;3;43%;3;1;0;0;0;0")
    assert [line.split(";")[:2] for line in lines[2:4]] == [["попытка 1", "5"], ["попытка 2", "2"]]


async def test_files_hold_every_contact_and_excel_runs_nothing(world: World, made: Report, tmp_path: Path) -> None:
    await _visit(world, reason="=HYPERLINK(1)")
    with world.database.sync_read() as session:
        for file in ("contacts.csv", "contacts.xlsx"):
            export.write_contacts(tmp_path / file, made, contact_lines(session, made.id), MOSCOW)
    with (tmp_path / "contacts.csv").open(encoding="utf-8-sig", newline="") as stream:
        lines = list(csv.DictReader(stream, delimiter=";"))
    assert len(lines) == 6
    assert lines[0] | {"Причина": "'=HYPERLINK(1)", "Дата приёма": "24.11.2026", "Время": "15:30"} == lines[0]
    assert (lines[0]["Итог"], lines[0]["Попыток"], lines[0]["Состояние"]) == ("придёт", "2", "закончен")
    assert (lines[4]["Последний звонок"], lines[4]["Итог"]) == ("не ответил", "")
    assert lines[0]["Когда"].startswith("23.11.2026 ")

    book = load_workbook(tmp_path / "contacts.xlsx")
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
    with pytest.raises(ListError, match="нельзя записать"):
        export.write_csv(tmp_path / "nowhere" / "contacts.csv", (), [])


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
