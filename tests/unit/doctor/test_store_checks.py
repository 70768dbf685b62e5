"""What the doctor says of the database."""

import sqlite3
from pathlib import Path

import pytest

from voicebot.config import Store
from voicebot.doctor import store
from voicebot.doctor.check import Check, State
from voicebot.store import schema
from voicebot.telephony.ports import LOOPBACK, Ports


def _found(url: str) -> Check:
    [check] = store.checks(Store(url=url))
    return check


def test_a_database_of_this_program_is_in_order(url: str) -> None:
    schema.upgrade(url)
    assert _found(url).state is State.OK


def test_a_database_that_serve_will_make_is_no_fault_and_is_not_made(tmp_path: Path) -> None:
    file = tmp_path / "new/voicebot.db"
    assert _found(f"sqlite:///{file}").state is State.WARN
    assert not file.parent.exists()


def test_tables_of_an_older_program_are_a_fault(url: str) -> None:
    schema.upgrade(url)
    schema.downgrade(url, "base")
    check = _found(url)
    assert check.state is State.FAIL and "revision none" in check.what and "migrates" in check.mend


def test_tables_of_a_newer_program_are_a_fault(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    schema.upgrade(url)
    with sqlite3.connect(tmp_path / "store.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'of-tomorrow'")
    check = _found(url)
    assert check.state is State.FAIL and "of-tomorrow" in check.what and "update this program" in check.mend


def test_a_database_that_may_only_be_read_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    schema.upgrade(url)
    # Rights do not bind root, who may run this test.
    engine_of = store.sync_engine
    monkeypatch.setattr(
        store, "sync_engine", lambda url: engine_of(url).execution_options(schema_translate_map={None: "nowhere"})
    )
    check = _found(url)
    assert check.state is State.FAIL and "cannot be written" in check.what and "[store] url" in check.mend


def test_a_server_that_is_not_there_is_a_fault_without_its_password() -> None:
    pytest.importorskip("psycopg")
    check = _found(f"postgresql://robot:geheim@{LOOPBACK}:{Ports.free().http}/clinic")
    assert check.state is State.FAIL
    assert "geheim" not in check.what and "robot:***" in check.what and "[store] url" in check.mend


def test_an_address_that_is_none_is_a_fault() -> None:
    check = _found("voicebot.db")
    assert check.state is State.FAIL and "sqlite:///FILE" in check.mend
