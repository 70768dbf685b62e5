"""The configuration set as an administrator fills it in."""

from pathlib import Path

import pytest

from voicebot import resources
from voicebot.dialog.ports import Handover
from voicebot.errors import ConfigError
from voicebot.telephony import handover
from voicebot.telephony.render import default_values, write_set

SET = (resources.asterisk_conf(), resources.dialplans())


def values(folder: Path, text: str) -> Path:
    file = folder / "my.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_production_set_is_complete_with_two_secrets(tmp_path: Path) -> None:
    file = values(
        tmp_path, 'ari_password = "a1"\nami_secret = "s1"\ntrunk_host = "192.0.2.7"\nsip_bind = "192.0.2.1"\n'
    )
    write_set(SET, file, tmp_path / "etc")
    assert {path.name for folder in SET for path in folder.glob("*.conf")} == {
        path.name for path in (tmp_path / "etc").iterdir()
    }
    assert "password = a1" in (tmp_path / "etc/ari.conf").read_text()
    assert "match = 192.0.2.7" in (tmp_path / "etc/pjsip.conf").read_text()
    assert "bindaddr = 127.0.0.1" in (tmp_path / "etc/http.conf").read_text()


@pytest.mark.parametrize("name", ["ari_password", "ami_secret"])
def test_there_are_no_default_passwords(tmp_path: Path, name: str) -> None:
    given = {"ari_password": "a1", "ami_secret": "s1"}
    del given[name]
    file = values(tmp_path, "".join(f'{key} = "{value}"\n' for key, value in given.items()))
    with pytest.raises(ConfigError, match=name):
        write_set(SET, file, tmp_path / "etc")


def test_a_misspelt_value_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="trunk_hots"):
        write_set(SET, values(tmp_path, 'trunk_hots = "192.0.2.7"\n'), tmp_path / "etc")


def test_an_account_at_the_carrier_is_used_when_it_is_given(tmp_path: Path) -> None:
    secrets = 'ari_password = "a1"\nami_secret = "s1"\n'
    write_set(SET, values(tmp_path, secrets), tmp_path / "without")
    write_set(SET, values(tmp_path, f'{secrets}trunk_user = "clinic"\ntrunk_password = "p"\n'), tmp_path / "with")
    assert "type = auth" not in (tmp_path / "without/pjsip.conf").read_text()
    assert "username = clinic" in (tmp_path / "with/pjsip.conf").read_text()


@pytest.mark.parametrize(
    ("member", "line"),
    [
        ("PJSIP/100@pbx", "member => PJSIP/100@pbx,0,PJSIP/100@pbx,PJSIP/pbx"),
        (
            "PJSIP/pbx/sip:100@192.0.2.7",
            "member => PJSIP/pbx/sip:100@192.0.2.7,0,PJSIP/pbx/sip:100@192.0.2.7,PJSIP/pbx",
        ),
        ("Local/100@phones", "member => Local/100@phones,0,Local/100@phones"),
    ],
)
def test_an_operator_behind_a_trunk_has_the_trunks_state(tmp_path: Path, member: str, line: str) -> None:
    text = f'ari_password = "a1"\nami_secret = "s1"\noperators = ["{member}"]\n'
    write_set(SET, values(tmp_path, text), tmp_path / "etc")
    assert line in (tmp_path / "etc/queues.conf").read_text().splitlines()


def test_every_value_of_the_set_is_explained() -> None:
    lines = (resources.asterisk_conf() / "values.toml").read_text(encoding="utf-8").splitlines()
    assert len(default_values(SET)) == sum(" = " in line and not line.startswith("#") for line in lines)


def test_a_handover_survives_the_header() -> None:
    told = Handover(call_id="c1", reason="emergency", facts={"врач": "кардиолог", "время": "15:30; вторник"})
    header = handover.encode(told)
    assert header.isascii() and not set(header) & set(';,"<>() ')
    assert handover.decode(header) == told


def test_a_handover_that_is_too_long_for_a_header_keeps_its_call_and_first_facts() -> None:
    facts = {f"факт {number}": "длинный рассказ " * 10 for number in range(20)}
    header = handover.encode(Handover(call_id="c1", reason="operator", facts=facts))
    assert len(header) < 1300
    told = handover.decode(header)
    assert told.call_id == "c1"
    assert "факт 0" in told.facts and len(told.facts) < 20
