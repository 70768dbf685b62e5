"""INSERT that does nothing where the row is there: both databases know it, each in its own dialect's words."""

from functools import cache
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from voicebot.store.tables import Base


def insert_new(session: AsyncSession | Session | Connection, table: type[Base]) -> "sqlite.Insert | postgresql.Insert":
    """An INSERT that skips rows whose key exists; `.returning(…)` tells what was new.

    Give many rows as the second argument of `session.execute`, not by `.values(…)`: that compiles a new statement for
    every batch, which took most of a list's loading.
    """
    bind = session if isinstance(session, Connection) else session.get_bind()
    return _made(bind.dialect.name, table)


@cache  # one for each table: making it takes longer than running it
def _made(dialect: str, table: type[Base]) -> "sqlite.Insert | postgresql.Insert":
    make: Any = sqlite.insert if dialect == "sqlite" else postgresql.insert
    statement: sqlite.Insert | postgresql.Insert = make(table.__table__).on_conflict_do_nothing()
    return statement
