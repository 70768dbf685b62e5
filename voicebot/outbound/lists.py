"""Loading a list into a campaign: every row is enrolled, changes a contact, repeats one or is rejected, and said to."""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from voicebot.config import Clinic
from voicebot.errors import CampaignError
from voicebot.outbound import columns
from voicebot.outbound.campaigns import CampaignView, view
from voicebot.outbound.enrolment import Enrolled, Fate, enrol
from voicebot.outbound.list_row import ListRow, RowReader
from voicebot.store.database import Database
from voicebot.store.database import now as clock
from voicebot.store.pace import Pace
from voicebot.store.sheets import rejected
from voicebot.store.sheets.ahead import read_ahead
from voicebot.store.sheets.load import batches
from voicebot.store.sheets.table import Chunk, Rejections, Table, opened
from voicebot.store.tables import Campaign, CampaignState

_KEPT = 1000  # remarks that are kept in memory

_REMARKS = {
    Fate.LATE: "звонить уже поздно",
    Fate.CALLING: "изменена, но этому человеку звонят сейчас; загрузите список ещё раз",
    Fate.ENDED: "изменена, но звонки этому человеку закончены",
    Fate.GONE: "этот приём уже отменён или перенесён, звонка не будет",
}


class Remark(NamedTuple):
    """What is worth knowing of a row that was not rejected."""

    line: int
    text: str

    def __str__(self) -> str:
        return f"строка {self.line}: {self.text}"


@dataclass(kw_only=True)
class Loaded(Rejections):
    """What became of a list; `str()` of a remark is its message in Russian."""

    added: int = 0
    updated: int = 0  #: contacts that waited and were changed
    repeated: int = 0  #: rows that change nothing
    remarks: list[Remark] = field(default_factory=list)  #: the first thousand

    @property
    def rows(self) -> int:
        return self.added + self.updated + self.repeated + self.bad

    def note(self, chunk: Chunk[ListRow]) -> None:
        """Count the bad rows, and remember the bad numbers of good ones."""
        super().note(chunk)
        for row in chunk.good:
            for remark in row.remarks:
                self.remark(row.line, remark)

    def remark(self, line: int, text: str) -> None:
        if len(self.remarks) < _KEPT:
            self.remarks.append(Remark(line, text))


def load(
    database: Database,
    name: str,
    path: Path,
    section: Mapping[str, Any],
    *,
    clinic: Clinic,
    progress: Callable[[int], None] = lambda _rows: None,
) -> Loaded:
    """Load the file into the campaign; bad rows go to `FILE.rejected.csv`. Blocks: never on the event loop.

    `section` is the `list:` section of the scenario; `progress` is told after each batch how many rows were read.

    Raises:
        ListError: the file cannot be read as a list at all, or columns are missing.
        CampaignError: there is no such campaign, or it was stopped.
        StoreError: the store does not answer; rows up to there are loaded, loading again adds only the rest.
    """
    with database.sync_read() as session:
        open_campaign(session, name)
        at = clock(session)
    table = _table(path, section, clinic, at)
    loaded, lines, pace = Loaded(), _Lines(), Pace(database)
    with read_ahead(path, table.chunks) as chunks:
        for batch in batches(chunks, pace, loaded.note):
            with pace.transaction(len(batch)), database.sync_write() as session:
                enrolled = enrol(session, open_campaign(session, name), batch)
            _count(batch, enrolled, lines, loaded)
            progress(loaded.rows)
    loaded.rejected_file = rejected.file_of(path) if loaded.bad else None
    return loaded


def check(
    path: Path,
    section: Mapping[str, Any],
    *,
    clinic: Clinic,
    now: datetime,
    campaign: tuple[Database, str] | None = None,
    progress: Callable[[int], None] = lambda _rows: None,
) -> Loaded:
    """What `load` would do; nothing is written. Without a campaign's store and name, as if nobody was known yet.

    Raises:
        ListError: the file cannot be read as a list at all, or columns are missing.
        CampaignError, StoreError: as `load`.
    """
    table = replace(_table(path, section, clinic, now), keep_bad=False)
    loaded, lines, seen = Loaded(), _Lines(), dict[int, int]()
    with read_ahead(path, table.chunks) as chunks:
        for chunk in chunks:
            loaded.note(chunk)
            new = list(_not_seen(chunk.good, seen, loaded))
            if campaign is None:
                loaded.added += len(new)
            else:
                _count(new, _rehearsed(*campaign, new), lines, loaded)
            progress(loaded.rows)
    return loaded


def look(path: Path, section: Mapping[str, Any]) -> None:
    """Whether the file can be read as such a list; its rows are not looked at.

    Raises:
        ListError: it cannot be read as a list at all, or columns are missing.
    """
    opened(path, columns.read(section, place=str(path)))


def _table(path: Path, section: Mapping[str, Any], clinic: Clinic, now: datetime) -> Table[ListRow]:
    spec = columns.read(section, place=str(path))
    return Table(path, spec, partial(RowReader, spec=spec, clinic=clinic, now=now))


def _not_seen(rows: Sequence[ListRow], seen: dict[int, int], loaded: Loaded) -> Iterator[ListRow]:
    """Rows without those that an earlier one of the file repeats."""
    for row in rows:
        who = (row.person.name_key, row.person.birth_date, row.person.external_id, row.person.numbers)
        first = seen.setdefault(hash((who, row.subject)), row.line)
        if first == row.line:
            yield row
        else:
            loaded.repeated += 1
            loaded.remark(row.line, f"повторяет строку {first}")


def _rehearsed(database: Database, name: str, rows: Sequence[ListRow]) -> list[Enrolled]:
    with database.sync_write() as session:
        enrolled = enrol(session, open_campaign(session, name), rows)
        session.rollback()
    return enrolled


def length(path: Path) -> int | None:
    """About how many rows a file has; None: that cannot be told quickly."""
    try:
        with path.open("rb") as file:
            if file.read(2) == b"PK":  # a workbook
                return None
            return sum(block.count(b"\n") for block in iter(lambda: file.read(2**20), b""))
    except OSError:  # said when it is read
        return None


def open_campaign(session: Session, name: str) -> CampaignView:
    """The campaign, if contacts can be added to it.

    Raises:
        CampaignError: there is no such campaign, it was stopped, or it is in the archive.
    """
    campaign = session.scalar(select(Campaign).where(Campaign.name == name))
    if campaign is None:
        raise CampaignError("no such campaign", place=name, mend="`voicebot campaign list` shows all.")
    if campaign.archived_at is not None:
        raise CampaignError("it is in the archive and takes no more contacts", place=name, mend="Make a new campaign.")
    if campaign.state is CampaignState.STOPPED:
        raise CampaignError("it was stopped and takes no more contacts", place=name, mend="Make a new campaign.")
    return view(campaign)


class _Lines:
    """In which line each new contact was: a dictionary of a million would take a quarter of a gigabyte."""

    def __init__(self) -> None:
        self._contacts, self._lines = array("q"), array("q")  # ids of new contacts grow

    def add(self, contact: int, line: int) -> None:
        self._contacts.append(contact)
        self._lines.append(line)

    def of(self, contact: int) -> int | None:
        place = bisect_left(self._contacts, contact)
        found = place < len(self._contacts) and self._contacts[place] == contact
        return self._lines[place] if found else None


def _count(batch: Sequence[ListRow], enrolled: Sequence[Enrolled], lines: _Lines, loaded: Loaded) -> None:
    for row, (contact, fate) in zip(batch, enrolled, strict=True):
        if fate is Fate.ADDED and contact is not None:
            loaded.added += 1
            lines.add(contact, row.line)
        else:
            _count_other(row, contact, fate, lines, loaded)


def _count_other(row: ListRow, contact: int | None, fate: Fate, lines: _Lines, loaded: Loaded) -> None:
    """A row that is not simply a new contact."""
    if fate is Fate.LATE and contact is not None:
        loaded.added += 1
        lines.add(contact, row.line)
    elif fate is Fate.UPDATED:
        loaded.updated += 1
    else:
        loaded.repeated += 1
    first = lines.of(contact) if contact is not None else None
    if first is not None and first != row.line:
        said = "изменяет" if fate is Fate.UPDATED else "повторяет"
        loaded.remark(row.line, f"{said} строку {first}")
    elif text := _REMARKS.get(fate):
        loaded.remark(row.line, text)
