"""`voicebot campaign …` as an administrator types it."""

import json
import os
import pty
import signal
import sys
from pathlib import Path

import pytest
from cli_command import Command, Invoke

from voicebot.errors import CampaignError

HEADER = "Фамилия;Имя;Отчество;Телефон;Дата приёма;Время;Специальность\n"
GOOD = "Иванова;Мария;Петровна;+7 916 123-45-67;24.11.2099;15:30;кардиолог\n"


@pytest.fixture
def listing(tmp_path: Path) -> Path:
    file = tmp_path / "ноябрь.csv"
    file.write_text(HEADER + GOOD, encoding="cp1251")
    return file


def test_a_list_is_loaded_started_and_reported(invoke: Invoke, listing: Path, tmp_path: Path) -> None:
    assert invoke(["campaign", "load", listing, "--scenario", "confirmation"]).exit_code == 0
    assert invoke(["campaign", "start", "ноябрь"]).exit_code == 0
    shown = json.loads(invoke(["campaign", "report", "ноябрь", "--json"]).stdout)
    assert (shown["state"], shown["contacts"], shown["called"], shown["reached"]) == ("running", 1, 0, 0)
    assert shown["total"] == {"calls": 0, "answered": 0, "answer_rate": None, "results": {}}
    contacts = tmp_path / "contacts.csv"
    assert invoke(["campaign", "export", "ноябрь", "--out", contacts]).exit_code == 0
    assert "Иванова;Мария;Петровна;'+79161234567;24.11.2099;15:30;cardiologist" in contacts.read_text("utf-8-sig")


def test_watch_leaves_when_the_campaign_has_ended_and_masks_numbers(voicebot: Command, listing: Path) -> None:
    voicebot("campaign", "load", listing, "--scenario", "confirmation")
    voicebot("campaign", "stop", "ноябрь")
    done = voicebot("campaign", "watch", "ноябрь")
    assert done.returncode == 0, done.stderr
    assert "ноябрь: остановлена, осталось 0 из 1" in done.stdout
    assert "снят 1" in done.stdout
    assert "9161234567" not in done.stdout


@pytest.mark.parametrize("key", [b"q", b"\x03"], ids=["q", "Ctrl-C"])
def test_watch_is_left_by_a_key_and_the_campaign_goes_on(
    voicebot: Command, settings: Path, listing: Path, key: bytes
) -> None:
    voicebot("campaign", "load", listing, "--scenario", "confirmation")
    voicebot("campaign", "start", "ноябрь")
    process, screen = pty.fork()
    if process == 0:
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background inherits that it is ignored
        command = [sys.executable, "-m", "voicebot", "--config", str(settings), "campaign", "watch", "ноябрь"]
        os.execv(sys.executable, command)
    shown = b""
    while "идёт, осталось".encode() not in shown:  # ends with OSError when the command does
        shown += os.read(screen, 65536)
    os.write(screen, key)
    _, status = os.waitpid(process, 0)
    os.close(screen)
    assert os.waitstatus_to_exitcode(status) == 0
    assert json.loads(voicebot("campaign", "status", "ноябрь", "--json").stdout)["state"] == "running"


def test_a_campaign_is_resized_and_its_status_shows_the_trunks(invoke: Invoke, listing: Path) -> None:
    invoke(["campaign", "load", listing, "--scenario", "confirmation"])
    assert invoke(["campaign", "resize", "ноябрь", "--lines", "7", "--calls-per-second", "0.5"]).exit_code == 0
    assert invoke(["campaign", "resize", "ноябрь"]).exit_code == 2
    assert isinstance(invoke(["campaign", "resize", "ноябрь", "--lines", "0"]).exception, CampaignError)
    shown = json.loads(invoke(["campaign", "status", "ноябрь", "--json"]).stdout)
    assert (shown["state"], shown["left"], shown["trunks"]) == ("draft", 1, [])  # no robot has run on this store


@pytest.mark.parametrize("command", ["watch", "report", "status", "start"])
def test_an_unknown_campaign_is_one_line_with_the_mend(voicebot: Command, command: str) -> None:
    done = voicebot("campaign", command, "декабрь")
    assert done.returncode == 11
    assert done.stderr == "voicebot: декабрь: no such campaign. `voicebot campaign list` shows all.\n"


def test_a_missing_column_is_one_line_that_names_it(voicebot: Command, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("Фамилия;Имя;Телефон\nИванова;Мария;+79161234567\n", encoding="utf-8")
    done = voicebot("campaign", "load", file, "--scenario", "confirmation")
    assert done.returncode == 4
    assert done.stderr.count("\n") == 1
    assert str(file) in done.stderr and "«Дата приёма»" in done.stderr and "Назовите столбцы так" in done.stderr


def test_a_wrong_number_and_an_unparsable_date_are_named_with_line_and_mend(voicebot: Command, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    bad_number, bad_date = GOOD.replace("123-45-67", "12"), GOOD.replace("24.11", "31.02")
    file.write_text(HEADER + GOOD + bad_number + bad_date, encoding="utf-8")
    done = voicebot("campaign", "load", file, "--scenario", "confirmation")
    assert done.returncode == 9
    first, second, last = done.stderr.splitlines()
    assert first.startswith("строка 3: столбец «Телефон», значение «+7 916 12»") and "Впишите" in first
    assert second.startswith("строка 4: столбец «Дата приёма», значение «31.02.2099»")
    assert f"{file}.rejected.csv" in last
    assert "загружено в «list» 1" in done.stdout


def test_a_file_that_is_not_there_is_one_line(voicebot: Command, tmp_path: Path) -> None:
    done = voicebot("campaign", "load", tmp_path / "нет.csv", "--scenario", "confirmation")
    assert done.returncode == 4
    assert done.stderr.count("\n") == 1 and "нет.csv" in done.stderr


def test_a_list_is_rehearsed_and_its_remarks_are_told(voicebot: Command, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    two = GOOD.replace("+7 916 123-45-67", "8 916 123-45-67, 12")
    file.write_text(HEADER + two + two, encoding="utf-8")
    done = voicebot("campaign", "load", file, "--scenario", "confirmation", "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "проверено для «list»: новых 1, обновлено 0, повторов 1, с ошибками 0" in done.stdout
    assert "строка 2: столбец «Телефон», номер «12» пропущен: такого номера быть не может" in done.stderr
    assert "строка 3: повторяет строку 2" in done.stderr
    assert json.loads(voicebot("campaign", "list", "--json").stdout) == []


def test_a_campaign_that_fills_itself_is_made_filled_stopped_and_put_away(
    invoke: Invoke, voicebot: Command, listing: Path, settings: Path
) -> None:
    invoke(["campaign", "load", listing, "--scenario", "confirmation"])
    made = [*("campaign", "create", "каждый-вечер", "--scenario", "confirmation"), "--source", "visits:tomorrow"]
    assert invoke([*made, "--every", "day 18:00", "--start"]).exit_code == 0
    asked = invoke(["campaign", "fill", "каждый-вечер", "--from", "visits", "--where", "2099-11-24"])
    assert asked.stdout == "Добавлено в «каждый-вечер»: 1, без номера, на который можно звонить: 0\n"
    assert "Добавлено в «каждый-вечер»: 0" in invoke(["campaign", "fill", "каждый-вечер"]).stdout
    assert invoke(["campaign", "archive", "каждый-вечер"]).exit_code == 11
    invoke(["campaign", "stop", "каждый-вечер"])
    phrases = settings.parent / "state" / "phrases"
    phrases.mkdir(parents=True)
    assert invoke(["campaign", "archive", "каждый-вечер"]).exit_code == 0
    listed = json.loads(invoke(["campaign", "list", "--json"]).stdout)
    assert [(one["name"], one["total"], one["left"]) for one in listed] == [("ноябрь", 1, 1)]
    assert len(json.loads(invoke(["campaign", "list", "--all", "--json"]).stdout)) == 2
    assert json.loads(invoke(["campaign", "report", "каждый-вечер", "--json"]).stdout)["contacts"] == 1


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--source", "moon"], "source moon: moon: Extra inputs are not permitted"),
        (["--source", "visits:someday"], "'someday' is no day"),
        (["--every", "day 18:00"], "--every without a source"),
        (["--source", "visits", "--every", "sometimes"], "'sometimes' is no period"),
    ],
)
def test_a_wrong_source_is_one_line(invoke: Invoke, options: list[str], says: str) -> None:
    done = invoke(["campaign", "create", "c", "--scenario", "confirmation", *options])
    assert done.exit_code == 11
    assert says in str(done.exception)
