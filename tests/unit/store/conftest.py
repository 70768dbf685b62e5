from collections.abc import Callable
from datetime import datetime

import pytest
from store_rows import Rows

from voicebot.store.database import Database


@pytest.fixture
async def rows(database: Database, now: Callable[[], datetime]) -> Rows:
    """A patient with one appointment tomorrow, and one call about it."""
    return await Rows.add_to(database, now())
