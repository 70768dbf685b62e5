"""Bringing a database to the tables that this program knows (Alembic)."""

from collections.abc import Callable

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection
from sqlalchemy.exc import DatabaseError, DBAPIError, InterfaceError, OperationalError

from voicebot import resources
from voicebot.errors import StoreError
from voicebot.store.database import read_url, sync_engine
from voicebot.store.tables import Base


def upgrade(url: str, revision: str = "head") -> None:
    """Create or migrate the tables; harmless when they are up to date. Blocks: never on the event loop.

    Raises:
        StoreError: the database does not answer, or belongs to a newer program.
    """
    _migrate(url, lambda config: command.upgrade(config, revision))


def downgrade(url: str, revision: str) -> None:
    """Go back to an older revision (`base`: no tables)."""
    _migrate(url, lambda config: command.downgrade(config, revision))


def current(url: str) -> str | None:
    """The database's revision; None before the first upgrade."""
    engine = sync_engine(read_url(url))
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()


def newest() -> str | None:
    """The revision that this program brings."""
    return ScriptDirectory.from_config(_config(None)).get_current_head()


def differences(connection: Connection) -> list[object]:
    """What the database lacks or has too much against the tables in code; empty after `upgrade`."""
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, Base.metadata))


def _migrate(url: str, step: Callable[[Config], None]) -> None:
    parsed = read_url(url)
    place = parsed.render_as_string(hide_password=True)
    engine = sync_engine(parsed)
    try:
        with engine.connect() as connection:
            step(_config(connection))
            connection.commit()
    except CommandError as error:
        mend = "Use the program version that made this database, or a newer one."
        raise StoreError(f"the tables cannot be migrated: {error}", place=place, mend=mend) from error
    except DBAPIError as error:
        # DatabaseError itself, not a child of it, is what SQLite says of a file that is no database.
        if not isinstance(error, OperationalError | InterfaceError) and type(error) is not DatabaseError:
            raise
        mend = "Check [store] url, that the database runs, and that its folder can be written."
        raise StoreError(f"the store did not answer: {error.orig}", place=place, mend=mend) from error
    finally:
        engine.dispose()


def _config(connection: Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(resources.migrations()).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
