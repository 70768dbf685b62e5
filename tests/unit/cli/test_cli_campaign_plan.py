"""`voicebot campaign plan` and `why` as an administrator types them."""

import json
from pathlib import Path

import pytest
from cli_command import Invoke

LIST = (
    "Фамилия;Имя;Отчество;Телефон;Дата приёма;Время;Специальность\n"
    "Иванова;Мария;Петровна;+7 916 123-45-67;24.11.2099;15:30;кардиолог\n"
    "Петров;Пётр;Ильич;8 (383) 223-45-67;25.11.2099;15:30;терапевт\n"
)
MONDAY = ["--at", "2099-11-23 07:00"]


@pytest.fixture
def loaded(invoke: Invoke, tmp_path: Path) -> Invoke:
    """A campaign of two, one of them four hours to the east, that is running."""
    file = tmp_path / "ноябрь.csv"
    file.write_text(LIST, encoding="utf-8")
    assert invoke(["campaign", "load", file, "--scenario", "confirmation"]).exit_code == 0
    assert invoke(["campaign", "start", "ноябрь"]).exit_code == 0
    return invoke


def test_the_plan_names_who_is_next_and_counts_the_rest(loaded: Invoke) -> None:
    shown = json.loads(loaded(["campaign", "plan", "ноябрь", "--json", "--limit", "1", *MONDAY]).stdout)
    (first,) = shown["next"]
    assert (first["patient"], first["number"], first["why"]) == ("П. П. И.", "+7383*****67", "first_pass")
    assert shown["waits"] == {"line": 1, "hours": 1}
    assert shown["days"] == {"2099-11-23": 2}


def test_on_the_screen_nobody_can_be_recognised(loaded: Invoke) -> None:
    for command in (["plan", "ноябрь"], ["why", "1"]):
        shown = loaded(["campaign", *command, *MONDAY]).stdout
        assert "И. М. П." in shown
        assert "Иванова" not in shown and "9161234567" not in shown


@pytest.mark.parametrize("whom", ["1", "+79161234567", "8 (916) 123-45-67"])
def test_why_takes_a_contact_or_a_number_however_written(loaded: Invoke, whom: str) -> None:
    (found,) = json.loads(loaded(["campaign", "why", whom, "--json", *MONDAY]).stdout)
    assert (found["contact"], found["zone"]) == (1, "Europe/Moscow")
    assert found["when"].startswith("2099-11-23T")
    assert any(reason["moves"] and reason["rule"] == "windows" for reason in found["reasons"])


def test_a_number_that_is_none_is_a_usage_error(loaded: Invoke) -> None:
    done = loaded(["campaign", "why", "+7916"])
    assert done.exit_code == 2
    assert "NUMBER" in done.stderr
