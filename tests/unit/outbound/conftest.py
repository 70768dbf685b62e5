from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from queue_world import Phones, Time, World

from voicebot.store.database import Database

MONDAY_MORNING = datetime(2026, 11, 23, 9, 30, tzinfo=ZoneInfo("Europe/Moscow"))


@pytest.fixture
def time() -> Time:
    return Time(MONDAY_MORNING)


@pytest.fixture
def now(time: Time) -> Callable[[], datetime]:
    return time.now


@pytest.fixture
def world(database: Database, time: Time) -> World:
    return World(database=database, time=time, phones=Phones(database=database, time=time))
