from pathlib import Path

import numpy as np
import pytest
import soundfile
from telephone_lines import on_telephone, spoken

from voicebot import resources
from voicebot.errors import SpeechError
from voicebot.speech.audio import RATE, Samples, silence
from voicebot.speech.recogniser import Model
from voicebot.speech.transcribe import batch, phrases, transcribe


@pytest.fixture(scope="module")
def model() -> Model:
    return Model(resources.models() / "tiny-ru")


@pytest.fixture(scope="module")
def said() -> Samples:
    return on_telephone(np.concatenate([spoken("да приду"), silence(0.5)]))


def test_a_recording_becomes_text_with_timed_words(model: Model, said: Samples, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", said, RATE)
    [result] = transcribe(model, [(tmp_path / "a.wav", ["да приду", "нет не приду"])])
    assert result.text == "да приду"
    assert [word.word for word in result.words] == ["да", "приду"]
    assert 0.4 < result.words[0].start < result.words[1].start < result.words[1].end < result.seconds
    assert result.seconds == pytest.approx(len(said) / RATE)
    assert 0 < result.decode_seconds < result.seconds


def test_other_rates_formats_and_a_second_channel_give_the_same_text(
    model: Model, said: Samples, tmp_path: Path
) -> None:
    wide = np.repeat(said, 2)  # 16 kHz, crudely: what it adds lies above the telephone's band
    soundfile.write(tmp_path / "wide.flac", wide, 16000)
    soundfile.write(tmp_path / "two.wav", np.stack([said, np.roll(said, 3000) // 2], axis=1), RATE)
    grammar = ["да приду", "нет не приду"]
    texts = [
        one.text for one in transcribe(model, [(tmp_path / "wide.flac", grammar), (tmp_path / "two.wav", grammar)])
    ]
    assert texts == ["да приду", "да приду"]


def test_an_empty_grammar_dictates(model: Model, said: Samples, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", said, RATE)
    assert next(transcribe(model, [(tmp_path / "a.wav", [])])).text.endswith("приду")


def test_a_file_that_is_no_sound_and_a_word_that_is_unknown_are_named(model: Model, tmp_path: Path) -> None:
    (tmp_path / "text.wav").write_text("not sound")
    with pytest.raises(SpeechError, match=r"text\.wav: cannot be read as sound"):
        list(transcribe(model, [(tmp_path / "text.wav", [])]))
    with pytest.raises(SpeechError, match=r"absent\.wav"):
        list(transcribe(model, [(tmp_path / "absent.wav", [])]))
    with pytest.raises(SpeechError, match="does not know: гиппопотам"):
        list(transcribe(model, [(tmp_path / "text.wav", ["да", "гиппопотам"])]))


def test_a_batch_names_files_and_grammars(tmp_path: Path) -> None:
    listing = tmp_path / "list.tsv"
    listing.write_text("a.wav\tда, нет\n\nb.wav\t\nc.wav\n", encoding="utf-8")
    assert batch(listing) == [(Path("a.wav"), ["да", "нет"]), (Path("b.wav"), []), (Path("c.wav"), [])]
    assert phrases(" Да ,нет  не приду,, ") == ["да", "нет не приду"]
    with pytest.raises(SpeechError, match="cannot be read"):
        batch(tmp_path / "absent.tsv")
