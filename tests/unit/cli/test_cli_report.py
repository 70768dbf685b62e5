"""`voicebot campaign report`, `export` and `simulate` as an administrator types them."""

import json
from pathlib import Path

import pytest
from cli_command import Invoke

LIST = "Фамилия;Имя;Телефон;Дата приёма;Время;Специальность\nИванова;Мария;+79161234567;24.11.2099;15:30;кардиолог\n"


@pytest.fixture
def loaded(invoke: Invoke, tmp_path: Path) -> Invoke:
    (tmp_path / "ноябрь.csv").write_text(LIST, encoding="utf-8")
    assert invoke(["campaign", "load", tmp_path / "ноябрь.csv", "--scenario", "confirmation"]).exit_code == 0
    return invoke


@pytest.mark.parametrize("form", ["csv", "xlsx", "json", "html"])
def test_a_report_is_written_as_its_file_is_called(loaded: Invoke, tmp_path: Path, form: str) -> None:
    file = tmp_path / f"report.{form}"
    assert loaded(["campaign", "report", "ноябрь", "--out", file]).exit_code == 0
    begins = {"csv": b"\xef\xbb\xbf;", "xlsx": b"PK", "json": b"{", "html": b"<!doctype html>"}
    assert file.read_bytes().startswith(begins[form])
    assert "Иванова".encode() not in file.read_bytes()


def test_a_report_is_a_table_unless_something_else_is_wanted(loaded: Invoke) -> None:
    assert "Контактов 1, звонили 0, дозвонились 0" in loaded(["campaign", "report", "ноябрь"]).stdout
    assert json.loads(loaded(["campaign", "report", "ноябрь", "--format", "json"]).stdout)["contacts"] == 1


@pytest.mark.parametrize("command", ["report", "export"])
def test_a_file_of_an_unknown_kind_is_refused(loaded: Invoke, tmp_path: Path, command: str) -> None:
    done = loaded(["campaign", command, "ноябрь", "--out", tmp_path / "report.pdf"])
    assert done.exit_code == 2
    assert ".csv" in done.stderr and "--out" in done.stderr


def test_a_simulation_needs_no_store_and_tells_its_figures(invoke: Invoke, tmp_path: Path) -> None:
    records = tmp_path / "calls.jsonl"
    done = invoke(["campaign", "simulate", "--rows", "4", "--lines", "2", "--json", "--records", records])
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["contacts"], told["ended"]) == (4, 4)
    assert told["attempts"] == len(records.read_text().splitlines()) > 0
    assert not (tmp_path / "state" / "voicebot.db").exists()


def test_a_crash_that_cannot_be_read_is_named(invoke: Invoke) -> None:
    done = invoke(["campaign", "simulate", "--crash", "robot"])
    assert (done.exit_code, "robot@500" in str(done.exception)) == (2, True)
