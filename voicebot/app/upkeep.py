"""What a robot does for the store beside talking: bookable times are made ahead, what is old is erased at night."""

import asyncio
import logging
import threading
from datetime import datetime, time, timedelta

from voicebot.config import Settings
from voicebot.dialog.ports import Clock
from voicebot.errors import StoreError
from voicebot.store import retention, schedules
from voicebot.store.database import Database, now

_log = logging.getLogger(__name__)
_EVERY = timedelta(hours=6)  # a new day begins once in several of them, in every zone
_LOOK = timedelta(minutes=1)  # at the clock, which may be set


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


async def purge_daily(database: Database, settings: Settings, clock: Clock) -> None:
    """Erase what is old, each day at the hour of `[retention] at`; ends by being cancelled, between transactions.

    Several robots may do it at once: what one has erased the others do not find.
    """
    due = next_time(clock.now(), settings.retention.at)
    while True:
        await asyncio.sleep(_LOOK.total_seconds())
        if clock.now() < due:
            continue
        halt = threading.Event()
        try:
            purged = await asyncio.to_thread(_purge, database, settings, halt)
        except StoreError as error:
            _log.warning("not everything that is old was erased: %s", error)
        else:
            _log.info("what is old was erased", extra={"rows": sum(purged.rows.values()), "files": purged.files})
        finally:
            halt.set()
        due = next_time(clock.now(), settings.retention.at)


def next_time(now: datetime, at: time) -> datetime:
    """When the clocks in the zone of `now` show `at` next."""
    today = datetime.combine(now.date(), at, now.tzinfo)
    return today if today > now else datetime.combine(now.date() + timedelta(days=1), at, now.tzinfo)


def _extend(database: Database, ahead: timedelta) -> schedules.Extended:
    with database.sync_write() as session:
        return schedules.extend(session, until=(now(session) + ahead).date())


def _purge(database: Database, settings: Settings, halt: threading.Event) -> retention.Purged:
    keep, sound = settings.retention, settings.recording.retention
    return retention.purge(database, keep, recordings=settings.recordings_dir, sound=sound, halted=halt.is_set)
