"""Many rows at once: what an importer writes by the hundred thousand."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Dialect
from sqlalchemy.orm import Session

from voicebot.store.tables import Base

_Plan = tuple[str, list[tuple[int, Any]]]


def insert_many(session: Session, table: type[Base], columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows given as tuples of `columns`; those whose key exists are passed over.

    Several times as fast as SQLAlchemy's own way, which makes a dictionary of every row: SQLite gets one prepared
    statement, PostgreSQL one statement with an array for each column.
    """
    if not rows:
        return
    dialect = session.get_bind().dialect
    statement, processors = _plan(table, columns, dialect)
    plain = list(map(list, zip(*rows, strict=True)))
    for place, process in processors:
        plain[place] = [process(value) for value in plain[place]]
    connection = session.connection()
    if dialect.name == "sqlite":
        connection.exec_driver_sql(statement, list(zip(*plain, strict=True)))
    else:
        connection.exec_driver_sql(statement, tuple(plain))


@lru_cache(maxsize=64)
def _plan(table: type[Base], columns: tuple[str, ...], dialect: Dialect) -> _Plan:
    """The statement, and what makes of values what the driver takes, by place."""
    types = [table.__table__.columns[name].type for name in columns]
    made = [kind.dialect_impl(dialect).bind_processor(dialect) for kind in types]
    names = ", ".join(columns)
    if dialect.name == "sqlite":
        source = f"VALUES ({', '.join('?' * len(columns))})"
    else:
        arrays = ", ".join(f"%s::{kind.compile(dialect)}[]" for kind in types)
        source = f"SELECT * FROM unnest({arrays})"
    statement = f"INSERT INTO {table.__tablename__} ({names}) {source} ON CONFLICT DO NOTHING"
    return statement, [(place, process) for place, process in enumerate(made) if process is not None]
