"""A wrong scenario file is refused with its line and the mend."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from voicebot.dialog import catalog
from voicebot.errors import ScenarioError

Write = Callable[..., Path]
GOOD = '  first: {ask: "Да?", on: {"yes": bye}}\n'


def refusal(file: Path) -> str:
    with pytest.raises(ScenarioError) as caught:
        catalog.load(file)
    return str(caught.value)


def line_of(file: Path, text: str) -> int:
    lines = file.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def test_the_scenario_of_the_fixture_is_good(write: Write) -> None:
    assert catalog.load(write(GOOD)).name == "trial"


@pytest.mark.parametrize("name", list(catalog.names()))
def test_every_scenario_that_is_shipped_is_good(name: str) -> None:
    assert catalog.find(name).name == name


@pytest.mark.parametrize(
    ("steps", "at", "says"),
    [
        ('  first: {say: "Раз", next: nowhere}\n', "first:", "there is no step 'nowhere'"),
        (GOOD + '  alone: {say: "Раз", next: end}\n', "alone:", "no way leads to the step 'alone'"),
        ('  first: {say: "Раз", next: end, colour: red}\n', "first:", "the key 'colour' is not known"),
        ('  first: {say: "Раз"}\n', "first:", "the key 'next' is missing"),
        ('  first: {ask: "Да?", on: {maybe: end}}\n', "first:", "nothing answers as 'maybe'"),
        ("  first: {do: dance, on: {done: end}}\n", "first:", "there is no action 'dance'"),
        ("  first: {do: finish, with: {result: completed}, on: {done: end}}\n", "first:", "'unavailable' of finish"),
        ("  first: {do: stop_calling, on: {done: end, unavailable: end, odd: end}}\n", "first:", "no outcome 'odd'"),
        ('  first: {say: "Раз {{ x | nofilter }}", next: end}\n', "first:", "bad template"),
        ('  first: {say: "Раз", next: two}\n  two: {say: "Два", next: first}\n', "first:", "led in a circle"),
        ('  first: {ask: "Да?", on: {yes: bye}, failed: first}\n', "first:", "led in a circle"),
        ('  first: {say: "{{ nobody }}", next: end}\n', "first:", "nothing is called 'nobody'"),
        ('  first: {say: "{{ clinic.colour }}", next: end}\n', "first:", "'clinic' has no 'colour'"),
        ('  first: {say: "{{ answers.nothing }}", next: end}\n', "first:", "'answers' has no 'nothing'"),
        ('  first: {say: "Раз 漢", next: end}\n', "first:", "no voice can say 漢"),
        ('  first: {say: "Раз", next: [{if: "f(x)", go: bye}, end]}\n', "first:", "cannot hold call"),
        ('  first: {say: "Раз", next: [{if: "more", go: bye}]}\n', "first:", "the last"),
        ("  first: {do: finish, with: {result: sad}, on: {done: end, unavailable: end}}\n", "first:", "result 'sad'"),
        ("  first: {do: finish, on: {done: end, unavailable: end}}\n", "first:", "needs the argument 'result'"),
        ("  first: {call: nobody, on: {done: end}}\n", "first:", "no sub-dialogue 'nobody'"),
        ("  first: {ask: Имя, needs: dictation, on: {any: bye}}\n", "first:", "`fallback` go together"),
        ("  first: {fields: {day: {ask: Когда, hear: date}}, on: {no: bye}}\n", "first:", "needs `filled`"),
        ("  first: {next: end}\n", "first:", "one of the keys say, ask"),
        ('  first: {say: "Раз {{ x ", next: end}\n', "first:", "bad template"),
    ],
)
def test_a_fault_is_named_with_its_line_and_the_mend(write: Write, steps: str, at: str, says: str) -> None:
    file = write(steps)
    message = refusal(file)
    assert says in message
    assert f"{file}:{line_of(file, at)}" in message
    assert message.rstrip().endswith(".")


def test_a_key_that_stands_twice_is_named_with_both_lines(write: Write) -> None:
    file = write(GOOD + GOOD)
    message = refusal(file)
    assert "'first' stands twice" in message
    assert f"line {line_of(file, 'first:')}" in message


def test_broken_yaml_is_named_with_its_line(write: Write) -> None:
    file = write("  first: {say: [\n")
    assert "not YAML" in refusal(file)


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_bytes("title: Проба".encode("cp1251"))
    assert "Save it as UTF-8" in refusal(file)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(ScenarioError, match="confirmation"):
        catalog.find("conformation")


def test_a_changed_file_is_used_for_the_next_call(write: Write) -> None:
    file = write(GOOD)
    assert catalog.load(file).title == "Проба"
    file.write_text(file.read_text(encoding="utf-8").replace("Проба", "Другая"), encoding="utf-8")
    os.utime(file, ns=(1, 1))
    assert catalog.load(file).title == "Другая"


def test_a_file_that_was_spoilt_is_used_as_it_was_and_the_fault_is_logged(
    write: Write, caplog: pytest.LogCaptureFixture
) -> None:
    file = write(GOOD)
    before = catalog.load(file)
    file.write_text("schema: 1\nsteps: {a: [", encoding="utf-8")
    os.utime(file, ns=(1, 1))
    assert catalog.load(file) is before
    assert "the last good one" in caplog.text


def test_a_recording_that_is_not_there_is_a_fault(write: Write) -> None:
    assert "there is no file hello.wav" in refusal(write('  first: {say: "Раз", audio: hello.wav, next: bye}\n'))
