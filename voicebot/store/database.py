"""The connection to the store: sessions for reading and writing, on and off the event loop."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import DBAPIError, InterfaceError, InvalidatePoolError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import Session

from voicebot.errors import ConfigError, StoreError
from voicebot.store import one_hop

_DRIVERS = {
    "sqlite": ("sqlite+aiosqlite", "sqlite+pysqlite"),
    "postgresql": ("postgresql+asyncpg", "postgresql+psycopg"),
}
_SYNC_PATIENCE = timedelta(seconds=60)  # importers and reports may wait for a writer, talks may not
_GOODBYE, _CLOSING = 0.1, 2.0  # seconds: in a talk that waits, at the end of a program
_DEADLOCK = "40P01"  # PostgreSQL ended this transaction so that another can go on; it may be tried again
_P = ParamSpec("_P")
_T = TypeVar("_T")
_NOW = "voicebot_now"
_WRITES = "voicebot_writes"
# synchronous=FULL: what the robot has said to be done survives a power cut too.
_PRAGMAS = (
    *("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL"),
    # 64 MB, and 160 MB of log: each transaction of a large import changes most pages of two indexes. With SQLite's own
    # 2 and 4 MB these are read and written again and again.
    *("cache_size=-65536", "wal_autocheckpoint=40000"),
)


def utc_now() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)


def now(session: AsyncSession | Session) -> datetime:
    """What time it is for what is written in this session: the clock of its `Database`."""
    clock: Callable[[], datetime] = session.info[_NOW]
    return clock()


async def on_connection(
    session: AsyncSession, work: Callable[Concatenate[Connection, _P], _T], *args: _P.args, **options: _P.kwargs
) -> _T:
    """Do what needs only the session's transaction, with plain rows: a statement costs half as much so.

    What was changed in the session is written before; it is not told of what is changed here.
    """

    def run(sync: Session) -> _T:
        sync.flush()
        return work(sync.connection(), *args, **options)

    return await session.run_sync(run)


class Database:
    """Sessions on one database.

    `timeout` is the limit of a whole transaction on the event loop, waiting for other writers included.
    A session given out has begun a transaction, which is committed when the block ends and rolled back when it raises.
    """

    def __init__(
        self, url: str, *, timeout: timedelta = timedelta(seconds=2), clock: Callable[[], datetime] = utc_now
    ) -> None:
        self.url = read_url(url)
        self._timeout = timeout.total_seconds()
        self._clock = clock
        self._async = _async_engine(self.url, timeout)
        self._async_writing = self._async.execution_options(**{_WRITES: True})
        self._sync = sync_engine(self.url)
        # One writer at a time inside the process: waiting here costs nothing, waiting in SQLite costs a thread.
        self._writer = asyncio.Lock() if self.url.get_backend_name() == "sqlite" else None

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session that sees one state of the database.

        Raises:
            StoreError: the store does not answer in time.
        """
        async with self._answering(), self._session(self._async) as session:
            yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """A session that changes the database in one transaction.

        Raises:
            StoreError: the store does not answer in time; nothing was changed, or the commit's answer was lost.
        """
        async with self._answering():
            if self._writer is None:
                async with self._session(self._async_writing) as session:
                    yield session
            else:
                async with self._writer, self._session(self._async_writing) as session:
                    yield session

    @contextmanager
    def sync_read(self) -> Iterator[Session]:
        """Like `read`, for importers, reports and the command line: never on the event loop."""
        with self._sync_session(self._sync) as session:
            yield session

    @contextmanager
    def sync_write(self) -> Iterator[Session]:
        """Like `write`, for importers and the command line: never on the event loop."""
        with self._sync_session(self._sync.execution_options(**{_WRITES: True})) as session:
            yield session

    async def close(self) -> None:
        """Close all connections."""
        await self._async.dispose()
        await asyncio.to_thread(self._sync.dispose)

    @asynccontextmanager
    async def _session(self, engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
        async with AsyncSession(engine, expire_on_commit=False, info={_NOW: self._clock}) as session, session.begin():
            await session.connection()  # begins now: the writer's lock is taken before the first read
            yield session

    @contextmanager
    def _sync_session(self, engine: Engine) -> Iterator[Session]:
        try:
            with Session(engine, expire_on_commit=False, info={_NOW: self._clock}) as session, session.begin():
                session.connection()
                yield session
        except (OperationalError, InterfaceError, NoConnection) as error:
            raise self._silent(error) from error

    @asynccontextmanager
    async def _answering(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._timeout) as limit:
                yield
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise self._silent(error) from error
        except (OperationalError, InterfaceError, NoConnection, ConnectionError, socket.gaierror) as error:
            raise self._silent(error) from error
        except DBAPIError as error:
            if not error.connection_invalidated and getattr(error.orig, "sqlstate", None) != _DEADLOCK:
                raise
            raise self._silent(error) from error

    def _silent(self, error: Exception) -> StoreError:
        reason = str(error.orig) if isinstance(error, DBAPIError) else type(error).__name__
        return StoreError(
            f"the store did not answer: {reason.splitlines()[0] if reason else 'no reason given'}",
            place=self.url.render_as_string(hide_password=True),
            mend="Check that the database runs, has room, and was made by this version of the program.",
        )


def read_url(url: str) -> URL:
    """Understand a database URL.

    Raises:
        ConfigError: not a database that the store knows.
    """
    mend = "Write sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE."
    try:
        parsed = make_url(url)
    except Exception:
        raise ConfigError("not a database URL", place="store.url", mend=mend) from None
    if parsed.get_backend_name() not in _DRIVERS or (
        parsed.get_backend_name() == "sqlite" and parsed.database in (None, "", ":memory:")
    ):
        raise ConfigError("a kind of database that the store cannot use", place="store.url", mend=mend)
    return parsed


def sync_engine(url: URL) -> Engine:
    """An engine for use off the event loop; makes the folder of an SQLite file.

    Raises:
        StoreError: that folder cannot be made.
    """
    if url.get_backend_name() == "sqlite":
        folder = Path(str(url.database)).parent
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            mend = "Set [store] url to a folder that can be written."
            raise StoreError(f"it cannot be made: {error.strerror}", place=str(folder), mend=mend) from error
    backend = url.get_backend_name()
    url, options = url.set(drivername=_DRIVERS[backend][1]), _options(url, _SYNC_PATIENCE)
    engine = create_engine(url, pool_pre_ping=backend == "postgresql", **options)
    _prepare(engine)
    return engine


def _async_engine(url: URL, timeout: timedelta) -> AsyncEngine:
    options = _options(url, timeout)
    if url.get_backend_name() == "postgresql":
        options["connect_args"] = {"connection_class": _impatient()}
    else:
        options["connect_args"]["async_creator_fn"] = one_hop.connect
    engine = create_async_engine(url.set(drivername=_DRIVERS[url.get_backend_name()][0]), **options)
    _prepare(engine.sync_engine)
    if url.get_backend_name() == "postgresql":
        _drop_dead(engine.sync_engine)
    return engine


def _drop_dead(engine: Engine) -> None:
    """Give out no connection that its server has closed: it was killed, or started again.

    The loop has heard of that by itself. Asking the server, as SQLAlchemy does, takes three ways to it and back in
    every transaction.
    """

    @event.listens_for(engine, "checkout")
    def check(connection: Any, _record: Any, _fairy: Any) -> None:
        if connection.driver_connection.is_closed():
            raise InvalidatePoolError


def _impatient() -> type[Any]:
    """A connection that does not say goodbye for long to a server that hangs.

    A talk would wait for it two seconds more, and a robot that is told to stop for ever.
    """
    import asyncpg  # type: ignore[import-untyped]  # only where PostgreSQL is used

    class Impatient(asyncpg.Connection):  # type: ignore[misc]
        async def close(self, *, timeout: float | None = None) -> None:  # noqa: ASYNC109 (asyncpg's own signature)
            await super().close(timeout=_CLOSING if timeout is None else min(timeout, _GOODBYE))

    return Impatient


def _options(url: URL, patience: timedelta) -> dict[str, Any]:
    # An error tells the statement, not the names and numbers in it: it may be logged.
    private = {"hide_parameters": True}
    if url.get_backend_name() == "sqlite":
        return private | {"connect_args": {"timeout": patience.total_seconds()}}
    return private | {"pool_timeout": patience.total_seconds()}


def _prepare(engine: Engine) -> None:
    """Set SQLite up; other databases need nothing.

    The driver begins transactions by its own rules unless told not to; a transaction that first reads and then writes
    could then fail with "database is locked" at once. So the store begins them itself, writers with the lock taken.
    """
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in _PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
