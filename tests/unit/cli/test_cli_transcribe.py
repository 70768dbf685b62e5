"""`voicebot transcribe`"""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from cli_command import Invoke

from voicebot.config import Speech
from voicebot.speech.audio import RATE
from voicebot.speech.voice import open_voice


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A voice that says no, between two pauses."""
    voice = open_voice(Speech(voice="espeak"))
    pause = np.zeros(RATE // 2, dtype=np.int16)
    file = tmp_path_factory.mktemp("recording") / "answer.wav"
    soundfile.write(file, np.concatenate([pause, voice.render("нет"), pause]), RATE)
    voice.close()
    return file


def test_json_has_text_words_with_times_and_durations(invoke: Invoke, recording: Path) -> None:
    result = invoke(["transcribe", recording, "--grammar", "да, нет", "--json"])
    [shown] = [json.loads(line) for line in result.stdout.splitlines()]
    assert shown["file"] == str(recording)
    assert shown["text"] == "нет"
    [word] = shown["words"]
    assert word["word"] == "нет" and 0.3 < word["start"] < word["end"] < shown["seconds"] and 0 < word["conf"] <= 1
    assert shown["seconds"] == pytest.approx(soundfile.info(recording).duration, abs=0.001)
    assert 0 < shown["decode_seconds"] < shown["seconds"]


def test_a_batch_gives_every_file_its_own_grammar(invoke: Invoke, recording: Path, tmp_path: Path) -> None:
    listing = tmp_path / "list.tsv"
    listing.write_text(f"{recording}\tда,нет\n{recording}\tчетыре\n", encoding="utf-8")
    lines = invoke(["transcribe", "--batch", listing]).stdout.splitlines()
    assert lines == [f"{recording}: нет", f"{recording}: "]


def test_a_word_that_the_model_cannot_hear_is_an_error_that_names_it(invoke: Invoke, recording: Path) -> None:
    result = invoke(["transcribe", recording, "--grammar", "да,глокая куздра"])
    assert result.exit_code == 6
    assert "глокая, куздра" in str(result.exception)


def test_free_dictation_with_a_grammar_model_is_warned_of(invoke: Invoke, recording: Path) -> None:
    result = invoke(["transcribe", recording])
    assert result.exit_code == 0
    assert "tiny-ru is made for grammars" in result.stderr


def test_nothing_to_recognise_is_a_usage_error(invoke: Invoke) -> None:
    assert invoke(["transcribe"]).exit_code == 2
