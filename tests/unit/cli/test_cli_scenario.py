"""`voicebot scenario …`"""

import json
from pathlib import Path

import pytest
from cli_command import Command, Invoke

from voicebot import resources

TRIAL = """\
schema: 1
scenario: trial
title: Проба
direction: inbound
start: wish
failed: bye
steps:
  wish: {ask: "Записать вас?", on: {yes: good, no: bye}}
  good: {say: "Записываю.", next: end}
  bye: {say: "До свидания!", next: end}
"""
TRIAL_TALKS = """\
talks:
  - {talk: да, says: [да], robot: ["Записать вас?", "Записываю.", <end>], result: completed}
  - {talk: нет, says: [нет], robot: ["До свидания!", <end>], result: completed, facts: {wish: no}}
  - {talk: молчит, says: [<silence>], robot: ["До свидания!", <end>], result: completed}
"""
CONFIRMATION = resources.campaigns() / "outbound/confirmation.yaml"


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """The confirmation with two steps led astray, an unknown action, and hours that are none."""
    text = CONFIRMATION.read_text(encoding="utf-8")
    for right, wrong in (
        ("next: identity\n\n  next_patient", "next: identty\n\n  next_patient"),
        ("do: confirm_appointment", "do: confirm_apointment"),
        ('mon-fri: "09:10-19:50"', 'mon-fri: "19:50-09:10"'),
    ):
        assert text.count(right) == 1
        text = text.replace(right, wrong)
    file = tmp_path / "broken.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def _line(file: Path, words: str) -> int:
    [number] = [no for no, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1) if words in line]
    return number


def test_the_list_tells_name_direction_and_title(invoke: Invoke) -> None:
    shown = {one["name"]: one for one in json.loads(invoke(["scenario", "list", "--json"]).stdout)}
    assert shown["confirmation"]["direction"] == "outbound"
    assert shown["hotline"]["direction"] == "inbound"
    assert "confirmation" in invoke(["scenario", "list"]).stdout


def test_the_shipped_scenarios_have_no_faults(invoke: Invoke) -> None:
    result = invoke(["scenario", "check"])
    assert result.exit_code == 0, result.stdout


def test_check_finds_all_faults_with_file_line_and_mend(invoke: Invoke, broken: Path) -> None:
    result = invoke(["scenario", "check", broken, "--json"])
    assert result.exit_code == 3
    [shown] = json.loads(result.stdout)
    found = {fault["place"].partition(": ")[0]: fault for fault in shown["faults"]}
    target = found[f"{broken}:{_line(broken, 'identty')}"]
    assert "'identty'" in target["what"] and "identity" in target["mend"]
    action = found[f"{broken}:{_line(broken, 'confirm_apointment')}"]
    assert "'confirm_apointment'" in action["what"] and "confirm_appointment" in action["mend"]
    hours = found[f"{broken}:{_line(broken, 'policy:')}"]
    assert "windows" in hours["what"]


@pytest.mark.parametrize(("other", "fault"), [("bookin", "no scenario 'bookin'"), ("hotline", "has no `further`")])
def test_check_finds_that_a_talk_cannot_go_over_to_another_scenario(
    invoke: Invoke, tmp_path: Path, other: str, fault: str
) -> None:
    file = tmp_path / "trial.yaml"
    step = f"  good: {{do: go_over, with: {{scenario: {other}}}, on: {{done: end, unavailable: bye}}}}\n"
    file.write_text(TRIAL.replace('  good: {say: "Записываю.", next: end}\n', step), encoding="utf-8")
    result = invoke(["scenario", "check", file])
    assert result.exit_code == 3
    assert f"fault: {file}:{_line(file, 'go_over')}" in result.stdout and fault in result.stdout


def test_check_names_file_and_line_of_what_is_no_yaml(invoke: Invoke, tmp_path: Path) -> None:
    file = tmp_path / "torn.yaml"
    file.write_text("schema: 1\nsteps: {a: [\n", encoding="utf-8")
    result = invoke(["scenario", "check", file])
    assert result.exit_code == 3
    assert f"fault: {file}:" in result.stdout and "not YAML" in result.stdout


def test_check_warns_of_words_that_the_model_cannot_hear(invoke: Invoke, tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    text = CONFIRMATION.read_text(encoding="utf-8").replace("- на работе", "- глокая куздра", 1)
    file.write_text(text, encoding="utf-8")
    result = invoke(["scenario", "check", file, "--json"])
    assert result.exit_code == 0
    [shown] = json.loads(result.stdout)
    line = text[: text.index("    phrases:\n")].count("\n") + 1
    place = f"{file}:{line}: steps.reason.phrases"
    [warning] = [one for one in shown["warnings"] if one["place"] == place]
    assert "глокая" in warning["what"] and "куздра" in warning["what"] and "tiny-ru" in warning["what"]


def test_check_warns_of_dictation_where_the_model_takes_none(invoke: Invoke, tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    text = CONFIRMATION.read_text(encoding="utf-8")
    start, end = text.index("    phrases:\n"), text.index("    on: {any: note_reason}")
    file.write_text(text[:start] + text[end:], encoding="utf-8")
    [shown] = json.loads(invoke(["scenario", "check", file, "--json"]).stdout)
    assert any("takes no dictation" in one["what"] and "steps.reason" in one["place"] for one in shown["warnings"])


def test_an_unknown_scenario_is_one_line_that_names_the_known_ones(voicebot: Command) -> None:
    done = voicebot("scenario", "try", "confirmatoin")
    assert done.returncode == 3
    assert done.stderr.count("\n") == 1 and "booking, callback, confirmation" in done.stderr


def test_a_typed_talk_confirms_the_visit_and_shows_what_was_understood(voicebot: Command) -> None:
    done = voicebot("scenario", "try", "confirmation", text="да\nконечно приду\n")
    assert done.returncode == 0, done.stderr
    assert "Робот: Здравствуйте! Это голосовой робот" in done.stdout
    assert "[attendance] ответ yes; согласие: yes" in done.stdout
    assert "факт attendance = yes" in done.stdout
    assert 'действие confirm_appointment {"outcome": "done"}' in done.stdout
    assert done.stdout.endswith("Итог: придёт; дальше: закончен\nПриём: подтверждён\n")


def test_typed_digits_are_keys_and_an_empty_line_is_silence(voicebot: Command) -> None:
    done = voicebot("scenario", "try", "confirmation", text="\n1\n1\n")
    assert "[identify.identity] тишина" in done.stdout
    assert "факт identity = yes (1.00, «1»)" in done.stdout
    assert "Приём: подтверждён" in done.stdout


def test_the_end_of_the_input_is_a_hang_up(voicebot: Command) -> None:
    done = voicebot("scenario", "try", "confirmation", text="да\n")
    assert done.returncode == 0
    assert "[трубку положили]" in done.stdout
    assert "Итог: бросил трубку; дальше: ждёт звонка" in done.stdout


def test_given_columns_are_spoken_and_the_rest_is_invented(voicebot: Command) -> None:
    done = voicebot("scenario", "try", "confirmation", "--data", "surname=Кузнецова", "--data", "time=15:40")
    assert "Кузнецова Мария Петровна" in done.stdout and "15:40" in done.stdout


def test_a_busy_operator_leads_to_a_task(voicebot: Command) -> None:
    done = voicebot("scenario", "try", "hotline", "--operator-busy", text="оператора\nподожду\n")
    assert "никто не ответил" in done.stdout
    assert "задание сотруднику: call_back" in done.stdout


def test_a_column_that_the_scenario_does_not_have_is_named(voicebot: Command) -> None:
    done = voicebot("scenario", "try", "confirmation", "--data", "colour=red")
    assert done.returncode == 4
    assert "colour" in done.stderr and "surname, name" in done.stderr


def test_a_value_that_cannot_be_used_is_named_with_its_mend(voicebot: Command) -> None:
    done = voicebot("scenario", "try", "confirmation", "--data", "date=32.13.2026")
    assert done.returncode == 4
    assert done.stderr.count("\n") == 1 and "32.13.2026" in done.stderr


def test_data_without_equals_is_a_usage_error(voicebot: Command) -> None:
    done = voicebot("scenario", "try", "confirmation", "--data", "surname")
    assert done.returncode == 2 and "COLUMN=VALUE" in done.stderr


def test_an_inbound_scenario_is_tried_that_does_not_answer_the_telephone(voicebot: Command) -> None:
    done = voicebot("scenario", "try", "booking", text="записаться\nоператора\n")
    assert "Чем могу помочь?" in done.stdout
    assert "факт wish = book" in done.stdout


def test_talks_are_held_and_their_figures_told(invoke: Invoke, tmp_path: Path) -> None:
    file = tmp_path / "trial.yaml"
    file.write_text(TRIAL, encoding="utf-8")
    (tmp_path / "trial.talk.yaml").write_text(TRIAL_TALKS, encoding="utf-8")
    result = invoke(["scenario", "test", file, "--coverage", "--mutate"])
    assert result.exit_code == 0, result.stdout
    assert "trial: 3 of 3 talks end as written" in result.stdout
    assert "trial: 5 of 5 ways gone (100.0%), 6 of 6 mutants noticed" in result.stdout


def test_a_talk_that_ends_otherwise_is_told_and_fails_the_command(invoke: Invoke, tmp_path: Path) -> None:
    file = tmp_path / "trial.yaml"
    file.write_text(TRIAL, encoding="utf-8")
    talks = TRIAL_TALKS.replace("[да]", "[<silence>, нет]", 1)
    (tmp_path / "trial.talk.yaml").write_text(talks, encoding="utf-8")
    result = invoke(["scenario", "test", file])
    assert result.exit_code == 3
    assert "failed: trial: да:" in result.stdout


def test_a_scenario_is_drawn_as_mermaid_and_as_a_picture(invoke: Invoke, tmp_path: Path) -> None:
    assert invoke(["scenario", "draw", "hotline"]).stdout.startswith("flowchart TD")
    assert invoke(["scenario", "draw", "hotline", "--out", tmp_path / "hotline.svg"]).exit_code == 0
    assert (tmp_path / "hotline.svg").read_text(encoding="utf-8").startswith("<svg")


def test_the_schema_knows_every_kind_of_step(invoke: Invoke) -> None:
    shown = json.loads(invoke(["scenario", "schema"]).stdout)
    assert {"Say", "Ask", "Form", "Do", "Call"} <= shown["$defs"].keys()
    assert invoke(["scenario", "schema", "nothing"]).exit_code == 2
