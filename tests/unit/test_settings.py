"""Settings are read from TOML and the environment, refused by name, and documented."""

import sys
from pathlib import Path

import pytest

from voicebot import config
from voicebot.config import Settings
from voicebot.errors import ConfigError

ROOT = Path(__file__).parent.parent.parent


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "voicebot.toml"
    file.write_text('node = "n2"\n[ari]\nurl = "http://127.0.0.1:9"\npassword = "file"\n', encoding="utf-8")
    monkeypatch.setenv("VOICEBOT_ARI__PASSWORD", "environment")
    settings = config.load(file)
    assert settings.node == "n2"
    assert settings.ari.url == "http://127.0.0.1:9"
    assert settings.ari.password.get_secret_value() == "environment"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[ari]\ncolour = "red"\n', "ari.colour"),
        ("[turns]\nno_input = 'soon'\n", "turns.no_input"),
        ('[clinic]\ntimezone = "Moscow"\n', "not an IANA time zone"),
        ('[[trunks]]\ndial = "PJSIP/trunk"\n', "needs {number}"),
        ("[ari\n", "not valid TOML"),
        ("[[ami]]\nport = 70000\n", "ami.0.port"),
    ],
)
def test_a_wrong_setting_is_named_with_the_file(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "voicebot.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        config.load(file)
    assert says in str(caught.value)
    assert str(file) in str(caught.value)


def test_a_missing_file_is_an_error_not_the_defaults(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such settings file"):
        config.load(tmp_path / "none.toml")


def test_a_child_process_gets_the_same_settings_secrets_included(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = Settings(node="n7", ari=config.Ari(password="hush"), ami=(config.Ami(secret="psst"),))  # type: ignore[arg-type]
    for name, value in config.to_environment(wanted).items():
        monkeypatch.setenv(name, value)
    assert config.load() == wanted


def test_secrets_are_not_shown() -> None:
    assert "hush" not in repr(Settings(ari=config.Ari(password="hush")))  # type: ignore[arg-type]


def test_the_page_of_settings_is_up_to_date() -> None:
    sys.path.insert(0, str(ROOT / "tools"))
    import settings_doc

    assert settings_doc.FILE.read_text(encoding="utf-8") == settings_doc.page(), "run: python tools/settings_doc.py"
