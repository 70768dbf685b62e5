import json
from pathlib import Path

import numpy as np
import pytest
from telephone_lines import on_telephone, spoken

from voicebot import resources
from voicebot.errors import ModelMissing, SpeechError
from voicebot.speech import recogniser
from voicebot.speech.audio import silence
from voicebot.speech.recogniser import Model, Transcript, Word, transcript

TINY = resources.models() / "tiny-ru"


@pytest.fixture(scope="module")
def model() -> Model:
    return Model(TINY)


def test_the_publishers_configuration_is_used_but_for_what_a_dialogue_needs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen: dict[str, str] = {}

    class Loaded:
        def __init__(self, folder: str) -> None:
            seen["model"] = Path(folder, "conf/model.conf").read_text()
            seen["mfcc"] = Path(folder, "conf/mfcc.conf").read_text()
            assert Path(folder, "am/final.mdl").stat().st_size == (TINY / "am/final.mdl").stat().st_size

    monkeypatch.setattr(recogniser.vosk, "Model", Loaded)
    before = (TINY / "conf/model.conf").read_text()
    Model(TINY)
    lines = seen["model"].splitlines()
    assert "--frames-per-chunk=12" in lines
    assert "--beam=11.0" in lines
    assert len([line for line in lines if line.startswith("--endpoint.rule2.min-trailing-silence=")]) == 1
    assert seen["mfcc"] == (TINY / "conf/mfcc.conf").read_text()
    assert (TINY / "conf/model.conf").read_text() == before


def test_vosk_itself_never_ends_an_answer(model: Model) -> None:
    decoder = model.recogniser(["двадцать четвёртого ноября"])
    said = on_telephone(np.concatenate([spoken("двадцать"), silence(4), spoken("четвёртого ноября"), silence(0.5)]))
    ended = [decoder.AcceptWaveform(said[at : at + 1600].tobytes()) for at in range(0, len(said), 1600)]
    assert not any(ended)
    assert transcript(decoder.FinalResult()).text == "двадцать четвёртого ноября"


@pytest.mark.parametrize("kind", ["absent", "empty", "a voice"])
def test_a_folder_without_a_model_is_named_with_the_mend(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "model"
    if kind != "absent":
        folder.mkdir()
    if kind == "a voice":
        (folder / "v5_ru.pt").touch()
    with pytest.raises(ModelMissing, match=f"{folder}: no Vosk model here.*voicebot models"):
        Model(folder)


def test_a_damaged_model_is_named_with_the_mend(tmp_path: Path) -> None:
    folder = tmp_path / "broken"
    for name in ("am/final.mdl", "conf/model.conf", "conf/mfcc.conf"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("")
    with pytest.raises(SpeechError, match=r"cannot load this model.*install broken --upgrade"):
        Model(folder)


def test_words_that_are_not_in_the_grammar_leave_no_trace_in_the_text() -> None:
    raw = {
        "text": "[unk] да [unk]",
        "result": [
            {"word": "[unk]", "start": 0.0, "end": 0.2, "conf": 0.5},
            {"word": "да", "start": 0.2, "end": 0.4, "conf": 0.8},
            {"word": "[unk]", "start": 0.4, "end": 0.6, "conf": 0.5},
        ],
    }
    word = Word(word="да", start=0.2, end=0.4, confidence=0.8)
    assert transcript(json.dumps(raw)) == Transcript(text="да", words=(word,))
    assert transcript('{"text": ""}') == Transcript()
