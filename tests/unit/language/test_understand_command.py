"""`voicebot understand` and `voicebot say`: the shape that scripts rely on."""

import json
from pathlib import Path

import typer
from typer.testing import CliRunner

from voicebot.cli import say, understand
from voicebot.cli.state import State

app = typer.Typer()
understand.register(app)
say.register(app)


@app.callback()
def _root(context: typer.Context) -> None:
    context.obj = State()


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == 0, result.output
    return result.stdout


def test_an_answer_tells_its_polarity_and_intents() -> None:
    shown = json.loads(run("understand", "answer", "да нет наверное не приду", "--question", "attendance", "--json"))
    assert (shown["text"], shown["polarity"], shown["ambiguous"]) == ("да нет наверное не приду", "no", False)
    assert shown["values"][0]["value"] == "wont_come"
    assert set(shown["values"][0]) == {"value", "words", "confidence"}


def test_a_naive_now_is_in_the_zone_that_is_named() -> None:
    shown = json.loads(
        run("understand", "when", "через час", "--now", "2026-11-21T23:30", "--tz", "Asia/Vladivostok", "--json")
    )
    assert shown["values"] == [{"value": "2026-11-22T00:30", "grain": "hour", "words": "через час", "confidence": 0.95}]


def test_an_excluded_day_is_marked() -> None:
    shown = json.loads(run("understand", "when", "только не понедельник", "--now", "2026-11-21T10:00", "--json"))
    assert shown["values"][0]["excluded"] is True


def test_an_hour_is_resolved_by_what_is_on_offer() -> None:
    shown = json.loads(run("understand", "time", "в восемь", "--between", "15:00-21:00", "--json"))
    assert ([value["value"] for value in shown["values"]], shown["ambiguous"]) == (["20:00"], False)


def test_a_name_is_checked_against_the_one_asked_for() -> None:
    shown = json.loads(run("understand", "name", "это маша", "--against", "Иванова Мария Петровна", "--json"))
    assert shown["values"][0]["value"] == {"match": "part"}


def test_a_batch_gives_one_object_a_line_each_with_its_own_question(tmp_path: Path) -> None:
    file = tmp_path / "answers.tsv"
    file.write_text("не отменяйте\tcancel\nне отменяйте\tattendance\n", encoding="utf-8")
    lines = [json.loads(line) for line in run("understand", "answer", "--batch", str(file)).splitlines()]
    assert [line["polarity"] for line in lines] == ["no", "yes"]


def test_an_unknown_question_in_a_batch_is_named_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "answers.tsv"
    file.write_text("да\tplain\nда\twhy\n", encoding="utf-8")
    result = CliRunner().invoke(app, ["understand", "answer", "--batch", str(file)])
    assert result.exit_code == 2
    assert "answers.tsv:2" in result.output.replace("\n", "").replace("│", "").replace(" ", "")


def test_say_prints_the_phrase_as_the_synthesiser_gets_it() -> None:
    assert run("say", "Приём в 9:00", "--text").strip() == "Приём в д+евять час+ов"
