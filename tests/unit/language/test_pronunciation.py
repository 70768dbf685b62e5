"""Stress marks and an administrator's dictionary."""

from pathlib import Path

import pytest

from voicebot.errors import ConfigError
from voicebot.language.pronunciation import pronounced


def test_known_words_get_their_stress() -> None:
    assert pronounced("Звонит клиника") == "Звон+ит кл+иника"


def test_the_dictionary_of_the_administrator_goes_first(tmp_path: Path) -> None:
    file = tmp_path / "words.yaml"
    file.write_text("Эреспал: эресп+ал\nBMW: бэ эм вэ\n", encoding="utf-8")
    assert pronounced("эреспал и BMW", file) == "эресп+ал и бэ эм вэ"


def test_a_broken_dictionary_names_the_file_and_the_mend(tmp_path: Path) -> None:
    file = tmp_path / "words.yaml"
    file.write_text("- список\n", encoding="utf-8")
    with pytest.raises(ConfigError) as raised:
        pronounced("слово", file)
    assert str(file) in str(raised.value)
    assert raised.value.mend
