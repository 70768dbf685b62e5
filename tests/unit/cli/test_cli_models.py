"""`voicebot models …`"""

import json
import shutil
import zipfile
from pathlib import Path

import pytest
from cli_command import Invoke

from voicebot import resources
from voicebot.errors import ModelMissing, SpeechError
from voicebot.speech import install
from voicebot.speech.recogniser import Model

NAME = "vosk-model-small-ru-0.22"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Installed models lie in the test's folder; the catalogue and the embedded model are the project's own."""
    folder = tmp_path / "models"
    monkeypatch.setattr(resources, "installed_models", lambda: folder)
    return folder


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A zip file that has the shape of a Vosk model."""
    file = tmp_path / "model.zip"
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr(f"{NAME}/am/final.mdl", "acoustic model")
        packed.writestr(f"{NAME}/conf/model.conf", "--beam=10")
    return file


def test_the_list_tells_what_is_installed_and_what_each_licence_asks(invoke: Invoke) -> None:
    shown = {one["name"]: one for one in json.loads(invoke(["models", "list", "--json"]).stdout)}
    assert shown["tiny-ru"]["installed"] is True
    assert shown[NAME]["installed"] is False
    assert shown["v5_ru"]["needs_licence"] is True
    assert "tiny-ru" in invoke(["models", "list"]).stdout


def test_a_model_is_installed_from_a_file_verified_and_removed(invoke: Invoke, archive: Path, home: Path) -> None:
    result = invoke(["models", "install", NAME, "--from", archive, "--json"])
    assert json.loads(result.stdout) == {"name": NAME, "folder": str(home / NAME)}
    assert invoke(["models", "verify", NAME]).exit_code == 0
    assert invoke(["models", "remove", NAME]).exit_code == 0
    assert not (home / NAME).exists()


def test_verify_names_the_changed_file_and_exits_with_1(invoke: Invoke, archive: Path, home: Path) -> None:
    invoke(["models", "install", NAME, "--from", archive])
    (home / NAME / "conf/model.conf").write_text("--beam=1")
    result = invoke(["models", "verify", "--json"])
    assert result.exit_code == 1
    shown = json.loads(result.stdout)
    assert shown[NAME] == {"ok": False, "files": ["conf/model.conf"]}
    assert shown["tiny-ru"]["ok"] is True


def test_a_licence_that_forbids_uses_must_be_accepted(invoke: Invoke, tmp_path: Path) -> None:
    voice = tmp_path / "v5_ru.pt"
    voice.write_bytes(b"voice")
    refused = invoke(["models", "install", "v5_ru", "--from", voice])
    assert isinstance(refused.exception, SpeechError) and "--accept-licence" in str(refused.exception)
    assert invoke(["models", "install", "v5_ru", "--from", voice, "--accept-licence"]).exit_code == 0


def test_an_unknown_model_is_an_error_that_names_the_known_ones(invoke: Invoke) -> None:
    result = invoke(["models", "install", "vosk-ru"])
    assert result.exit_code == ModelMissing.exit_code
    assert NAME in str(result.exception)


def test_removing_what_is_not_installed_is_an_error(invoke: Invoke, home: Path) -> None:
    shutil.rmtree(home, ignore_errors=True)
    assert isinstance(invoke(["models", "remove", NAME]).exception, SpeechError)
    assert not any(one.installed for one in install.status() if one.entry.name == NAME)


def test_words_are_added_to_the_embedded_model(invoke: Invoke, tmp_path: Path) -> None:
    file = tmp_path / "words.txt"
    file.write_text("эресп+ал\nда\nкагоцел\n", encoding="utf-8")
    shown = json.loads(invoke(["models", "add-words", file, "--json"]).stdout)
    assert shown["added"]["эреспал"] == ["ih rj ih s p a l"]
    assert len(shown["added"]["кагоцел"]) > 1
    assert (shown["model"], shown["guessed"], shown["known"]) == ("tiny-ru", ["кагоцел"], ["да"])


def test_names_of_a_loaded_schedule_and_list_are_taught_to_the_embedded_model(
    invoke: Invoke, settings: Path, tmp_path: Path
) -> None:
    settings.write_text(settings.read_text().replace("learn_names = false", "learn_names = true"))
    hours = tmp_path / "hours.csv"
    hours.write_text("Врач;Специальность;Подразделение;Дни;С;До\nЖыркина Анна;Хирург;Главный;пн;9:00;12:00\n")
    listing = tmp_path / "ноябрь.csv"
    head = "ФИО;Телефон;Дата приёма;Время;Специальность;Врач"
    listing.write_text(f"{head}\nБульдогов Пётр;89161234567;24.12.2026;10:00;хирург;Ляпкин О. О.\n")
    loaded = invoke(["schedule", "import", hours, "--days", "7"])
    assert "узнала новых слов: 1 (жыркина)" in loaded.output
    called = invoke(["campaign", "load", listing, "--scenario", "confirmation"])
    assert "узнала новых слов: 2 (ляпкин, бульдогов)" in called.output, called.output
    assert not Model.named("tiny-ru").unknown_words(["жыркина", "бульдогов", "ляпкин"])
    again = invoke(["campaign", "load", listing, "--scenario", "confirmation"])
    assert "узнала" not in again.output
