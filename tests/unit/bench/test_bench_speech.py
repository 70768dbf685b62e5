"""What `voicebot bench speech` listens to, and how it counts."""

import ast
from pathlib import Path

import numpy as np
import pytest

from voicebot import resources
from voicebot.bench.speech import corpus, line, measured, spoken
from voicebot.bench.speech.corpus import Half
from voicebot.language.grammar import phrases
from voicebot.language.reading import Kind
from voicebot.speech.audio import RATE

ROOT = resources.models().parent


def names(group: str) -> dict[Half, set[str]]:
    lines = corpus._text("manifest.txt").splitlines()
    return {half: {row.split()[2] for row in lines if f" {half} {group}:" in row} for half in Half}


def test_every_recording_lies_in_one_half_and_both_halves_have_as_many() -> None:
    listed = list(corpus.listed(Path()))
    assert len(corpus.manifest()) == len(listed) == len({file for file, _ in listed})
    for group in (*corpus.corpus()["sets"], corpus.OUTSIDE):
        halves = names(group)
        assert abs(len(halves[Half.DEVELOPMENT]) - len(halves[Half.FINAL])) <= 2  # one of each source
        assert halves[Half.DEVELOPMENT].isdisjoint(halves[Half.FINAL])


def test_voices_and_people_of_the_halves_are_not_the_same() -> None:
    voices = corpus.corpus()["voices"]
    assert set(voices["development"]).isdisjoint(voices["final"])
    assert set(spoken.people(Half.DEVELOPMENT)) != set(spoken.people(Half.FINAL))


def test_only_the_command_that_measures_can_ask_for_the_final_half() -> None:
    """Whatever makes or tunes a model must not know the recordings, nor may a bench pick the final half by itself."""
    asking = set()
    for file in (file for folder in ("voicebot", "tools", "bench") for file in (ROOT / folder).rglob("*.py")):
        nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
        imported = [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
        imported += [one.name for node in nodes if isinstance(node, ast.Import) for one in node.names]
        if any(name.startswith("voicebot.bench.speech") for name in imported):
            assert file.relative_to(ROOT).parts[0] == "voicebot", f"{file} makes models and knows what judges them"
        if any(isinstance(node, ast.Attribute) and ast.unparse(node) == "Half.FINAL" for node in nodes):
            asking.add(file.relative_to(ROOT).as_posix())
    assert asking == {"voicebot/cli/bench_speech.py"}


def test_no_tool_that_makes_a_model_names_the_recordings() -> None:
    packages = [*corpus.corpus()["packages"], *(one["folder"] for one in corpus.corpus()["sources"].values())]
    told = [file for file in (ROOT / "tools").rglob("*") if file.is_file() and file.suffix != ".pyc"]
    texts = {file: file.read_text(encoding="utf-8") for file in told}
    assert not [(file, name) for file, text in texts.items() for name in packages if name in text]


def test_a_letter_is_right_by_any_of_its_names() -> None:
    letters = {file.stem: about["texts"] for file, about in corpus.listed(Path()) if about["group"] == "letters"}
    assert "эль" in letters["l"] and "мягкий знак" in letters["soft"]


@pytest.mark.parametrize("name", line.LINES)
def test_a_line_keeps_the_speech_and_what_lies_around_it(name: str) -> None:
    tone = (8000 * np.sin(np.arange(RATE) * 2 * np.pi * 500 / RATE)).astype(np.int16)
    heard = line.LINES[name](tone, np.random.default_rng(0)).astype(float)
    assert len(heard) >= len(tone) + 0.6 * RATE
    spectrum = np.abs(np.fft.rfft(heard))
    assert np.argmax(spectrum) * RATE / len(heard) == pytest.approx(500, abs=5)


@pytest.mark.parametrize(
    ("said", "heard", "errors"),
    [("а б в", "а б в", 0), ("а б в", "а в", 1), ("а б в", "а г б в", 1), ("а б", "в г д", 3), ("", "а", 1)],
)
def test_words_that_are_wrong_missing_or_added_are_errors(said: str, heard: str, errors: int) -> None:
    assert measured._distance(said.split(), heard.split()) == errors


def test_human_words_are_asked_for_by_the_grammars_of_the_dialogues() -> None:
    assert measured._grammar("numbers") == phrases(Kind.NUMBER)
    assert set(measured._grammar("months")) > {"января", "декабря", "повторите"}
