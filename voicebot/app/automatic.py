"""A running robot fills the campaigns that fill themselves."""

import asyncio
import logging
import threading
from datetime import timedelta

from voicebot.config import Settings
from voicebot.dialog.ports import Clock
from voicebot.errors import StoreError
from voicebot.outbound import filling
from voicebot.store.database import Database

_log = logging.getLogger(__name__)
_EVERY = timedelta(seconds=15)  # how soon a freed time or a lost caller is noticed
_PATIENCE = timedelta(seconds=10)  # nobody on a telephone waits for this


async def keep_campaigns_filled(settings: Settings, clock: Clock, *, every: timedelta = _EVERY) -> None:
    """Until cancelled; while the store does not answer, nothing is filled.

    It runs beside the event loop: reading a day's visits must not be heard in a call.
    """
    stop = threading.Event()

    def fill() -> None:
        asyncio.run(_fill(settings, clock, stop))

    try:
        while True:
            try:
                await asyncio.to_thread(fill)
            except StoreError as error:
                _log.warning("campaigns are not filled: %s", error)
            await asyncio.sleep(every.total_seconds())
    finally:
        stop.set()


async def _fill(settings: Settings, clock: Clock, stop: threading.Event) -> None:
    database = Database(settings.store.url, timeout=_PATIENCE, clock=clock.now)
    try:
        await filling.keep_filled(database, settings.clinic, stopping=stop.is_set)
    finally:
        await database.close()
