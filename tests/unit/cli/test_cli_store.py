import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cli_command import Invoke

PATIENTS = """ФИО;Телефон;Дата рождения;Номер карты
Иванова Мария Петровна;8 (916) 123-45-67;05.03.1975;К-1
Иванов Пётр;9161234567;;К-2
Сидоров;12-34;;
"""
HOURS = """Врач;Специальность;Подразделение;Адрес;Кабинет;Дни;С;До;Перерыв;Минут
Орлов Олег;Кардиолог;Главный;улица Мира, дом один;кабинет два;пн-вс;9:00;12:00;10:00-11:00;60
Белов Борис;Хирург;Главный;;;понедельник;12:00;9:00;;
"""
POLICIES = """Страховая;Номер полиса;Застрахованный;Начало;Окончание;Территория;Франшиза
Росстрах;аб-123;Иванова Мария;01.11.2026;30.11.2026;TR, GE;50,5
Росстрах;аб-124;Иванова Мария;01.12.2026;30.11.2026;Турция;много
"""


@pytest.fixture
def clinic(invoke: Invoke, tmp_path: Path) -> Invoke:
    """A doctor who receives every day, and two patients of one number."""
    for name, content in (("patients.csv", PATIENTS), ("hours.csv", HOURS)):
        (tmp_path / name).write_text(content)
    assert invoke(["patient", "import", tmp_path / "patients.csv"]).exit_code == 9
    assert invoke(["schedule", "import", tmp_path / "hours.csv", "--days", "7"]).exit_code == 9
    return invoke


def listed(invoke: Invoke, *command: str) -> list[dict[str, object]]:
    result = invoke([*command, "--json"])
    assert result.exit_code == 0, result.output
    return list(json.loads(result.stdout.splitlines()[-1]))


def test_patients_are_loaded_once_and_bad_rows_named_and_kept_apart(clinic: Invoke, tmp_path: Path) -> None:
    again = clinic(["patient", "import", tmp_path / "patients.csv"])
    assert "Строк 3: новых 0, известных 2, с ошибками 1" in again.output
    assert "строка 4: столбец «Телефон», значение «12-34»: такого номера быть не может" in again.output
    assert (tmp_path / "patients.csv.rejected.csv").read_text(encoding="utf-8-sig").count("\n") == 2
    family = listed(clinic, "patient", "find", "--number", "+79161234567")
    assert [one["full_name"] for one in family] == ["Иванова Мария Петровна", "Иванов Пётр"]
    [found] = listed(clinic, "patient", "find", "--born", "05.03.1975")
    assert found["surname"] == "Иванова"
    assert clinic(["patient", "find"]).exit_code == 2
    assert clinic(["patient", "find", "--number", "12"]).exit_code == 2


def test_hours_become_free_times_and_wrong_hours_are_named(clinic: Invoke, tmp_path: Path) -> None:
    assert "конец не позже начала" in (tmp_path / "hours.csv.rejected.csv").read_text(encoding="utf-8-sig")
    [shown] = listed(clinic, "schedule", "show", "орлов")
    assert (shown["hours"], shown["days"], shown["minutes"]) == ("09:00–12:00", "пн вт ср чт пт сб вс", 60)
    free = listed(clinic, "schedule", "slots", "--specialty", "кардиолог", "--limit", "100")
    assert {datetime.fromisoformat(str(slot["starts_at"])).hour for slot in free} == {9, 11}
    assert free[0]["place"] == "улица Мира, дом один, кабинет два"
    again = clinic(["schedule", "import", tmp_path / "hours.csv", "--days", "7"])
    assert "новых 0, известных 1, с ошибками 1" in again.output
    assert listed(clinic, "schedule", "slots", "--limit", "100") == listed(
        clinic, "schedule", "slots", "--limit", "100"
    )


def test_a_visit_is_booked_moved_and_cancelled_by_command(clinic: Invoke) -> None:
    first, second = (str(slot["id"]) for slot in listed(clinic, "schedule", "slots", "--limit", "2"))
    booked = clinic(["schedule", "book", first, "--patient", "1"])
    assert booked.exit_code == 0
    visit = booked.stdout.strip()
    assert clinic(["schedule", "book", first, "--patient", "2"]).exit_code == 1
    assert clinic(["schedule", "move", visit, second]).exit_code == 0
    assert clinic(["schedule", "move", "99", second]).exit_code == 1
    free = [str(slot["id"]) for slot in listed(clinic, "schedule", "slots", "--limit", "2")]
    assert first in free and second not in free
    assert clinic(["schedule", "cancel", visit, "--reason", "заболел"]).exit_code == 0
    assert clinic(["db", "check"]).stdout.strip() == "ok"


def test_free_times_are_asked_for_in_russian_and_the_difference_is_told(clinic: Invoke) -> None:
    assert "ближайшее" in clinic(["schedule", "slots", "--when", "в семь вечера"]).output
    assert "Как просили" in clinic(["schedule", "slots", "--when", "утром"]).output
    assert clinic(["schedule", "slots", "--when", "абракадабра"]).exit_code == 2


def test_a_doctor_away_leaves_tasks_for_the_visits(clinic: Invoke) -> None:
    slot = listed(clinic, "schedule", "slots", "--limit", "1")[0]
    assert clinic(["schedule", "book", str(slot["id"]), "--patient", "1"]).exit_code == 0
    day = datetime.fromisoformat(str(slot["starts_at"]))
    days = (f"{day:%Y-%m-%d}", f"{day + timedelta(days=30):%d.%m.%Y}")
    assert "перенести: 1" in clinic(["schedule", "absent", str(slot["doctor_id"]), *days]).output
    assert listed(clinic, "schedule", "slots") == []
    [task] = listed(clinic, "task", "list")
    assert task["kind"] == "move_visit"
    assert clinic(["task", "take", str(task["id"]), "--by", "анна"]).exit_code == 0
    assert clinic(["task", "take", str(task["id"]), "--by", "борис"]).exit_code == 5
    assert clinic(["task", "done", str(task["id"]), "--by", "анна"]).exit_code == 0
    assert listed(clinic, "task", "list") == []
    assert [one["taken_by"] for one in listed(clinic, "task", "list", "--done")] == ["анна"]


def test_the_waiting_list_is_kept_by_command(clinic: Invoke) -> None:
    wait = ["waitlist", "add", "1", "--specialty", "кардиологу", "--when", "утром, только не в понедельник"]
    entry = clinic(wait).stdout.strip()
    assert clinic(wait).stdout.strip() == entry
    [one] = listed(clinic, "waitlist", "list")
    assert (one["patient_id"], one["specialty"], one["state"]) == (1, "cardiologist", "waiting")


def test_policies_are_loaded_with_all_that_is_wrong_said_at_once(clinic: Invoke, tmp_path: Path) -> None:
    (tmp_path / "policies.csv").write_text(POLICIES)
    result = clinic(["policy", "import", tmp_path / "policies.csv"])
    assert result.exit_code == 9
    assert "новых 1, известных 0, с ошибками 1" in result.output
    for reason in ("полис кончается раньше", "это не коды стран", "это не сумма"):
        assert reason in result.output


def test_cases_are_listed_and_exported_without_running_what_a_caller_said(clinic: Invoke, tmp_path: Path) -> None:
    assert listed(clinic, "case", "list") == []
    assert clinic(["case", "show", "1"]).exit_code == 5
    for name in ("cases.csv", "cases.xlsx"):
        assert "Случаев: 0" in clinic(["case", "export", tmp_path / name]).output
        assert (tmp_path / name).stat().st_size > 0


def test_a_patient_is_forgotten_by_command(clinic: Invoke, tmp_path: Path) -> None:
    result = clinic(["patient", "forget", "1"], "n\n")
    assert result.exit_code == 1
    assert len(listed(clinic, "patient", "find", "--number", "+79161234567")) == 2
    assert clinic(["patient", "forget", "1", "--yes"]).exit_code == 0
    assert [one["id"] for one in listed(clinic, "patient", "find", "--number", "+79161234567")] == [2]
    raw = b"".join(file.read_bytes() for file in (tmp_path / "state").glob("voicebot.db*"))
    assert "Иванова".encode() not in raw and "Иванов".encode() in raw


def test_the_store_is_backed_up_restored_purged_and_checked_by_command(clinic: Invoke, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    assert clinic(["db", "backup", copy]).exit_code == 0
    assert clinic(["db", "backup", copy]).exit_code == 5
    assert clinic(["patient", "forget", "1", "--yes"]).exit_code == 0
    assert clinic(["db", "restore", copy, "--yes"]).exit_code == 0
    assert len(listed(clinic, "patient", "find", "--number", "+79161234567")) == 2
    assert "slots: 0" in clinic(["db", "purge"]).output
    assert clinic(["db", "upgrade"]).exit_code == 0
    (tmp_path / "state").joinpath("voicebot-1.heartbeat").touch()
    assert clinic(["db", "restore", copy, "--yes"]).exit_code == 5


def test_numbers_are_refused_listed_and_freed_by_command(clinic: Invoke, tmp_path: Path) -> None:
    assert clinic(["dnc", "add", "8 916 123-45-67", "--reason", "жалоба"]).exit_code == 0
    assert clinic(["dnc", "add", "+79161234567"]).exit_code == 1
    (tmp_path / "refused.csv").write_text("Телефон;Причина\n9161234568;\n12-34;нет\n")
    result = clinic(["dnc", "import", tmp_path / "refused.csv"])
    assert result.exit_code == 9
    assert "новых 1, известных 0, с ошибками 1" in result.output
    assert (tmp_path / "refused.csv.rejected.csv").exists()
    assert [one["number"] for one in listed(clinic, "dnc", "list")] == ["+79161234568", "+79161234567"]
    [one] = listed(clinic, "dnc", "list", "--number", "9161234567")
    assert str(one["why"]).endswith(": жалоба") and datetime.fromisoformat(str(one["at"])).utcoffset() is not None
    assert clinic(["dnc", "remove", "89161234567"]).exit_code == 0
    assert clinic(["dnc", "remove", "89161234567"]).exit_code == 1
    assert clinic(["dnc", "add", "12-34"]).exit_code == 2


def test_consents_are_loaded_listed_and_withdrawn_by_command(clinic: Invoke, tmp_path: Path) -> None:
    (tmp_path / "agreed.csv").write_text("Телефон;На что;Основание\n9161234567;реклама;анкета 17\n9161234567;;\n")
    assert clinic(["consent", "import", tmp_path / "agreed.csv"]).exit_code == 9
    [one] = listed(clinic, "consent", "list", "--number", "8 916 1234567")
    assert (one["kind"], one["proof"], one["withdrawn_at"]) == ("advertising", "анкета 17", None)
    withdraw = ["consent", "withdraw", "--kind", "реклама", "--number", "9161234567"]
    assert "Отозвано согласий: 1" in clinic(withdraw).output
    assert clinic(withdraw).exit_code == 1
    assert listed(clinic, "consent", "list") == []
    [gone] = listed(clinic, "consent", "list", "--all")
    assert str(gone["withdrawn_by"]).startswith("cli:")
    assert clinic(["consent", "withdraw", "--kind", "реклама"]).exit_code == 2
    assert clinic(["consent", "withdraw", "--kind", "всё", "--number", "9161234567"]).exit_code == 2


def test_who_speaks_for_a_patient_is_told_by_command(clinic: Invoke) -> None:
    assert clinic(["patient", "guardian", "add", "2", "1", "--relation", "мать"]).exit_code == 0
    [mother] = listed(clinic, "patient", "guardian", "list", "2")
    assert (mother["id"], mother["relation"], mother["number"]) == (1, "мать", "+79161234567")
    assert clinic(["patient", "guardian", "add", "2", "9"]).exit_code == 5
    assert clinic(["patient", "guardian", "remove", "2", "1"]).exit_code == 0
    assert clinic(["patient", "guardian", "remove", "2", "1"]).exit_code == 1


def test_who_names_what_is_not_there_is_told_where_ids_are_found(clinic: Invoke) -> None:
    slot = str(listed(clinic, "schedule", "slots", "--limit", "1")[0]["id"])
    for command in (
        ["schedule", "book", slot, "--patient", "99"],
        ["schedule", "book", "9999", "--patient", "1"],
        ["schedule", "slots", "--doctor", "99"],
        ["schedule", "visits", "--patient", "99"],
        ["schedule", "history", "99"],
        ["schedule", "absent", "99", "01.12.2026", "02.12.2026"],
        ["waitlist", "add", "99", "--specialty", "хирург"],
        ["patient", "show", "99"],
    ):
        result = clinic(command)
        assert (result.exit_code, str(result.exception).count("shows ids")) == (5, 1), command


def test_a_visit_is_shown_with_what_to_bring_and_all_that_happened_to_it(clinic: Invoke) -> None:
    first, second = (str(slot["id"]) for slot in listed(clinic, "schedule", "slots", "--limit", "2"))
    visit = clinic(["schedule", "book", first, "--patient", "1"]).stdout.strip()
    clinic(["schedule", "move", visit, second])
    [one] = listed(clinic, "schedule", "visits", "--patient", "1")
    assert (one["patient"], one["doctor"], one["state"]) == ("Иванова Мария Петровна", "Орлов Олег", "booked")
    day = datetime.fromisoformat(str(one["starts_at"]))
    assert listed(clinic, "schedule", "visits", "--day", f"{day:%d.%m.%Y}") == [one]
    assert listed(clinic, "schedule", "visits", "--day", f"{day + timedelta(days=1):%d.%m.%Y}") == []
    clinic(["schedule", "cancel", visit, "--reason", "заболел"])
    told = listed(clinic, "schedule", "history", visit)
    assert [change["what"] for change in told] == ["booked", "moved", "cancelled"]
    assert all(str(change["by"]).startswith("cli:") for change in told)
    for word in ("перенесён", "причина: заболел"):
        assert word in clinic(["schedule", "history", visit]).output
    assert "отменён" in clinic(["schedule", "visits", "--patient", "1"]).output


def test_all_about_a_patient_is_on_one_card(clinic: Invoke, tmp_path: Path) -> None:
    slot = listed(clinic, "schedule", "slots", "--limit", "1")[0]
    clinic(["schedule", "book", str(slot["id"]), "--patient", "2"])
    clinic(["patient", "guardian", "add", "2", "1", "--relation", "мать"])
    clinic(["dnc", "add", "9161234567"])
    (tmp_path / "agreed.csv").write_text("Телефон;На что;Основание\n9161234567;запись;анкета 17\n")
    clinic(["consent", "import", tmp_path / "agreed.csv"])
    card = json.loads(clinic(["patient", "show", "2", "--json"]).stdout)
    assert (card["surname"], card["external_id"]) == ("Иванов", "К-2")
    assert card["numbers"] == [{"number": "+79161234567", "zone": "Europe/Moscow", "do_not_call": True}]
    assert [one["relation"] for one in card["guardians"]] == ["мать"]
    assert [one["proof"] for one in card["consents"]] == ["анкета 17"]
    assert [one["doctor"] for one in card["visits"]] == ["Орлов Олег"]
    for word in ("Иванов", "не звонить", "запись", "мать"):
        assert word in clinic(["patient", "show", "2"]).output


@pytest.mark.parametrize("name", ["refused.csv", "refused.xlsx"])
def test_what_is_listed_can_be_written_into_a_file_and_loaded_again(clinic: Invoke, tmp_path: Path, name: str) -> None:
    clinic(["dnc", "add", "9161234567", "--reason", "=жалоба"])
    assert "Строк: 1" in clinic(["dnc", "list", "--out", tmp_path / name]).output
    clinic(["dnc", "remove", "9161234567"])
    assert "новых 1, известных 0, с ошибками 0" in clinic(["dnc", "import", tmp_path / name]).output
    assert clinic(["dnc", "list", "--out", tmp_path / "nowhere" / name]).exit_code == 4
