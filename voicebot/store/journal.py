"""The journal: what a talk learnt while the store did not answer, on disk at once, in the store at the next start."""

import asyncio
import json
import logging
import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from voicebot.errors import StoreError
from voicebot.store.database import Database, now
from voicebot.store.tables import Replayed
from voicebot.store.upsert import insert_new
from voicebot.store.writes import Write, write_all

_log = logging.getLogger(__name__)


class Journal:
    """The journal of one robot: a line per entry, each on disk before `append` returns.

    A line is written whole or not at all: what a crash left of the last one is passed over, it was never promised.
    """

    def __init__(self, folder: Path, node: str) -> None:
        self._file = folder / f"{node}.jsonl"
        self._taken = (
            folder / f"{node}.replaying.jsonl"
        )  #: what is being replayed; a crash leaves it for the next start
        self._refused = folder / f"{node}.refused.jsonl"  #: what the store would not have; for a person
        self._lock = asyncio.Lock()
        self._calls: set[str] = set()  #: of this process, of which something waits here

    @property
    def waits(self) -> bool:
        """Whether something is not in the store yet."""
        return self._file.exists() or self._taken.exists()

    def holds(self, call_id: str) -> bool:
        """Whether something of this call is not in the store yet; what comes after it cannot go there before it."""
        return call_id in self._calls

    async def keep(self, database: Database, writes: Sequence[Write]) -> None:
        """Make the changes in one transaction; where the store does not answer, keep them until it does.

        What is told of a call keeps its order: an end that is written before its beginning ends nothing.

        Raises:
            StoreError: neither the store nor the disk takes them.
        """
        if any(map(self.holds, _calls(writes))):
            await self.append(writes)
            return
        try:
            async with database.write() as session:
                await write_all(session, writes)
        except StoreError:
            _log.warning("the store does not answer: the journal takes over")
            await self.append(writes)

    async def append(self, writes: Sequence[Write]) -> None:
        """Keep the changes of one transaction.

        Raises:
            StoreError: the disk does not take it either.
        """
        entry = {"id": secrets.token_hex(16), "writes": [write.as_json() for write in writes]}
        async with self._lock:
            await asyncio.to_thread(_append, self._file, json.dumps(entry, ensure_ascii=False))
            self._calls.update(_calls(writes))

    async def replay(self, database: Database) -> int:
        """Write all entries into the store, each once however often this is done; gives how many were new.

        Raises:
            StoreError: the store does not answer; what was not written waits for the next time.
        """
        async with self._lock:
            new = 0
            for _ in range(2):  # what a crash left half replayed comes before what was written since
                await asyncio.to_thread(self._take)
                entries = await asyncio.to_thread(lambda: list(_entries(self._taken)))
                for entry in entries:
                    new += await self._write(database, entry)
                await asyncio.to_thread(self._taken.unlink, missing_ok=True)
            self._calls.clear()
        if new:
            _log.info("journal replayed", extra={"entries": new})
        return new

    async def watch(self, database: Database, *, every: timedelta = timedelta(seconds=30)) -> None:
        """Replay whenever there is something and the store answers again; ends by being cancelled."""
        while True:
            await asyncio.sleep(every.total_seconds())
            if self.waits:
                with suppress(StoreError):  # it was said when it began
                    await self.replay(database)

    def _take(self) -> None:
        if not self._taken.exists() and self._file.exists():
            self._file.replace(self._taken)

    async def _write(self, database: Database, entry: Mapping[str, Any]) -> bool:
        try:
            writes = [Write.from_json(one) for one in entry["writes"]]
            async with database.write() as session:
                claim = insert_new(session, Replayed).values(id=entry["id"], at=now(session)).returning(Replayed.id)
                if (await session.execute(claim)).scalar_one_or_none() is None:
                    return False
                await write_all(session, writes)
        except (SQLAlchemyError, KeyError, TypeError, ValueError):
            # One entry that cannot be written must not keep the others out of the store.
            _log.exception("a journal entry was refused", extra={"entry": entry["id"], "file": self._refused.name})
            await asyncio.to_thread(_append, self._refused, json.dumps(entry, ensure_ascii=False))
            return False
        return True


def _calls(writes: Sequence[Write]) -> set[str]:
    return {write.data["call_id"] for write in writes if "call_id" in write.data}


def _append(file: Path, line: str) -> None:
    try:
        is_new = not file.exists()
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "wb") as stream:
            # A line that a crash cut off ends here, so that it does not spoil this one.
            cut_off = b"" if is_new or _ends_whole(file) else b"\n"
            stream.write(cut_off + line.encode() + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
        if is_new:
            _sync_folder(file.parent)
    except OSError as error:
        what = f"the journal cannot be written ({error.strerror})"
        raise StoreError(what, place=str(file), mend="Is the disk full, or the folder another user's?") from error


def _ends_whole(file: Path) -> bool:
    with file.open("rb") as stream:
        if stream.seek(0, os.SEEK_END) == 0:
            return True
        stream.seek(-1, os.SEEK_END)
        return stream.read(1) == b"\n"


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _entries(file: Path) -> Iterator[Mapping[str, Any]]:
    if not file.exists():
        return
    for number, line in enumerate(file.read_bytes().splitlines(), start=1):
        try:
            yield json.loads(line)
        except ValueError:
            _log.warning("a journal line is damaged", extra={"file": file.name, "line": number})
