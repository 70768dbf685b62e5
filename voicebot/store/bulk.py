"""Many rows at once: what an importer looks up and writes by the hundred thousand."""

import json
from collections.abc import Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    JSON,
    BindParameter,
    ColumnElement,
    Connection,
    Dialect,
    any_,
    bindparam,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.types import TypeEngine

from voicebot.store.tables import Base
from voicebot.store.upsert import insert_new

_Process = Any  #: makes of a value what the driver takes
_ESCAPED = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})  # in COPY's text
_LOADERS = 7_046_029_254  # any number that nobody else locks in this database


def one_loader(session: Session) -> None:
    """Wait for other loaders until this transaction ends: two that wait for each other's rows would be a deadlock.

    All that a loader looks up it looks up by an index: PostgreSQL, asked for thousands of keys at once, would rather
    read the whole table, by several processes, for every batch.
    """
    if not _is_sqlite(session):  # there a writer is alone anyway
        by_index = "set_config('enable_seqscan', 'off', true), set_config('max_parallel_workers_per_gather', '0', true)"
        session.execute(text(f"SELECT pg_advisory_xact_lock({_LOADERS}), {by_index}"))


def among(session: Session, column: InstrumentedAttribute[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """A condition: the column has one of the values, however many they are; strings or integers."""
    wanted = list(values)
    if _is_sqlite(session):
        return column.in_(select(func.json_each(json.dumps(wanted, ensure_ascii=False)).table_valued("value").c.value))
    return column == any_(bindparam(None, wanted, type_=ARRAY(column.type)))


def reserve_ids(session: Session, table: type[Base], count: int) -> Iterator[int]:
    """Ids for new rows: given before the rows are written, so that what hangs on them can be written in bulk too."""
    if not count:
        return iter(())
    if _is_sqlite(session):  # the writer's lock is held: nobody else gives ids now
        last = session.execute(text(f"SELECT max(id) FROM {table.__tablename__}")).scalar() or 0
        return iter(range(last + 1, last + 1 + count))
    sequence = f"(SELECT CAST(pg_get_serial_sequence('{table.__tablename__}', 'id') AS regclass))"  # looked for once
    ids = text(f"SELECT array_agg(nextval({sequence})) FROM generate_series(1, :count)")
    return iter(session.execute(ids, {"count": count}).scalar_one())


def insert_rows(session: Session, table: type[Base], columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert new rows given as tuples of `columns`: one prepared statement in SQLite, COPY in PostgreSQL.

    Several times as fast as SQLAlchemy's own way, which makes a dictionary of every row.

    Raises:
        IntegrityError: a row's key exists.
    """
    if _is_sqlite(session):
        _execute(session, table, columns, rows, "")
    elif rows and not _can_copy(session):
        session.execute(insert(table), [dict(zip(columns, row, strict=True)) for row in rows])
    elif rows:
        _copy(session, table, columns, rows)


def insert_missing(
    session: Session, table: type[Base], columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]]
) -> int:
    """Like `insert_rows`, but rows whose key exists are passed over; gives how many were new."""
    if not rows:
        return 0
    if _is_sqlite(session):
        return _execute(session, table, columns, rows, " ON CONFLICT DO NOTHING")
    given = func.unnest(*_arrays(table, columns, rows)).table_valued(*columns).render_derived()
    new_rows = insert_new(session, table).from_select(columns, select(*given.c), include_defaults=False)
    return session.connection().execute(new_rows.execution_options(preserve_rowcount=True)).rowcount


def insert_hoped(session: Session, table: type[Base], columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]]) -> int:
    """Like `insert_missing`, where hardly ever a row's key exists: in PostgreSQL twice as fast if so."""
    if _is_sqlite(session) or not _can_copy(session):
        return insert_missing(session, table, columns, rows)
    try:
        with session.begin_nested():
            insert_rows(session, table, columns, rows)
    except IntegrityError:
        return insert_missing(session, table, columns, rows)
    return len(rows)


def _arrays(
    table: type[Base], columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]]
) -> list[BindParameter[Sequence[Any]]]:
    """The rows as an array a column: a table of their own would be made, filled and dropped for every batch."""
    by_column = zip(columns, zip(*rows, strict=True), strict=True)
    return [bindparam(None, list(values), ARRAY(table.__table__.columns[name].type)) for name, values in by_column]


def _execute(
    session: Session, table: type[Base], columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]], otherwise: str
) -> int:
    if not rows:
        return 0
    places = ", ".join("?" * len(columns))
    statement = f"INSERT INTO {table.__tablename__} ({', '.join(columns)}) VALUES ({places}){otherwise}"
    return session.connection().exec_driver_sql(statement, _plain(session, table, columns, rows)).rowcount


def _copy(session: Session, table: type[Base], columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]]) -> None:
    """The text is made here, a column at a time: the driver's own way, a cell at a time, took twice as long."""
    by_column = zip(zip(*rows, strict=True), _copied_by(table, columns, session.get_bind().dialect), strict=True)
    lines = zip(*(_made(values, copied) for values, copied in by_column), strict=True)
    text = "".join(["\t".join(line) + "\n" for line in lines])
    connection = session.connection()
    driver: Any = connection.connection.driver_connection
    statement = f"COPY {table.__tablename__} ({', '.join(columns)}) FROM STDIN"
    with _as_usual(connection, statement), driver.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(text)


@contextmanager
def _as_usual(connection: Connection, statement: str) -> Iterator[None]:
    """The driver's errors become those that SQLAlchemy makes of them."""
    dialect = connection.dialect
    base: Any = dialect.loaded_dbapi.Error
    try:
        yield
    except base as error:
        raise DBAPIError.instance(statement, None, error, base, hide_parameters=True, dialect=dialect) from error


def _copied(value: Any) -> str:
    """A value in COPY's text."""
    if value is None:
        return "\\N"
    if isinstance(value, str):
        return value if value.isprintable() and "\\" not in value else value.translate(_ESCAPED)
    if isinstance(value, date):  # or an instant
        return value.isoformat()
    return str(value)


def _plain(
    session: Session, table: type[Base], columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]]
) -> list[tuple[Any, ...]]:
    """The rows as the driver takes them."""
    processes = _processes(table, columns, session.get_bind().dialect)
    if not any(processes):
        return list(rows)
    by_column = zip(zip(*rows, strict=True), processes, strict=True)
    made = (values if process is None else _made(values, process) for values, process in by_column)
    return list(zip(*made, strict=True))


def _made(values: tuple[Any, ...], process: _Process) -> Iterable[Any]:
    """Instants, dates and words of a long table are few: each is made only once."""
    if not isinstance(values[0], Hashable):  # JSON; rows that say the same share one object
        by_object = {key: process(value) for key, value in {id(value): value for value in values}.items()}
        return [by_object[id(value)] for value in values]
    made = {value: process(value) for value in set(values)}
    return map(made.__getitem__, values)


@lru_cache(maxsize=64)
def _copied_by(table: type[Base], columns: tuple[str, ...], dialect: Dialect) -> tuple[_Process, ...]:
    """What makes of a value its text for COPY, a function a column."""

    def made(kind: TypeEngine[Any], process: _Process) -> _Process:
        if isinstance(kind, JSON):
            return lambda value: _copied(json.dumps(value, ensure_ascii=False))
        return _copied if process is None else lambda value: _copied(process(value))

    kinds = [table.__table__.columns[name].type for name in columns]
    return tuple(map(made, kinds, _processes(table, columns, dialect)))


@lru_cache(maxsize=64)
def _processes(table: type[Base], columns: tuple[str, ...], dialect: Dialect) -> tuple[_Process, ...]:
    types = (table.__table__.columns[name].type for name in columns)
    return tuple(kind.dialect_impl(dialect).bind_processor(dialect) for kind in types)


def _can_copy(session: Session) -> bool:
    """A session of the event loop (one row, for one call) has another driver, which cannot."""
    return session.get_bind().dialect.driver == "psycopg"


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"
