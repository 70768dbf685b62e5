from pathlib import Path

import pytest
import sqlalchemy as sa

from voicebot.errors import ConfigError, StoreError
from voicebot.store import schema
from voicebot.store.database import read_url, sync_engine
from voicebot.store.tables import Base


def test_migrations_make_exactly_the_tables_of_the_code(empty_url: str) -> None:
    schema.upgrade(empty_url)
    engine = sync_engine(read_url(empty_url))
    with engine.connect() as connection:
        assert schema.differences(connection) == []
    engine.dispose()
    assert schema.current(empty_url) == schema.newest()


def test_upgrading_twice_and_going_back_and_forth_leaves_the_same_tables(empty_url: str) -> None:
    schema.upgrade(empty_url)
    schema.upgrade(empty_url)
    schema.downgrade(empty_url, "base")
    engine = sync_engine(read_url(empty_url))
    assert sa.inspect(engine).get_table_names() == ["alembic_version"]
    engine.dispose()
    schema.upgrade(empty_url)
    assert schema.current(empty_url) == schema.newest()


def test_words_outside_an_enum_are_refused_by_the_database_itself(empty_url: str) -> None:
    schema.upgrade(empty_url)
    engine = sync_engine(read_url(empty_url))
    statement = (
        "INSERT INTO campaigns (id, name, scenario, state, policy, created_at) VALUES (1, 'a', 'b', {}, '{{}}', {})"
    )
    with engine.begin() as connection:
        connection.exec_driver_sql(statement.format("'draft'", "'2026-01-01 00:00:00.000000'"))
    with pytest.raises(sa.exc.IntegrityError), engine.begin() as connection:
        connection.exec_driver_sql(statement.replace("(1,", "(2,").format("'asleep'", "'2026-01-01 00:00:00.000000'"))
    engine.dispose()


def test_the_database_takes_every_word_of_the_code(empty_url: str) -> None:
    schema.upgrade(empty_url)
    engine = sync_engine(read_url(empty_url))
    checks = {
        (table, str(check["name"])): str(check["sqltext"])
        for table in sa.inspect(engine).get_table_names()
        for check in sa.inspect(engine).get_check_constraints(table)
    }
    engine.dispose()
    looked_at = 0
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            text = checks.get((table.name, f"ck_{table.name}_{column.name}"))
            if isinstance(column.type, sa.Enum) and text is not None:
                assert all(f"'{word}'" in text for word in column.type.enums), (table.name, column.name)
                looked_at += 1
    assert looked_at > 10


def test_a_database_of_a_newer_program_is_refused_with_a_mend(empty_url: str) -> None:
    schema.upgrade(empty_url)
    engine = sync_engine(read_url(empty_url))
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    try:
        with pytest.raises(StoreError, match="newer"):
            schema.upgrade(empty_url)
    finally:
        with engine.begin() as connection:
            connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{schema.newest()}'")
        engine.dispose()


def test_a_folder_that_cannot_hold_the_database_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "store.db").mkdir()
    with pytest.raises(StoreError, match="folder can be written"):
        schema.upgrade(f"sqlite:///{tmp_path / 'store.db'}")


@pytest.mark.parametrize("url", ["nonsense", "mysql://u@h/d", "sqlite://", "sqlite:///:memory:"])
def test_a_database_url_that_cannot_work_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="postgresql://"):
        read_url(url)
