"""What a robot does for the store beside talking: times that can be booked are made ahead."""

import asyncio
import logging
from datetime import timedelta

from voicebot.errors import StoreError
from voicebot.store import schedules
from voicebot.store.database import Database, now

_log = logging.getLogger(__name__)
_EVERY = timedelta(hours=6)  # a new day begins once in several of them, in every zone


async def keep_slots_ahead(database: Database, ahead: timedelta) -> None:
    """Make slots out of doctors' hours for the time `ahead`, now and again; ends by being cancelled."""
    while True:
        try:
            made = await asyncio.to_thread(_extend, database, ahead)
        except StoreError as error:
            _log.warning("no times were made ahead: %s", error)
        else:
            _log.info("times made ahead", extra={"added": made.added, "withdrawn": made.withdrawn})
        await asyncio.sleep(_EVERY.total_seconds())


def _extend(database: Database, ahead: timedelta) -> schedules.Extended:
    with database.sync_write() as session:
        return schedules.extend(session, until=(now(session) + ahead).date())
