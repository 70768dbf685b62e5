"""A fresh store for every test; on PostgreSQL too where VOICEBOT_TEST_POSTGRESQL names an empty database."""

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from store_rows import Rows

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
async def database(url: str) -> AsyncIterator[Database]:
    schema.upgrade(url)
    database = Database(url, timeout=timedelta(seconds=20), clock=lambda: NOW)
    yield database
    await database.close()


@pytest.fixture
async def rows(database: Database) -> Rows:
    """A patient with one appointment tomorrow, and one call about it."""
    return await Rows.add_to(database, NOW)
