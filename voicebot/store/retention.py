"""What is old is erased, each kind of data after its own time."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, select, update
from sqlalchemy.orm import InstrumentedAttribute

from voicebot.config import Retention
from voicebot.store.database import Database, now
from voicebot.store.files import erase_sound
from voicebot.store.tables import (
    Appointment,
    Call,
    Campaign,
    CampaignState,
    Case,
    Contact,
    Fact,
    Outbox,
    Replayed,
    Slot,
    Task,
    TaskState,
    Turn,
    Wait,
    WaitState,
)

_BATCH = 1000  # rows in one transaction: talks wait for it


@dataclass(kw_only=True)
class Purged:
    """How much was erased, by kind."""

    rows: dict[str, int] = field(default_factory=dict)
    files: int = 0


def purge(database: Database, keep: Retention, *, recordings: Path, sound: timedelta) -> Purged:
    """Erase what is older than it may be; harmless when repeated. Blocks: never on the event loop.

    `sound`: how long recordings and clips are kept, in the folder `recordings`.

    Raises:
        StoreError: the store does not answer; what was erased up to there stays erased.
    """
    with database.sync_read() as session:
        at = now(session)
    purged = Purged(files=_purge_sound(database, at - sound, recordings))
    for old in _old(keep, at):
        purged.rows[old.kind] = purged.rows.get(old.kind, 0) + _purge_rows(database, old)
    return purged


@dataclass(frozen=True)
class _Old:
    """Rows of a table that are old; `key` tells which rows go together."""

    kind: str
    key: InstrumentedAttribute[Any]
    condition: ColumnElement[bool]


def _old(keep: Retention, at: datetime) -> Sequence[_Old]:
    """In an order in which nothing hangs on what goes first."""
    spoken = select(Call.id).where(Call.started_at < at - keep.words)
    listed = select(Contact.appointment_id).where(Contact.appointment_id == Appointment.id)
    booked = select(Appointment.slot_id).where(Appointment.slot_id == Slot.id)
    ended = Campaign.state.in_((CampaignState.STOPPED, CampaignState.FINISHED))
    waited = Wait.state.in_((WaitState.BOOKED, WaitState.WITHDRAWN, WaitState.EXPIRED))
    before = at - keep.appointments
    return (
        _Old("words", Turn.call_id, Turn.call_id.in_(spoken)),
        _Old("words", Fact.call_id, Fact.call_id.in_(spoken)),
        _Old("calls", Call.id, Call.started_at < at - keep.calls),
        _Old("lists", Campaign.id, and_(Campaign.ended_at < at - keep.lists, ended)),
        _Old("tasks", Task.id, and_(Task.state == TaskState.DONE, Task.done_at < at - keep.tasks)),
        _Old("messages", Outbox.id, Outbox.sent_at < at - keep.messages),
        _Old("messages", Replayed.id, Replayed.at < at - keep.calls),
        _Old("cases", Case.id, Case.closed_at < at - keep.cases),
        _Old("appointments", Wait.id, and_(Wait.created_at < before, waited)),
        _Old("appointments", Appointment.id, and_(Appointment.starts_at < before, ~listed.exists())),
        _Old("slots", Slot.id, and_(Slot.starts_at < at - keep.slots, ~booked.exists())),
    )


def _purge_rows(database: Database, old: _Old) -> int:
    gone = 0
    while True:
        with database.sync_write() as session:
            keys = list(session.scalars(select(old.key).where(old.condition).distinct().limit(_BATCH)))
            if not keys:
                return gone
            doomed = delete(old.key.class_).where(old.key.in_(keys)).returning(old.key)
            gone += len(session.execute(doomed.execution_options(synchronize_session=False)).all())


def _purge_sound(database: Database, before: datetime, recordings: Path) -> int:
    """Recordings and clips; the rows forget them first: a crash leaves a file for the next time, never a lie."""
    old_calls = select(Call.id).where(Call.started_at < before)
    with database.sync_write() as session:
        for silent in (
            update(Call).where(Call.started_at < before, Call.recording.is_not(None)).values(recording=None),
            update(Fact).where(Fact.call_id.in_(old_calls), Fact.clip.is_not(None)).values(clip=None),
        ):
            session.execute(silent.execution_options(synchronize_session=False))
    if not recordings.is_dir():
        return 0
    files = [file for file in recordings.rglob("*") if file.is_file() and file.stat().st_mtime < before.timestamp()]
    return erase_sound(recordings, [], [str(file.relative_to(recordings)) for file in files])
