"""What is old is erased, each kind of data after its own time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Executable, and_, delete, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from voicebot.config import Retention
from voicebot.store.bulk import among
from voicebot.store.database import Database, now
from voicebot.store.files import erase_sound
from voicebot.store.pace import Pace
from voicebot.store.tables import (
    Appointment,
    Attempt,
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

_MOST = 2000  # keys in one transaction


@dataclass(kw_only=True)
class Purged:
    """How much was erased, by kind."""

    rows: dict[str, int] = field(default_factory=dict)
    files: int = 0


def purge(
    database: Database,
    keep: Retention,
    *,
    recordings: Path,
    sound: timedelta,
    halted: Callable[[], bool] = lambda: False,
) -> Purged:
    """Erase what is older than it may be; harmless when repeated. Blocks: never on the event loop.

    `sound`: how long recordings and clips are kept, in the folder `recordings`. It ends between two transactions when
    `halted` says so.

    Raises:
        StoreError: the store does not answer; what was erased up to there stays erased.
    """
    with database.sync_read() as session:
        at = now(session)
    purged, work = Purged(), _Work(database, Pace(database, most=_MOST), halted)
    for silent in _silent(at - sound):
        work.change(silent)
    purged.files = _erase_files(at - sound, recordings)
    for old in _old(keep, at):
        purged.rows[old.kind] = purged.rows.get(old.kind, 0) + work.change(old)
    return purged


@dataclass(frozen=True)
class _Old:
    """Rows of a table that are old; `key` tells which rows go together. They take the `values`; without any they go."""

    kind: str
    key: InstrumentedAttribute[Any]
    condition: ColumnElement[bool]
    values: Mapping[str, Any] | None = None

    def statement(self, session: Session, keys: Sequence[Any]) -> Executable:
        """Gives the key of each row; a row that is not old any more stays."""
        chosen = (among(session, self.key, keys), self.condition)
        table = self.key.class_
        if self.values is None:
            return delete(table).where(*chosen).returning(self.key).execution_options(synchronize_session=False)
        change = update(table).where(*chosen).values(dict(self.values)).returning(self.key)
        return change.execution_options(synchronize_session=False)


def _silent(before: datetime) -> Sequence[_Old]:
    """Rows that name old sound. They forget it before it goes: a crash leaves a file for the next time, never a lie."""
    old_calls = select(Call.id).where(Call.started_at < before)
    return (
        _Old("sound", Call.id, and_(Call.started_at < before, Call.recording.is_not(None)), {"recording": None}),
        _Old("sound", Fact.id, and_(Fact.call_id.in_(old_calls), Fact.clip.is_not(None)), {"clip": None}),
    )


def _old(keep: Retention, at: datetime) -> Sequence[_Old]:
    """In an order in which nothing hangs on what goes first."""
    spoken = select(Call.id).where(Call.started_at < at - keep.words)
    listed = select(Contact.appointment_id).where(Contact.appointment_id == Appointment.id)
    booked = select(Appointment.slot_id).where(Appointment.slot_id == Slot.id)
    ended = Campaign.state.in_((CampaignState.STOPPED, CampaignState.FINISHED))
    closed = select(Campaign.id).where(Campaign.ended_at < at - keep.lists, ended)
    waited = Wait.state.in_((WaitState.BOOKED, WaitState.WITHDRAWN, WaitState.EXPIRED))
    before = at - keep.appointments
    return (
        _Old("words", Turn.call_id, Turn.call_id.in_(spoken)),
        _Old("words", Fact.call_id, Fact.call_id.in_(spoken)),
        _Old("calls", Call.id, Call.started_at < at - keep.calls),
        # A campaign may have a million contacts: they do not go with it in one transaction.
        _Old("attempts", Attempt.id, Attempt.campaign_id.in_(closed)),
        _Old("contacts", Contact.id, Contact.campaign_id.in_(closed)),
        _Old("lists", Campaign.id, Campaign.id.in_(closed)),
        _Old("tasks", Task.id, and_(Task.state == TaskState.DONE, Task.done_at < at - keep.tasks)),
        _Old("messages", Outbox.id, Outbox.sent_at < at - keep.messages),
        _Old("messages", Replayed.id, Replayed.at < at - keep.calls),
        _Old("cases", Case.id, Case.closed_at < at - keep.cases),
        _Old("appointments", Wait.id, and_(Wait.created_at < before, waited)),
        _Old("appointments", Appointment.id, and_(Appointment.starts_at < before, ~listed.exists())),
        _Old("slots", Slot.id, and_(Slot.starts_at < at - keep.slots, ~booked.exists())),
    )


@dataclass(frozen=True)
class _Work:
    """Small transactions, one after the other."""

    database: Database
    pace: Pace
    halted: Callable[[], bool]

    def change(self, old: _Old) -> int:
        """Erase or change all such rows; gives how many. Looking for them locks nothing."""
        changed = 0
        while not self.halted():
            with self.database.sync_read() as session:
                keys = list(session.scalars(select(old.key).where(old.condition).distinct().limit(self.pace.rows)))
            if not keys:
                break
            with self.pace.transaction(len(keys)), self.database.sync_write() as session:
                changed += len(session.execute(old.statement(session, keys)).all())
        return changed


def _erase_files(before: datetime, recordings: Path) -> int:
    if not recordings.is_dir():
        return 0
    files = [file for file in recordings.rglob("*") if file.is_file() and file.stat().st_mtime < before.timestamp()]
    return erase_sound(recordings, [], [str(file.relative_to(recordings)) for file in files])
