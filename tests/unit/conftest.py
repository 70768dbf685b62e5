"""A fresh store for a test; on PostgreSQL too where VOICEBOT_TEST_POSTGRESQL names a database that may be emptied."""

import os
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from voicebot.store import schema
from voicebot.store.database import Database

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
POSTGRESQL = os.environ.get("VOICEBOT_TEST_POSTGRESQL", "")


@pytest.fixture(params=["sqlite", "postgresql"] if POSTGRESQL else ["sqlite"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.db'}"
    schema.downgrade(POSTGRESQL, "base")
    return POSTGRESQL


@pytest.fixture
def now() -> Callable[[], datetime]:
    """The store's clock; a module with a clock of its own overrides it."""
    return lambda: NOW


@pytest.fixture
async def database(url: str, now: Callable[[], datetime]) -> AsyncIterator[Database]:
    schema.upgrade(url)
    database = Database(url, timeout=timedelta(seconds=20), clock=now)
    yield database
    await database.close()
