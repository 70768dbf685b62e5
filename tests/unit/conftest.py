"""A fresh store for a test: on SQLite, and on a PostgreSQL server of the test run's own."""

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from voicebot.bench import postgresql
from voicebot.bench.postgresql import Server
from voicebot.store import schema
from voicebot.store.database import Database

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with postgresql.running() as server:
        yield server
        if request.session.testsfailed:
            print(server.log.read_text(errors="replace")[-5000:])  # noqa: T201


@pytest.fixture(scope="session")
def template(server: Server) -> str:
    """A database with all tables: copying it is ten times as fast as migrating."""
    name = server.create()
    schema.upgrade(server.url(name))
    return name


@pytest.fixture(scope="session")
def template_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("store") / "template.db"
    schema.upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Of a database without tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'store.db'}"
        return
    server: Server = request.getfixturevalue("server")
    name = server.create()
    yield server.url(name)
    server.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Of a database with all tables."""
    if request.param == "sqlite":
        file = tmp_path / "store.db"
        file.write_bytes(request.getfixturevalue("template_file").read_bytes())
        yield f"sqlite:///{file}"
        return
    server: Server = request.getfixturevalue("server")
    name = server.create(request.getfixturevalue("template"))
    yield server.url(name)
    server.drop(name)


@pytest.fixture
def now() -> Callable[[], datetime]:
    """The store's clock; a module with a clock of its own overrides it."""
    return lambda: NOW


@pytest.fixture
async def database(url: str, now: Callable[[], datetime]) -> AsyncIterator[Database]:
    database = Database(url, timeout=timedelta(seconds=20), clock=now)
    yield database
    await database.close()
